"""Whether the database can compare pictures, and the table of vectors where it can.

pgvector is an extension that a server of somebody else's may lack, or not allow. Everything but
similar pictures works without it.
"""

from time import monotonic

from django.db import Error as DatabaseError
from django.db import connection, transaction

LOOKED_FOR_EVERY = 60  # seconds, while it is not there
EXTENSION = "CREATE EXTENSION IF NOT EXISTS vector"
# halfvec came with 0.7, in 2024.
HAS_HALFVEC = "SELECT to_regtype('halfvec') IS NOT NULL"
EXISTS = "SELECT to_regclass('similar_vector') IS NOT NULL"
# Vectors stay in their rows, which are compared one after the other: PostgreSQL would move what
# is longer than 2 kB elsewhere. No vector is longer than a page.
MAKE = """
    CREATE TABLE IF NOT EXISTS similar_vector (
        image_id bigint NOT NULL REFERENCES predictions_image ON DELETE CASCADE,
        network varchar(200) NOT NULL,
        is_indexed boolean NOT NULL DEFAULT false,
        embedding halfvec NOT NULL,
        PRIMARY KEY (image_id, network)
    );
    ALTER TABLE similar_vector ALTER embedding SET STORAGE PLAIN;
    CREATE INDEX IF NOT EXISTS similar_fresh ON similar_vector (network) WHERE NOT is_indexed;
"""


class NotSupported(Exception):
    """The database has no pgvector, and why."""


class Known:
    """What this process knows of the table."""

    is_there = False
    looked_at = float("-inf")


known = Known()


def make() -> None:
    """Makes the extension and the table, unless they are there.

    Raises:
        NotSupported
    """
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(EXTENSION)
    except DatabaseError as error:
        raise NotSupported(str(error).strip().partition("\n")[0]) from error
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(HAS_HALFVEC)
        if not cursor.fetchone()[0]:
            raise NotSupported("pgvector is older than 0.7, which has no halfvec.")
        cursor.execute(MAKE)


def is_there() -> bool:
    """Whether there are vectors: asked once in a process's life, or each minute while not.

    Raises DatabaseError.
    """
    if not known.is_there and monotonic() - known.looked_at > LOOKED_FOR_EVERY:
        with connection.cursor() as cursor:
            cursor.execute(EXISTS)
            [known.is_there] = cursor.fetchone()
        known.looked_at = monotonic()
    return known.is_there
