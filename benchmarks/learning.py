"""What can be learnt from a folder that has a folder of photographs for each class.

    python -m benchmarks.learning FOLDER [--others FOLDER] [--splits 20]

Prints how right heads are that learn from few of the photographs, judged by the rest, beside plain
logistic regression; what cross-validation says of all; and how many photographs of other things are
answered "none of these": those of each class in turn, left out of learning, and `--others`. The
features are those of EfficientNet-Lite0, from the model store of `make run`; for "Train deeper"
those of EfficientNet-Lite2, which is not tuned here.
"""

import argparse
import os
from dataclasses import replace
from pathlib import Path
from time import perf_counter

import numpy as np
from threadpoolctl import threadpool_limits

from benchmarks.pictures import from_folder
from learning.training.calibration import bins_for, calibration_error
from learning.training.figures import share
from learning.training.learn import Learned, learn
from learning.training.samples import Samples
from learning.training.views import views_of
from predictions.inference.engines import Engine, load_engine
from predictions.inference.heads import Head
from predictions.inference.pictures import open_image
from predictions.inference.store import ModelStore

SIZES = (10, 20, 50, 100, 200, 500)
THREADS = 2  # for features; learning multiplies too small matrices to be faster with two


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.learning")
    parser.add_argument("folder", type=Path, help="with a folder of photographs for each class")
    parser.add_argument("--others", type=Path, help="a folder of photographs of other things")
    parser.add_argument("--splits", type=int, default=20, help="at random, for each size")
    arguments = parser.parse_args()
    engine = prepared("efficientnet-lite0")
    samples = samples_in(arguments.folder, engine)
    larger = samples_in(arguments.folder, prepared("efficientnet-lite2"))
    with threadpool_limits(1):
        learn_from_few(samples, larger, arguments.splits)
        print("\nDeeper:")
        learn_from_all(larger)
        print("\nNot deeper:")
        learned = learn_from_all(samples)
        leave_out_each(samples)
        if arguments.others:
            pictures = from_folder(arguments.others)
            features = np.stack([features_of(one, engine)[0] for one in pictures])
            print(f"{'photographs of other things':32} {rejected(learned, features)}")


def prepared(name: str) -> Engine:
    store = ModelStore(Path(os.environ.get("CLASSIFIER_DATA") or "var") / "models")
    manifest = store.prepare(name, progress=lambda step, *_: print(step))
    return load_engine("openvino", store.path(manifest.name, manifest.version), threads=THREADS)


def samples_in(folder: Path, engine: Engine) -> Samples:
    classes = [path for path in sorted(folder.iterdir()) if path.is_dir()]
    pictures = [from_folder(path) for path in classes]
    truths = np.repeat(np.arange(len(classes)), [len(each) for each in pictures])
    began = perf_counter()
    features = np.stack([features_of(one, engine) for each in pictures for one in each])
    took = (perf_counter() - began) / len(features) * 1000
    print(f"{len(features)} photographs of {len(classes)} classes, {took:.0f} ms each for features")
    return Samples(features, truths, names=[path.name for path in classes])


def features_of(content: bytes, engine: Engine) -> np.ndarray:
    """Float32 (V, D)."""
    return engine.predict(views_of(open_image(content), engine.recipe))[1]


def learn_from_few(samples: Samples, larger: Samples, splits: int) -> None:
    """larger: the same photographs as a larger network sees them."""
    print(
        f"\nOf so many photographs a class, judged by all others, {splits} times at random (± 95 %)"
    )
    print(
        f"{'a class':>8} {'plain':>15} {'taught':>15} {'with none':>15} {'deeper':>15} "
        f"{'- plain':>15} {'with none':>15} {'ECE':>6} {'ECE':>6} {'seconds':>8}"
    )
    for size in (size for size in SIZES if size < samples.sizes.min()):
        rows, seconds = [], []
        said: dict[str, list[tuple[float, bool]]] = {"taught": [], "deeper": []}
        for split in range(splits):
            some, rest = divided(samples, size, split)
            began = perf_counter()
            head = learn(some, seed=split).head
            seconds.append(perf_counter() - began)
            base, taught = plain(some, rest), judged(head, rest, said["taught"])
            some, rest = divided(larger, size, split)
            deeper = judged(learn(some, seed=split).head, rest, said["deeper"])
            rows.append((base, *taught, deeper[0], deeper[0] - base, deeper[1]))
        means, spreads = np.mean(rows, axis=0), 1.96 * np.std(rows, axis=0, ddof=1) / splits**0.5
        cells = "".join(f"{m:8.3f} ± {s:.3f} " for m, s in zip(means, spreads, strict=True))
        errors = " ".join(
            f"{calibration_error(*(np.array(each) for each in zip(*answers, strict=True))):.3f}"
            for answers in said.values()
        )
        print(f"{size:8} {cells} {errors} {np.mean(seconds):8.1f}", flush=True)


def judged(head: Head, rest: Samples, said: list[tuple[float, bool]]) -> tuple[float, float]:
    """How right it is before rejection and after; what it says of each is added to `said`."""
    scores, truth = head.probabilities(rest.features[:, 0]), rest.classes
    right = scores.argmax(axis=1) == truth
    said += zip(scores.max(axis=1).tolist(), right.tolist(), strict=True)
    return float((scores[:, : rest.known].argmax(axis=1) == truth).mean()), float(right.mean())


def divided(samples: Samples, size: int, seed: int) -> tuple[Samples, Samples]:
    """So many of each class, and the rest."""
    order = np.random.default_rng(seed).permutation(len(samples.classes))
    chosen = np.concatenate(
        [order[samples.classes[order] == c][:size] for c in range(samples.count)]
    )
    return part(samples, chosen), part(samples, np.setdiff1d(order, chosen))


def part(samples: Samples, chosen: np.ndarray) -> Samples:
    return replace(samples, features=samples.features[chosen], classes=samples.classes[chosen])


def plain(some: Samples, rest: Samples) -> float:
    """The accuracy of logistic regression on the features of what answers see, as they are."""
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(max_iter=1000).fit(some.features[:, 0], some.classes)
    return float(model.score(rest.features[:, 0], rest.classes))


def learn_from_all(samples: Samples) -> Learned:
    began = perf_counter()
    learned = learn(samples)
    took, figures = perf_counter() - began, learned.figures
    print(f"\nOf all, by cross-validation in {figures.folds} parts ({took:.1f} s):")
    print(f"{'accuracy':32} {figures.accuracy:.3f} ({figures.low:.3f} to {figures.high:.3f})")
    print(f"{'... before rejection':32} {figures.among_classes:.3f}")
    print(f"{'always the largest class':32} {figures.baseline:.3f}")
    print(
        f"{'expected calibration error':32} {figures.calibration_error:.3f} "
        f"({bins_for(figures.of)} bins of equally many)"
    )
    print(f"{'known classes accepted':32} {figures.accepted:.3f}")
    for point in figures.curve:
        print(
            f"{f'curve: {point.pictures} a class':32} {point.accuracy:.3f} "
            f"({point.low:.3f} to {point.high:.3f})"
        )
    return learned


def leave_out_each(samples: Samples) -> None:
    print('\nAnswered "none of these":')
    if samples.count < 3:
        return
    for index, name in enumerate(samples.names):
        inside = samples.classes != index
        classes = samples.classes[inside]
        names = [other for other in samples.names if other != name]
        learned = learn(Samples(samples.features[inside], classes - (classes > index), names=names))
        accepted = learned.figures.accepted or 0
        said = rejected(learned, samples.features[~inside, 0])
        print(f"{f'{name}, left out':32} {said}; {accepted:.0%} of the others accepted", flush=True)


def rejected(learned: Learned, features: np.ndarray) -> str:
    answers = learned.head.probabilities(features).argmax(axis=1)
    found = share(answers == learned.head.classes - 1)
    return f"{found.right} of {found.of} ({found.low:.0%} to {found.high:.0%})"


if __name__ == "__main__":
    main()
