"""Files that no row names: a process was killed between writing one and recording it, say.

Only in the folders that are listed here, so that nobody else's files are touched, and only what has
not changed for a day: a file is written before its row.
"""

import logging
import re
from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta
from pathlib import PurePath
from typing import Any, NamedTuple

from django.core.files.storage import default_storage
from django.db.models import Manager
from django.utils import timezone

from foundation.storage.lasting import StorageUnreachable, lasting_storage
from predictions.models import Image
from predictions.pictures import thumbnails

logger = logging.getLogger(__name__)

AGE = timedelta(days=1)
AT_ONCE = 1000  # names in one look into the database
# So many files of a folder without a row, and more than half of all: the database is another one.
SUSPICIOUS = 20
MD5 = re.compile(r"[0-9a-f]{32}")

Names = Callable[[Sequence[str]], set[str]]


class Swept(NamedTuple):
    files: int
    bytes: int


def names_in(*rows: Manager[Any]) -> Names:
    """Of names, those in the field `file` of these rows, of which there are not many."""

    def named(names: Sequence[str]) -> set[str]:
        return {
            name
            for each in rows
            for name in each.filter(file__in=names).values_list("file", flat=True)
        }

    return named


def pictures_named(names: Iterable[str]) -> set[str]:
    """Found by the MD5 that their names begin with, which has an index; the demo's have none."""
    md5s = [found[0] for name in names if (found := MD5.match(PurePath(name).name))]
    others = [name for name in names if not MD5.match(PurePath(name).name)]
    there = Image.objects.filter(file_deleted_at=None)
    named = set(there.filter(md5__in=md5s).values_list("file", flat=True))
    if others:
        named |= set(there.filter(file__in=others).values_list("file", flat=True))
    return named


def thumbnails_named(names: Sequence[str]) -> set[str]:
    """Those of pictures that are there."""
    pictures = {
        str("images" / copy.parent.relative_to("thumbnails") / copy.stem.rpartition("-")[0]) + end
        for copy in map(PurePath, names)
        for end in Image.FILE_ENDINGS.values()
    }
    return {
        str(PurePath(thumbnails.path(file, width)))
        for file in pictures_named(pictures)
        for width in (*thumbnails.WIDTHS, thumbnails.LARGE_COPY)
    }


# By folder, which of the names in it rows need; apps above this one add theirs.
folders: dict[str, Names] = {"images": pictures_named, "thumbnails": thumbnails_named}


def sweep(folder: str, *, trusting: bool = False, dry_run: bool = False) -> tuple[Swept, list[str]]:
    """Deletes the files right in this folder that nothing needs, and names the folders in it.

    trusting: even if they are most of it.

    Raises:
        StorageUnreachable
    """
    try:
        inner, files = default_storage.listdir(folder)
    except FileNotFoundError:
        return Swept(0, 0), []
    named_in = folders[folder.partition("/")[0]]
    names = [f"{folder}/{file}" for file in sorted(files)]
    lost = []
    for start in range(0, len(names), AT_ONCE):
        some = names[start : start + AT_ONCE]
        lost += [name for name in sorted(set(some) - named_in(some)) if is_old(name)]
    inside = [f"{folder}/{name}" for name in sorted(inner)]
    if not trusting and len(lost) > max(SUSPICIOUS, len(files) // 2):
        logger.error(
            "%d of %d files in %s belong to no row. If this is the right database, delete them "
            "with: manage.py sweep",
            len(lost),
            len(files),
            folder,
        )
        return Swept(0, 0), inside
    return delete(lost, dry_run=dry_run), inside


def clear_unfinished() -> int:
    """What the storage itself keeps of writes whose process died. Raises OSError."""
    cleared = lasting_storage.clear_unfinished(timezone.now() - AGE)
    if cleared:
        logger.info("%d unfinished uploads deleted", cleared)
    return cleared


def is_old(name: str) -> bool:
    try:
        return default_storage.get_modified_time(name) < timezone.now() - AGE
    except FileNotFoundError:  # deleted just now
        return False


def delete(names: Iterable[str], *, dry_run: bool) -> Swept:
    number = size = 0
    for name in names:
        try:
            of_file = default_storage.size(name)
            if not dry_run:
                default_storage.delete(name)
                logger.info("Deleted %s, which belongs to no row", name)
        except StorageUnreachable:
            raise
        except OSError as error:
            logger.error("%s cannot be deleted: %s", name, error)
            continue
        number, size = number + 1, size + of_file
    return Swept(number, size)
