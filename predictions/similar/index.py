"""The HNSW index of each network's vectors, and how new ones come under it.

To find its place in a large index takes a vector 4 ms (measured at 100,000 of 1,280 numbers):
sixteen take as long as classifying their pictures. A batch adds its vectors on the other side of
the table, where a search compares each of them, and they are moved when nothing waits.
"""

from hashlib import sha256

from django.db import connection

# Fewer are compared one by one as fast, and so exactly.
WORTHWHILE = 10_000
IS_INDEXED = "SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass(%s)"
# Each network has vectors of a length of its own, and the index only those of one length.
MAKE = """
    CREATE INDEX {concurrently} {name} ON similar_vector
    USING hnsw ((embedding::halfvec({dimensions})) halfvec_cosine_ops)
    WHERE is_indexed AND network = %s
"""
MOVE = """
    UPDATE similar_vector AS vector SET is_indexed = true
    FROM (
        SELECT image_id, network FROM similar_vector
        WHERE network = %s AND NOT is_indexed
        LIMIT %s
        FOR NO KEY UPDATE SKIP LOCKED
    ) AS fresh
    WHERE vector.image_id = fresh.image_id AND vector.network = fresh.network
"""
FRESH = """
    SELECT network, count(*), min(vector_dims(embedding))
    FROM similar_vector WHERE NOT is_indexed GROUP BY network
"""


def name_of(network: str) -> str:
    return f"similar_{sha256(network.encode()).hexdigest()[:16]}"


def exists(network: str) -> bool:
    """Whether it is there and complete: one whose making was interrupted is neither used."""
    with connection.cursor() as cursor:
        cursor.execute(IS_INDEXED, [name_of(network)])
        row = cursor.fetchone()
    return bool(row and row[0])


def make(network: str, dimensions: int, *, concurrently: bool = False) -> None:
    """In place of what an interruption has left.

    concurrently: while others write; it takes twice as long, and no transaction can be open.
    """
    how = "CONCURRENTLY" if concurrently else ""
    statement = MAKE.format(concurrently=how, name=name_of(network), dimensions=dimensions)
    drop(network)
    with connection.cursor() as cursor:
        cursor.execute(statement, [network])


def drop(network: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"DROP INDEX IF EXISTS {name_of(network)}")


def fresh() -> list[tuple[str, int, int]]:
    """Each network with vectors that are not indexed: how many, and how long they are."""
    with connection.cursor() as cursor:
        cursor.execute(FRESH)
        return list(cursor.fetchall())


def dimensions_of(network: str) -> int | None:
    """How long the vectors for the index are; None if there are none."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT vector_dims(embedding) FROM similar_vector "
            "WHERE network = %s AND is_indexed LIMIT 1",
            [network],
        )
        row = cursor.fetchone()
    return row and row[0]


def move(network: str, number: int) -> int:
    """Puts so many vectors under the index. Returns how many there were."""
    with connection.cursor() as cursor:
        cursor.execute(MOVE, [network, number])
        return cursor.rowcount
