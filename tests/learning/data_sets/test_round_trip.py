"""What is exported and imported into an empty service is exported again as it was."""

import csv
import io
import json
import zipfile
from hashlib import sha256

from django.core.files.storage import default_storage
from django.db import connection
from django.utils import timezone
from pyarrow import parquet

from learning.data_sets.splits import SPLITS
from predictions.classifiers import Classifier
from predictions.models import Image, Prediction
from review.models import Decision
from tests.learning.data_sets.conftest import ESPRESSO, TABBY, content_of

COUNT = 100
TABLES = {"labels.csv", "labels.parquet", "data-set.json"}


def files_of(content: bytes) -> dict[str, str]:
    """SHA-256 of the pictures by their names."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        names = [name for name in archive.namelist() if name not in TABLES]
        return {name: sha256(archive.read(name)).hexdigest() for name in names}


def labels_of(content: bytes) -> list[tuple[str, ...]]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        table = csv.DictReader(io.StringIO(archive.read("labels.csv").decode()))
        names = ("file", "sha256", "split", "class_key", "label", "width", "height")
        return [tuple(row[name] for name in names) for row in table]


def empty_tables() -> None:
    """Of all pictures, and whatever is about them."""
    for image in Image.objects.all():
        image.file.delete(save=False)
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE predictions_image CASCADE")
    assert not Decision.objects.exists()


def review(predictions: list[Prediction], classifier: Classifier) -> None:
    """With one statement, which is all that is left out."""
    classes = [("", ""), (TABBY, "tabby"), (ESPRESSO, "espresso"), (ESPRESSO, "espresso")]
    Decision.objects.bulk_create(
        Decision(
            classifier=classifier,
            image=prediction.image,
            inference=prediction.inference,
            verdict=Decision.Verdict.CORRECTED,
            is_label=True,
            class_key=classes[number % 4][0],
            label=classes[number % 4][1],
            queue=Decision.Source.PAGE,
            decided_at=timezone.now(),
        )
        for number, prediction in enumerate(predictions)
    )


def test_a_hundred_pictures_come_back_with_their_labels(send, model, export, bring):
    review([send(number) for number in range(COUNT)], model.classifier)
    first = export()
    before = content_of(first)
    empty_tables()
    brought = bring(before)
    assert (brought.status, brought.error) == ("done", "")
    assert (brought.added, brought.known, brought.refused) == (COUNT, 0, [])
    assert not brought.file
    second = export()
    after = content_of(second)
    assert len(files_of(before)) == COUNT
    assert files_of(after) == files_of(before)
    assert labels_of(after) == labels_of(before)
    assert second.sha256 == first.sha256


def test_the_zip_holds_what_its_tables_say(reviewed, export):
    for number in range(20):
        reviewed(number, TABBY if number % 2 else "")
    found = export()
    content = content_of(found)
    files = files_of(content)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None
        manifest = json.loads(archive.read("data-set.json"))
        table = parquet.read_table(io.BytesIO(archive.read("labels.parquet"))).to_pylist()
        rows = list(csv.DictReader(io.StringIO(archive.read("labels.csv").decode())))
    assert [row["file"] for row in rows] == [row["file"] for row in table] == sorted_by_hash(files)
    assert {row["file"]: row["sha256"] for row in table} == files
    for row in table:
        split, folder, name = row["file"].split("/")
        assert split == row["split"] and split in SPLITS
        assert folder == (row["class_key"] or "none-of-these")
        assert name == f"{row['sha256']}.png"
        assert (row["answer_key"], row["answer_score"]) == (ESPRESSO, 0.75)
        assert (row["width"], row["height"]) == (8, 6)
        assert row["decided_at"].utcoffset() is not None
    assert {row["label"] for row in table} == {"tabby", ""}
    assert manifest["pictures"] == found.pictures == 20
    assert manifest["sha256"] == found.sha256
    assert sum(manifest["splits"].values()) == 20
    assert {each["class_key"]: each["pictures"] for each in manifest["classes"]} == {
        TABBY: 10,
        "": 10,
    }
    assert default_storage.exists(found.file.name)
    assert not found.part.exists()


def sorted_by_hash(files: dict[str, str]) -> list[str]:
    return sorted(files, key=lambda name: files[name])
