"""What goes with an exported version, for whoever opens the ZIP in a year."""

import json
from collections.abc import Sequence
from typing import Any

from predictions.inference.labels import Label

MOST_CLASSES = 200  # in the list; labels.json has all
LONGEST_VALUE = 300  # characters

TEXT = """\
# {title}

{first} Exported from version `{version}` of the classifier `{classifier}`.

## Use it

```sh
pip install numpy pillow onnxruntime   # or openvino instead of onnxruntime
python classify.py photo.jpg
```

| file | what it is |
|---|---|
| `model.onnx` | the model as ONNX, opset 17 |
| `model.xml`, `model.bin` | the same model for OpenVINO |
| `labels.json` | key, name and WordNet synset of each class, in the order of the probabilities |
| `manifest.json` | everything below for programs, and the SHA-256 of the files |
| `classify.py` | a script that classifies a picture |
{head_row}
Input `pictures`: float32 (N, {size}, {size}, 3). Outputs `probabilities`: float32 (N, {classes}),
and `features`: float32 (N, {features}), the vector that the last layer reads, for similarity.

## Preprocessing

{preprocessing}
`classify.py` does it with Pillow. The service decodes and scales with other code, which rounds in
another way, so its probabilities of a photograph differ a little.

## Classes

{labels}
## Figures

{figures}
## How it was made

- Network: {architecture}
- Source: {source}
- Made: {made}
{training}
## Licence

The network's weights are under the licence {licence}, whose text is `LICENSE.txt`: {attribution}
They were converted to the formats above{changed}.
"""

HEAD_ROW = "| `head.npz` | the last layer alone, for importing this file into such a service |\n"


def readme(manifest: dict[str, Any], labels: Sequence[Label]) -> str:
    model = manifest["model"]
    is_head = bool(model["backbone"])
    return TEXT.format(
        title=line(manifest["classifier"]["title"]),
        first=f"Tells {len(labels):,} classes of pictures apart.",
        version=manifest["version"],
        classifier=manifest["classifier"]["name"],
        head_row=HEAD_ROW if is_head else "",
        size=model["input_size"],
        classes=model["classes"],
        features=model["feature_size"],
        preprocessing=preprocessing(manifest["preprocessing"]),
        labels=class_list(labels),
        figures=figures(model.get("training", {}).get("figures", {})),
        architecture=model["architecture"],
        source=line(model["source"]),
        made=model["prepared_at"],
        training=training(model.get("training", {})),
        licence=model["licence"],
        attribution=model["attribution"],
        changed=", and the last layer was replaced" if is_head else "",
    )


def preprocessing(how: dict[str, Any]) -> str:
    steps = ["Turn the picture upright (Exif), and lay transparency on white."]
    if how["srgb"]:
        steps.append("Convert its colours to sRGB if it has a profile.")
    if how["crop"]:
        steps.append(
            f"Cut out the square in the middle whose side is {how['crop']:g} of the shorter side."
        )
    size = how["size"]
    steps.append(f"Scale it to {size} × {size} pixels with the filter {how['filter'].lower()}.")
    channels = "".join("RGB"[channel] for channel in how["channels"])
    mean = ", ".join(f"{mean:g}" for mean in how["mean"])
    steps.append(
        f"Take the channels in the order {channels}, subtract {mean} from values of 0 to 255, and "
        f"multiply by {how['scale']:g}."
    )
    return "".join(f"{number}. {step}\n" for number, step in enumerate(steps, 1)) + "\n"


def class_list(labels: Sequence[Label]) -> str:
    listed = "".join(f"- {line(label.name)}\n" for label in labels[:MOST_CLASSES])
    more = len(labels) - MOST_CLASSES
    return listed + (f"\nThe other {more:,} are in `labels.json`.\n" if more > 0 else "")


def figures(found: dict[str, Any]) -> str:
    if "accuracy" not in found:
        return "No figures are known.\n"
    said = [
        f"Right about {found['right']:,} of {found['of']:,} pictures that it had not learned from "
        f"(cross-validation): accuracy {found['accuracy']:.3f}, 95 % interval {found['low']:.3f} "
        f"to {found['high']:.3f}."
    ]
    if "baseline" in found:
        said.append(f"Always naming the largest class would give {found['baseline']:.3f}.")
    if "calibration_error" in found:
        said.append(f"Expected calibration error: {found['calibration_error']:.3f}.")
    return "\n".join(said) + "\n"


def training(said: dict[str, Any]) -> str:
    """What the manifest says of the training, but for the figures, which stand above."""
    texts = {
        name: line(value if isinstance(value, str) else json.dumps(value))
        for name, value in said.items()
        if name != "figures"
    }
    return "".join(
        f"- {name}: {text if len(text) <= LONGEST_VALUE else 'see manifest.json'}\n"
        for name, text in texts.items()
    )


def line(text: str) -> str:
    """Names come from people, and a line break would end the list they stand in."""
    return " ".join(text.split())
