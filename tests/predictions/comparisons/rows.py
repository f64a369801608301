"""Answered pictures as rows alone: nothing reads their files."""

from hashlib import sha256
from itertools import count
from typing import Any

from predictions.classifiers import ModelVersion
from predictions.models import Image, Inference, Prediction

numbers = count()


def image() -> Image:
    digest = sha256(f"comparison {next(numbers)}".encode()).hexdigest()
    return Image.objects.create(
        sha256=digest,
        md5=digest[:32],
        format="PNG",
        width=32,
        height=24,
        size=1,
        file=f"images/{digest[:2]}/{digest[:32]}.png",
    )


def say(of: Image, version: ModelVersion, key: str = "", score: float = 0.9, **fields: Any) -> Any:
    """A version's answer; without a class, it has yet to be asked."""
    entry = {"label": NAMES.get(key, key), "synset": key, "score": score}
    answer = {"status": "done", "ranking": [entry], "score": score, "label": entry["label"]}
    said = {"class_key": key, **answer} if key else {}
    return Inference.objects.create(image=of, model_version=version, **(said | fields))


def asked(user: Any, version: ModelVersion, key: str, **fields: Any) -> Prediction:
    """Somebody has sent a picture, and this version has answered."""
    of = image()
    return Prediction.objects.create(
        user=user, image=of, inference=say(of, version, key, **fields), file_name="some.png"
    )


CUP, ESPRESSO, CAT = "n07930864", "n07920052", "n02123045"
NAMES = {CUP: "cup", ESPRESSO: "espresso", CAT: "tabby"}
