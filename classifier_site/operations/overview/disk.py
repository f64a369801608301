"""How full the disk is on which the pictures are."""

import shutil
from pathlib import Path
from typing import NamedTuple

from django.conf import settings
from django.db import connection

# Pages of the table of pictures that are read; of a larger one, the others are like these.
PAGES = 300
SIZES = """
    SELECT pg_database_size(current_database()), coalesce(sum(size), 0) * 100 / part
    FROM (
        SELECT least(100, 100.0 * %(pages)s * current_setting('block_size')::int
            / greatest(pg_relation_size('predictions_image'), 1)) AS part
    ) AS sampled
    LEFT JOIN LATERAL (
        SELECT size FROM predictions_image TABLESAMPLE SYSTEM (part)
    ) AS image ON true
    GROUP BY part
"""


class Disk(NamedTuple):
    """In bytes, as the site's machine sees the folder of the pictures; S3 does not say."""

    used: int | None
    free: int | None
    database: int
    pictures: int  # about, if there are many

    @property
    def share(self) -> float | None:
        """Used, 0 to 1."""
        if self.used is None or self.free is None:
            return None
        return self.used / (self.used + self.free)


def disk() -> Disk:
    used = free = None
    if not settings.MEDIA_BUCKET:
        folder = Path(settings.MEDIA_ROOT)
        while not folder.exists():  # before the first picture
            folder = folder.parent
        _, used, free = shutil.disk_usage(folder)
    with connection.cursor() as cursor:
        cursor.execute(SIZES, {"pages": PAGES})
        database, pictures = cursor.fetchone()
    return Disk(used, free, database, int(pictures))
