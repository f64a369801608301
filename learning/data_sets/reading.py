"""Takes the pictures and labels of an import. A worker does."""

import csv
import io
import zipfile
from pathlib import PurePosixPath
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_noop

from accounts.models import User
from learning.archives import (
    MOST_ENTRIES,
    NO_ZIP,
    SAVED_EVERY,
    TOO_MANY,
    refuse_contents,
    say,
)
from learning.archives import read as read_entry
from learning.data_sets.layout import CSV
from learning.data_sets.models import DataSetImport, ImportedPicture
from learning.data_sets.rights import still_let_in
from learning.refusals import TeachingRefused
from learning.zips import open_zip
from predictions.inference.labels import Label
from predictions.inference.progress import Progress
from predictions.inference.survey import Survey
from predictions.pictures import virus_scan
from predictions.pictures.checks import Refused, check
from predictions.pictures.keeping import keep
from predictions.pictures.uploads import PictureUpload
from predictions.refusals import NotTaken
from predictions.registry.label_sets import class_of, labels_of
from review.decisions import newest_label_set, standing, verify
from review.models import Decision
from review.refusals import NoSuchClass

MOST_OF_TABLE = 50_000_000  # bytes
NEEDED = {"file", "sha256", "class_key", "label"}  # of its columns
Row = dict[str, str]

NO_TABLE = gettext_noop(
    "This is not a data set: it has no readable labels.csv with the columns file, sha256, "
    "class_key and label."
)
NO_CLASSES = gettext_noop("The classifier has no version yet, and so no classes.")
UNKNOWN_CLASS = gettext_noop("The classifier has no class %(name)s.")
NOT_THERE = gettext_noop("The ZIP file does not have it.")
ANOTHER_PICTURE = gettext_noop("Its content is not that of the table's SHA-256.")
VERIFIED_OTHERWISE = gettext_noop("Its verified label here is %(label)s, which stays.")
VERIFIED_AS_NONE = gettext_noop("Here it is verified as none of the classes, which stays.")


def read(work: DataSetImport, report: Progress) -> None:
    """Goes on where a worker that died had got to.

    Raises what `report` raises, TeachingRefused, OSError and DatabaseError.
    """
    user = still_let_in(work)
    report("checking")
    try:
        with work.file.open("rb") as file, open_zip(file) as opened:
            refuse_contents(opened)
            table = rows_of(opened)
            taking = Taking(work, user, opened)
            try:
                for row in table[work.position :]:
                    if work.position % SAVED_EVERY == 0:
                        work.save_progress()
                    report("unpacking", work.position, len(table))
                    taking.take(row)
                    work.position += 1
            finally:
                work.save_progress()
    except zipfile.BadZipFile as error:
        raise TeachingRefused(NO_ZIP) from error
    work.finish()
    work.forget_file()


def rows_of(opened: zipfile.ZipFile) -> list[Row]:
    """Raises TeachingRefused."""
    try:
        content = read_entry(opened, opened.getinfo(CSV), MOST_OF_TABLE).decode("utf-8-sig")
        reader = csv.DictReader(io.StringIO(content, newline=""))
        if not set(reader.fieldnames or ()) >= NEEDED:
            raise TeachingRefused(NO_TABLE)
        # A refusal is stored with the file name, and PostgreSQL cannot store a NUL.
        table = [{name: (row[name] or "").replace("\0", "") for name in NEEDED} for row in reader]
    except (KeyError, Refused, UnicodeDecodeError, csv.Error) as error:
        raise TeachingRefused(NO_TABLE) from error
    if len(table) > MOST_ENTRIES:
        raise TeachingRefused(TOO_MANY, most=MOST_ENTRIES)
    return table


class Taking:
    """What is asked of the database once for all pictures of an import."""

    def __init__(self, work: DataSetImport, user: User, opened: zipfile.ZipFile) -> None:
        self.work, self.user, self.opened = work, user, opened
        try:
            self.label_set = newest_label_set(work.classifier)
        except NoSuchClass as error:
            raise TeachingRefused(NO_CLASSES) from error
        self.by_key = {label.key: label for label in labels_of(self.label_set)}

    def take(self, row: Row) -> None:
        """One picture: its label is verified, or what keeps it from that is said."""
        try:
            label = self.label_of(row)
            upload, header = self.picture_of(row)
            is_new = self.verify(upload, header, label.key if label else "")
        except (Refused, NotTaken) as error:
            say(self.work, row["file"], error)
            return
        if is_new:
            self.work.added += 1
        else:
            self.work.known += 1

    def label_of(self, row: Row) -> Label | None:
        """By its key, or by its name where the keys are those of another server.

        None: none of the classes. Raises Refused.
        """
        if not row["class_key"]:
            return None
        found = self.by_key.get(row["class_key"]) or class_of(self.label_set, row["label"])
        if found is None:
            raise Refused(UNKNOWN_CLASS, name=row["label"] or row["class_key"])
        return found

    def picture_of(self, row: Row) -> tuple[PictureUpload, Survey]:
        """Raises Refused and NotTaken."""
        try:
            entry = self.opened.getinfo(row["file"])
        except KeyError as error:
            raise Refused(NOT_THERE) from error
        content = read_entry(self.opened, entry)
        upload = PictureUpload.of(content, PurePosixPath(row["file"]).name)
        if upload.sha256 != row["sha256"]:
            raise Refused(ANOTHER_PICTURE)
        virus_scan.scan(upload)
        return upload, check(upload)

    @transaction.atomic
    def verify(self, upload: PictureUpload, header: Survey, class_key: str) -> bool:
        """Whether its label is new. One that reviewers have given stays. Raises Refused."""
        image, is_new = keep(upload, header)
        held: dict[str, Any] = {"data_set": self.work, "image": image}
        if is_new:
            ImportedPicture.objects.create(**held)
        # Not what a person has sent: it goes when they delete it.
        elif ImportedPicture.objects.filter(image=image).exists():
            ImportedPicture.objects.get_or_create(**held)
        before = standing(self.work.classifier_id, image.pk)
        if before and before.is_label:
            refuse_another(before, class_key)
            return False
        verify(
            image,
            self.work.classifier,
            class_key,
            self.user,
            queue=Decision.Source.IMPORT,
            label_set_id=self.label_set,
        )
        return True


def refuse_another(before: Decision, class_key: str) -> None:
    """Raises Refused."""
    if before.class_key != class_key:
        if not before.class_key:
            raise Refused(VERIFIED_AS_NONE)
        raise Refused(VERIFIED_OTHERWISE, label=before.label)
