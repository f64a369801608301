"""A ZIP with a folder for each class becomes examples.

Names in it are read, never used as paths. What cannot be used is said, entry by entry, and keeps
nothing else from being used.
"""

import zipfile
import zlib
from pathlib import PurePosixPath

from django.conf import settings
from django.core.files.base import File
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from accounts.models import User
from learning import queue
from learning.background import Cancelled, Unpacking
from learning.classes import class_called
from learning.examples import add_examined, examined, room_of, too_many
from learning.models import Archive, Package, TaughtClass
from learning.refusals import TeachingRefused
from learning.zips import METHODS, DirectoryTooLarge, name_of, open_zip
from predictions.classifiers import Classifier
from predictions.inference.progress import Progress
from predictions.pictures.checks import Refused
from predictions.pictures.uploads import PictureUpload
from predictions.refusals import NotTaken

MOST_ENTRIES = 50_000
MOST_UNPACKED = 8_000_000_000  # bytes of all entries together
SAID = 100  # of the entries that were refused
SAVED_EVERY = 20  # entries
# What systems add by themselves.
IGNORED = {"__MACOSX", ".DS_Store", "Thumbs.db", "desktop.ini"}

FILES_WAIT = gettext_noop(
    "Some of your files are being written or read. Wait until they are ready."
)
NO_ZIP = gettext_noop("This is no ZIP file, or it is damaged.")
EMPTY = gettext_noop("The ZIP file holds no pictures.")
TOO_MANY = gettext_noop("The ZIP file holds too many files: %(most)d at most.")
TOO_LARGE = gettext_noop("The ZIP file holds more than %(most)d GB when it is unpacked.")
OUTSIDE = gettext_noop("Its name leads out of the ZIP file.")
NO_FOLDER = gettext_noop("It lies in no folder. The name of the folder is the class.")
ENCRYPTED = gettext_noop("It is encrypted.")
DAMAGED = gettext_noop("It cannot be unpacked.")
RARE = gettext_noop("It is compressed in a rare way.")
LARGE = gettext_noop("File too large")


def start(user: User, classifier: Classifier, file: File, file_name: str) -> Archive:
    """Keeps the file until a worker has unpacked it.

    Raises:
        TeachingRefused: it is no ZIP file, or holds too much, or many wait.
        OSError: it cannot be stored.
    """
    queue.refuse_many(Archive, user, _(FILES_WAIT))
    refuse_unreadable(file)
    archive = Archive(classifier=classifier, started_by=user, file_name=file_name[-255:])
    archive.file.save("archive.zip", file, save=False)
    try:
        archive.save()
    except BaseException:
        archive.file.delete(save=False)
        raise
    transaction.on_commit(lambda: queue.start(archive))
    return archive


def refuse_unreadable(file: File) -> None:
    """Before it is kept for a worker; leaves it at its beginning.

    Raises TeachingRefused: it is not a ZIP file, or holds too much.
    """
    try:
        with open_zip(file) as opened:
            refuse_contents(opened)
    except DirectoryTooLarge as error:
        raise TeachingRefused(TOO_MANY, most=MOST_ENTRIES) from error
    # zipfile raises the last for ZIP features that Python does not support.
    except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
        raise TeachingRefused(_(NO_ZIP)) from error
    file.seek(0)


def refuse_contents(opened: zipfile.ZipFile) -> None:
    """By what its directory says; `read` does not believe it. Raises TeachingRefused."""
    entries = pictures_of(opened)
    if not entries:
        raise TeachingRefused(_(EMPTY))
    if len(entries) > MOST_ENTRIES:
        raise TeachingRefused(TOO_MANY, most=MOST_ENTRIES)
    if sum(entry.file_size for entry in entries) > MOST_UNPACKED:
        raise TeachingRefused(TOO_LARGE, most=MOST_UNPACKED // 10**9)


def pictures_of(opened: zipfile.ZipFile) -> list[zipfile.ZipInfo]:
    return [
        entry
        for entry in opened.infolist()
        if not entry.is_dir() and not IGNORED.intersection(PurePosixPath(entry.filename).parts)
    ]


def unpack(archive: Archive, report: Progress) -> None:
    """Goes on where a worker that died had got to.

    Raises what `report` raises, TeachingRefused, OSError and DatabaseError.
    """
    report("unpacking", 0, 0)
    try:
        with archive.file.open("rb") as file, open_zip(file) as opened:
            refuse_contents(opened)
            entries = pictures_of(opened)
            taking = Taking(archive, still_let_in(archive))
            try:
                for entry in entries[archive.position :]:
                    if archive.position % SAVED_EVERY == 0:
                        archive.save_progress()
                    report("unpacking", archive.position, len(entries))
                    taking.take(opened, entry)
                    archive.position += 1
            finally:
                archive.save_progress()
    except zipfile.BadZipFile as error:
        raise TeachingRefused(_(NO_ZIP)) from error
    archive.finish()
    archive.forget_file()


def still_let_in(work: Archive | Package) -> User:
    """Who has sent it. Raises Cancelled if they may not teach the classifier any more."""
    user = work.started_by
    taught = user and Classifier.objects.taught_by(user).filter(pk=work.classifier_id)
    if user is None or not taught:
        work.cancel()
        raise Cancelled
    return user


class Taking:
    """What is asked of the database once for all pictures of an archive."""

    def __init__(self, archive: Archive, user: User) -> None:
        self.archive, self.user = archive, user
        self.room = room_of(user)
        self.classes: dict[str, TaughtClass] = {}  # by the names of their folders

    def take(self, opened: zipfile.ZipFile, entry: zipfile.ZipInfo) -> None:
        """One picture. Raises TeachingRefused if the person may have no more of them."""
        try:
            folder, name = class_and_name(entry)
            upload, header = examined(PictureUpload.of(read(opened, entry), name))
            taught_class = self.class_of(folder)
        except (Refused, NotTaken, TeachingRefused) as error:
            say(self.archive, name_of(entry), error)
            return
        if self.room <= 0:
            raise too_many()
        try:
            _example, is_new = add_examined(self.user, taught_class, upload, header)
        except TeachingRefused as error:  # the class has been deleted since
            say(self.archive, name_of(entry), error)
            return
        if is_new:
            self.room -= 1
            self.archive.added += 1
        else:
            self.archive.known += 1

    def class_of(self, folder: str) -> TaughtClass:
        """Raises TeachingRefused."""
        if folder not in self.classes:
            self.classes[folder] = class_called(self.archive.classifier, folder)
        return self.classes[folder]


def class_and_name(entry: zipfile.ZipInfo) -> tuple[str, str]:
    """Raises Refused."""
    path = PurePosixPath(name_of(entry).replace("\\", "/"))
    if path.is_absolute() or ".." in path.parts or ":" in "".join(path.parts[:1]):
        raise Refused(OUTSIDE)
    if len(path.parts) < 2:
        raise Refused(NO_FOLDER)
    return path.parts[-2], path.name


def read(opened: zipfile.ZipFile, entry: zipfile.ZipInfo, most: int | None = None) -> bytes:
    """So many bytes at most; unless told, as many as a picture has. Raises Refused."""
    most = most or settings.MAX_FILE_BYTES
    if entry.flag_bits & 1:
        raise Refused(ENCRYPTED)
    if entry.compress_type not in METHODS:
        raise Refused(RARE)
    if entry.file_size > most:
        raise Refused(LARGE)
    try:
        with opened.open(entry) as file:
            content = file.read(most + 1)
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError, ValueError) as error:
        raise Refused(DAMAGED) from error
    if len(content) > most:
        raise Refused(LARGE)
    return content


def say(work: Unpacking, name: str, refusal: Refused | NotTaken | TeachingRefused) -> None:
    """That this entry was refused, and why."""
    work.refused_number += 1
    if len(work.refused) < SAID:
        if isinstance(refusal, NotTaken):
            why = work.told(refusal.on_page)
        else:
            why = work.told(refusal.text, **refusal.values)
        work.refused.append([name.replace("\0", "")[:200], why])
