"""Writes the ZIP of an export, picture by picture. A worker does."""

import json
import zipfile
from collections import Counter
from hashlib import sha256
from shutil import copyfileobj, disk_usage
from typing import IO, Any

from django.conf import settings
from django.core.files.base import File
from django.db.models import Count, Exists, OuterRef, Sum
from django.utils import timezone
from django.utils.translation import gettext_noop

from foundation.postgresql.windows import in_windows
from learning.data_sets import selection
from learning.data_sets.layout import (
    CSV,
    FORMAT,
    FORMAT_VERSION,
    MANIFEST,
    PARQUET,
    Fingerprint,
    Row,
    row_of,
)
from learning.data_sets.models import DataSetExport
from learning.data_sets.rights import still_let_in
from learning.data_sets.splits import SPLITS
from learning.data_sets.tables import Tables, tables_in
from learning.refusals import TeachingRefused
from predictions.inference.progress import Progress
from predictions.models import Image
from review.models import Decision, DecisionQuerySet

ROWS_AT_ONCE = 500  # read from the database
# The same in every ZIP, so that the same data set is the same bytes but for the manifest.
DATE = (1980, 1, 1, 0, 0, 0)

NOTHING = gettext_noop("No picture with a verified label matches.")
ALL_WITHHELD = gettext_noop(
    "No picture may be used: the people who sent them have not agreed. Verified: %(number)d."
)
ALL_LOST = gettext_noop(
    "No picture can be exported: their files are lost or damaged. Pictures: %(number)d."
)
TOO_LARGE = gettext_noop(
    "The pictures take %(size)d MB, and the disk has only %(free)d MB left. Choose fewer."
)


class Movable(File):
    """The storage renames it instead of copying it."""

    def temporary_file_path(self) -> str:
        return str(self.name)


def write(export: DataSetExport, report: Progress) -> None:
    """Raises what `report` raises, TeachingRefused, OSError and DatabaseError."""
    still_let_in(export)
    report("packing", 0, 0)
    asked_for = selection.asked_for(export)
    usable = selection.usable(asked_for)
    of = usable.aggregate(number=Count("pk"), size=Sum("image__size"))
    withheld = asked_for.count() - of["number"]
    if not of["number"]:
        raise (
            TeachingRefused(ALL_WITHHELD, number=withheld) if withheld else TeachingRefused(NOTHING)
        )
    settings.WORKSHOP.mkdir(parents=True, exist_ok=True)
    refuse_too_large(of["size"])
    try:
        with (
            export.part.open("wb") as file,
            zipfile.ZipFile(file, "w") as archive,
            tables_in(settings.WORKSHOP) as tables,
        ):
            writer = Writer(archive, tables)
            for number, decision in enumerate(rows(usable)):
                report("packing", number, of["number"])
                writer.add(decision)
            if not writer.pictures:
                raise TeachingRefused(ALL_LOST, number=writer.lost)
            writer.finish(export, withheld)
        save(export, writer, withheld)
    finally:
        export.part.unlink(missing_ok=True)


def refuse_too_large(size: int) -> None:
    """Raises TeachingRefused where it would take more than half of what is left."""
    free = disk_usage(settings.WORKSHOP).free
    if size > free // 2:
        raise TeachingRefused(TOO_LARGE, size=size // 10**6, free=free // 10**6)


def rows(decisions: DecisionQuerySet) -> Any:
    sampled = Decision.objects.filter(pk=OuterRef("pk")).of_sample()
    ordered = (
        decisions.annotate(in_sample=Exists(sampled))
        .select_related("image", "inference__model_version")
        .defer("inference__features", "inference__ranking")
        .order_by("image__sha256")
    )
    return in_windows(ordered, ROWS_AT_ONCE)


class Writer:
    def __init__(self, archive: zipfile.ZipFile, tables: Tables) -> None:
        self.archive, self.tables = archive, tables
        self.fingerprint = Fingerprint()
        self.pictures = self.lost = 0
        self.splits = Counter(dict.fromkeys(SPLITS, 0))
        self.classes: Counter[tuple[str, str]] = Counter()

    def add(self, decision: Decision) -> None:
        content = content_of(decision.image)
        if content is None:
            self.lost += 1
            return
        row = row_of(decision)
        self.archive.writestr(zipfile.ZipInfo(row.file, DATE), content)
        self.tables.add(row)
        self.count(row)

    def count(self, row: Row) -> None:
        self.pictures += 1
        self.fingerprint.add(row)
        self.splits[row.split] += 1
        self.classes[row.class_key, row.label] += 1

    def finish(self, export: DataSetExport, withheld: int) -> None:
        self.tables.finish()
        self.copy(CSV, self.tables.csv_file)
        self.copy(PARQUET, self.tables.parquet_file)
        manifest = {
            "format": FORMAT,
            "format_version": FORMAT_VERSION,
            "title": export.classifier.title,
            "filters": export.filters,
            "exported_at": timezone.now().isoformat(),
            "pictures": self.pictures,
            "left_out_without_consent": withheld,
            "lost": self.lost,
            "splits": self.splits,
            "classes": [
                {"class_key": key, "label": label, "pictures": number}
                for (key, label), number in sorted(self.classes.items())
            ],
            "sha256": str(self.fingerprint),
        }
        said = json.dumps(manifest, ensure_ascii=False, indent=2)
        self.archive.writestr(entry(MANIFEST), said)

    def copy(self, name: str, file: IO[bytes]) -> None:
        with self.archive.open(entry(name), "w", force_zip64=True) as opened:
            copyfileobj(file, opened)


def entry(name: str) -> zipfile.ZipInfo:
    """Of a table: pictures are compressed already."""
    made = zipfile.ZipInfo(name, DATE)
    made.compress_type = zipfile.ZIP_DEFLATED
    return made


def content_of(image: Image) -> bytes | None:
    """None: its file is gone or damaged, perhaps since it was deleted at this moment."""
    try:
        with image.file.open("rb") as file:
            content: bytes = file.read()
    except FileNotFoundError:
        return None
    return content if sha256(content).hexdigest() == image.sha256 else None


def save(export: DataSetExport, writer: Writer, withheld: int) -> None:
    with export.part.open("rb") as file:
        export.file.save("data-set.zip", Movable(file), save=False)
    try:
        export.finish(
            file=export.file.name,
            pictures=writer.pictures,
            without_consent=withheld,
            lost=writer.lost,
            sha256=str(writer.fingerprint),
        )
    except BaseException:
        export.file.delete(save=False)
        raise
