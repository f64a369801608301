"""Predictions as a busy year of a service would leave them; the same ones each time.

Only times differ, which end now. Every fifth prediction is of a picture sent before. One in
160 pictures failed. Nearly every twentieth prediction has feedback, of which three in ten say
"wrong", and every tenth comes with a sign-in in the audit log. Of some pictures an older version
said something, too.
"""

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from hashlib import md5, sha256
from random import Random
from typing import Any, NamedTuple
from uuid import UUID

import numpy as np

from accounts.audit import Action, AuditEvent
from accounts.models import User
from classifier_site.demo.copying import NULL, copier, next_id
from classifier_site.demo.pictures import HEIGHT, WIDTH, DemoFile
from feedback.models import Feedback
from predictions.classifiers import ModelVersion
from predictions.models import Image, Inference, Prediction
from predictions.registry.label_sets import labels_of

DAYS = 365
ANSWERS = 4000  # different ones
RANKED = 5  # classes of an answer, as older ones have: 20 would need three times the disk
WITH_FEATURES = 500  # pictures; their vectors would need 25 GB for five million
FEATURES = 1280  # of the bundled model
ERRORS = ["The model ran out of memory.", "Took longer than 60 seconds.", "The picture is damaged."]
SEED = 23


class Answer(NamedTuple):
    label: str
    key: str
    score: float
    ranking: str  # JSON
    second: tuple[str, str]  # key and label


class Chunk:
    """The rows of some predictions, table by table."""

    def __init__(self) -> None:
        self.images: list[tuple[Any, ...]] = []
        self.inferences: list[tuple[Any, ...]] = []
        self.predictions: list[tuple[Any, ...]] = []
        self.feedback: list[tuple[Any, ...]] = []
        self.events: list[tuple[Any, ...]] = []

    def save(self) -> None:
        """In one transaction, for the caller to open."""
        for model, (columns, name) in TABLES.items():
            copier(model, columns.split())(getattr(self, name))


# Columns, separated by spaces, and where a chunk has the rows.
TABLES: dict[type[Any], tuple[str, str]] = {
    Image: ("id sha256 md5 format width height size file created_at", "images"),
    Inference: (
        "id image_id model_version_id status job_id label synset score top_k features attempts "
        "error timings created_at started_at finished_at",
        "inferences",
    ),
    Prediction: (
        "id user_id image_id inference_id file_name cached created_at",
        "predictions",
    ),
    Feedback: (
        "user_id prediction_id feedback correct label classifier_id class_key predicted_class "
        "score image_file_name created_at",
        "feedback",
    ),
    AuditEvent: (
        "created_at action actor_id actor_email target_type target_id target_text address "
        "user_agent",
        "events",
    ),
}


class Rows:
    def __init__(
        self,
        version: ModelVersion,
        older: ModelVersion,
        people: list[User],
        files: list[DemoFile],
        number: int,
        until: datetime,
    ) -> None:
        self.version, self.older, self.people, self.files = version, older, people, files
        self.number = number
        self.began, self.step = until - timedelta(days=DAYS), timedelta(days=DAYS) / number
        self.random = Random(SEED)  # noqa: S311 - nothing secret
        self.answers = list(self.make_answers())
        # Of inferences that can be asked for again: id, id of its image, its answer.
        self.asked: list[tuple[int, int, Answer | None]] = []
        self.image_id, self.inference_id = next_id(Image), next_id(Inference)

    def chunks(self, size: int) -> Iterator[Chunk]:
        for first in range(0, self.number, size):
            chunk = Chunk()
            for at in range(first, min(first + size, self.number)):
                self.add(chunk, at)
            yield chunk

    def make_answers(self) -> Iterator[Answer]:
        """Some classes are much more frequent than others."""
        labels = labels_of(self.version.label_set_id)
        for _ in range(ANSWERS):
            ranked = [
                labels[int(len(labels) * self.random.random() ** 2)] for _ in range(2 * RANKED)
            ]
            ranked = list(dict.fromkeys(ranked))[:RANKED]
            scores = sorted((self.random.betavariate(0.4, 0.6) for _ in ranked), reverse=True)
            total = max(1.0, sum(scores))
            shares = [round(score / total, 6) for score in scores]
            top = [
                {"label": label.name, "key": label.key, "score": share}
                for label, share in zip(ranked, shares, strict=True)
            ]
            first, second = ranked[0], ranked[-1]
            ranking = json.dumps(top, ensure_ascii=False)
            yield Answer(first.name, first.key, shares[0], ranking, (second.key, second.name))

    def add(self, chunk: Chunk, at: int) -> None:
        """One prediction, with all that belongs to it."""
        now = self.began + self.step * at
        person = self.people[int(len(self.people) * self.random.random() ** 3)]
        cached = at % 5 == 4
        asked = self.random.choice(self.asked) if cached else self.add_picture(chunk, at, now)
        inference_id, image_id, answer = asked
        identity = UUID(int=self.random.getrandbits(128), version=4)
        name = answer.label.lower() if answer else "scan"
        file_name = f"{name}_{at % 10000:04}.jpg"
        chunk.predictions.append(
            (identity, person.pk, image_id, inference_id, file_name, "ft"[cached], now)
        )
        if at % 20 == 7 and answer:
            self.add_feedback(chunk, person, identity, answer, now + timedelta(minutes=3))
        if at % 10 == 3:
            address = f"192.0.2.{person.pk % 250}"
            who = (person.pk, person.email, "accounts.user", person.pk, person.email)
            chunk.events.append((now, Action.SIGNED_IN.value, *who, address, "demo"))

    def add_picture(self, chunk: Chunk, at: int, now: datetime) -> tuple[int, int, Answer | None]:
        named, file = b"demo %d" % at, self.random.choice(self.files)
        image_id, self.image_id = self.image_id, self.image_id + 1
        hashes = sha256(named).hexdigest(), md5(named, usedforsecurity=False).hexdigest()
        chunk.images.append((image_id, *hashes, "JPEG", WIDTH, HEIGHT, file.size, file.name, now))
        answer = None if at % 200 == 50 else self.random.choice(self.answers)
        version = self.older if 5 * at < 2 * self.number else self.version
        asked = (self.add_inference(chunk, image_id, version, answer, now), image_id, answer)
        if answer and at % 50 == 0 and version is self.version:
            self.add_inference(chunk, image_id, self.older, self.random.choice(self.answers), now)
        # The last of them are asked for again: these are the pictures that people share.
        self.asked.append(asked)
        if len(self.asked) > 20_000:
            del self.asked[:10_000]
        return asked

    def add_inference(
        self,
        chunk: Chunk,
        image_id: int,
        version: ModelVersion,
        answer: Answer | None,
        now: datetime,
    ) -> int:
        number, self.inference_id = self.inference_id, self.inference_id + 1
        job_id = UUID(int=number)
        said: tuple[Any, ...]
        if answer:
            said = (answer.label, answer.key, answer.score, answer.ranking, self.features(image_id))
            status, error = "done", ""
        else:
            said = ("", "", NULL, "[]", NULL)
            status, error = "failed", self.random.choice(ERRORS)
        timings = '{"decode": 3.1, "infer": %.1f}' % (8 + 10 * self.random.random())
        times = (now, now + timedelta(milliseconds=20), now + timedelta(milliseconds=60))
        row = (number, image_id, version.pk, status, job_id, *said, 1, error, timings, *times)
        chunk.inferences.append(row)
        return number

    def features(self, image_id: int) -> str:
        """For COPY, of the newest."""
        if image_id % max(1, self.number // WITH_FEATURES):
            return NULL
        vector = np.random.default_rng(image_id).random(FEATURES, dtype=np.float32)
        return rf"\\x{vector.astype('<f4').tobytes().hex()}"

    def add_feedback(
        self, chunk: Chunk, person: User, prediction: UUID, answer: Answer, now: datetime
    ) -> None:
        right = self.random.random() < 0.7
        key, label = ("", "") if right else answer.second
        words = "" if self.random.random() < 0.8 else "Seen in the garden this morning."
        file_name = f"{md5(prediction.bytes, usedforsecurity=False).hexdigest()}.jpg"
        classifier = self.version.classifier_id
        about = (answer.label, answer.score, file_name, now)
        chunk.feedback.append(
            (person.pk, prediction, words, "ft"[right], label, classifier, key, *about)
        )
