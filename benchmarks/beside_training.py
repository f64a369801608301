"""What somebody who waits for an answer notices of a training that runs at full speed.

    python -m benchmarks.beside_training

Starts a service of its own, and prints the latencies of one client with and without a training.
"""

import tempfile
import threading
import time
from pathlib import Path

from benchmarks.pictures import synthetic
from benchmarks.service import Running, inside, service
from benchmarks.versions import ADD_PEOPLE, send

CLASSES, EACH = 4, 60
ANSWERS, ROUNDS = 150, 3

TEACH = f"""
from pathlib import Path
from accounts.models import User
from learning.classes import class_called
from learning.examples import add_examined, examined
from predictions.pictures.uploads import PictureUpload
from predictions.registry.ownership import new_classifier
user = User.objects.get(email="p0@example.com")
classifier = new_classifier(user, "Benchmark")
for number, path in enumerate(sorted(Path("FOLDER").iterdir())):
    taught = class_called(classifier, f"class {{number % {CLASSES}}}")
    add_examined(user, taught, *examined(PictureUpload.of(path.read_bytes(), path.name)))
"""
# From the pictures on, as the first training of a classifier does.
TRAIN = """
from learning.models import Features, Training
from learning.trainings import start
from predictions.classifiers import Classifier
Features.objects.all().delete()
Training.objects.all().delete()
classifier = Classifier.objects.get(title="Benchmark")
start(classifier.owner, classifier)
"""
# In one process that waits: starting one for each look would take a second of a core, beside what
# is measured.
WAIT = """
import time
from learning.models import Training
while (training := Training.objects.get()).status in ("queued", "running"):
    time.sleep(1)
print(training.status, (training.finished_at - training.created_at).total_seconds())
"""


def main() -> None:
    alone: list[float] = []
    beside: list[float] = []
    took: list[float] = []
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryDirectory() as pictures:
        for number, content in enumerate(synthetic(CLASSES * EACH, 500_000)):
            (Path(pictures) / f"{number:04}.jpeg").write_bytes(content)
        data = Path(folder)
        with service(data) as running:
            token = inside(data, ADD_PEOPLE).split()[0]
            inside(data, TEACH.replace("FOLDER", pictures))
            latencies(running, token, 0)  # everything is warm
            for number in range(ROUNDS):
                first = 10_000 * (number + 1)
                alone += latencies(running, token, first)
                training = Trained(data)
                training.start()
                while training.is_alive():
                    first += 1000
                    beside += latencies(running, token, first, training)
                took.append(training.seconds)
    print(f"training of {CLASSES} x {EACH} pictures: {', '.join(f'{s:.1f}' for s in took)} s")
    for name, each in (("alone", alone), ("beside a training", beside)):
        print(
            f"{name}: {len(each)} answers, p50 {percentile(each, 50):.1f} ms, "
            f"p95 {percentile(each, 95):.1f} ms"
        )
    print(f"ratio of p95: {percentile(beside, 95) / percentile(alone, 95):.2f}")


class Trained(threading.Thread):
    """One training, from its start to its end."""

    seconds = 0.0

    def __init__(self, data: Path) -> None:
        super().__init__()
        self.data = data
        inside(data, TRAIN)

    def run(self) -> None:
        status, seconds = inside(self.data, WAIT).split()
        assert status == "done", status
        self.seconds = float(seconds)


def latencies(
    running: Running, token: str, first: int, training: Trained | None = None
) -> list[float]:
    """Milliseconds of answers to new pictures, one after the other; only while a training runs."""
    found = []
    for picture in synthetic(ANSWERS, first):
        if training and not training.is_alive():
            break
        began = time.perf_counter()
        assert send(running, token, picture).status_code == 200
        found.append(1000 * (time.perf_counter() - began))
    return found


def percentile(each: list[float], percent: float) -> float:
    return sorted(each)[min(len(each) - 1, int(len(each) * percent / 100))]


if __name__ == "__main__":
    main()
