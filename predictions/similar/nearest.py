"""The pictures in which a network sees the same as in this one, by cosine."""

from typing import Any, NamedTuple

from django.db import connection

from predictions.models import Inference
from predictions.registry.networks import Network
from predictions.similar import table

# Cosine from which on a picture counts as nearly the same. Measured on 150 photographs of five
# kinds of waste (docs/performance.md): of 11,175 pairs of different ones none came to more than
# 0.863; of copies that were mirrored 99 % came to this, of those that were cut at the edges 91 %.
NEAR_DUPLICATE = 0.9
# Vectors that the index keeps in view (hnsw.ef_search): it finds 99.4 % of the ten nearest of
# 100,000 then, and 98 % of those of a million.
EF_SEARCH = 100
# Of somebody's own pictures the latest so many are compared, each of them.
OWN_COMPARED = 10_000

DIMENSIONS = """
    SELECT vector_dims(embedding) FROM similar_vector
    WHERE image_id = %(image)s AND network = %(network)s
"""
ASKED = """
    (SELECT embedding::halfvec({dimensions}) FROM similar_vector
    WHERE image_id = %(image)s AND network = %(network)s)
"""
# The index answers for its side of the table. What came since then is compared one by one.
AMONG_ALL = """
    SET LOCAL hnsw.ef_search = {ef_search};
    WITH indexed AS (
        SELECT image_id, embedding::halfvec({dimensions}) <=> {asked} AS distance
        FROM similar_vector
        WHERE network = %(network)s AND is_indexed
        ORDER BY embedding::halfvec({dimensions}) <=> {asked}
        LIMIT %(limit)s + 1
    ), fresh AS (
        SELECT image_id, embedding::halfvec({dimensions}) <=> {asked} AS distance
        FROM similar_vector
        WHERE network = %(network)s AND NOT is_indexed
        ORDER BY distance
        LIMIT %(limit)s + 1
    )
    SELECT image_id, 1 - distance FROM (TABLE indexed UNION ALL TABLE fresh) AS found
    WHERE image_id <> %(image)s
    ORDER BY distance
    LIMIT %(limit)s
"""
# No index of vectors knows whose pictures these are: it would find others' first. An array is
# looked up in the primary key at once; for a join the planner may read all vectors there are.
AMONG_OWN = """
    SELECT image_id, 1 - (embedding::halfvec({dimensions}) <=> {asked}) AS similarity
    FROM similar_vector
    WHERE network = %(network)s AND image_id <> %(image)s
        AND image_id = ANY(ARRAY(
            SELECT image_id FROM predictions_prediction
            WHERE user_id = %(user)s AND deleted_at IS NULL
            ORDER BY created_at DESC, id DESC
            LIMIT %(compared)s
        ))
    ORDER BY similarity DESC
    LIMIT %(limit)s
"""


class NotYet(Exception):
    """The picture has no vector: it is from before there were any, and nobody has made it."""


class Neighbour(NamedTuple):
    image_id: int
    similarity: float  # cosine, 1 of the same picture

    @property
    def is_near_duplicate(self) -> bool:
        return self.similarity >= NEAR_DUPLICATE


def nearest(inference: Inference, limit: int, *, user_id: int | None = None) -> list[Neighbour]:
    """Pictures like that of an answer, the most similar first, as the network of its version sees
    them; without the picture itself. user_id: among what this person has sent, or all.

    Raises:
        NotSupported: the database has no pgvector.
        NotYet
    """
    if not table.is_there():
        raise table.NotSupported
    asked: dict[str, Any] = {
        "image": inference.image_id,
        "network": str(Network.seeing(inference.model_version)),
        "limit": limit,
        "user": user_id,
        "compared": OWN_COMPARED,
    }
    with connection.cursor() as cursor:
        cursor.execute(DIMENSIONS, asked)
        row = cursor.fetchone()
        if row is None:
            raise NotYet
        cursor.execute(search(row[0], among_all=user_id is None), asked)
        return [Neighbour(*found) for found in cursor.fetchall()]


def search(dimensions: int, *, among_all: bool) -> str:
    asked = ASKED.format(dimensions=dimensions)
    statement = AMONG_ALL if among_all else AMONG_OWN
    return statement.format(dimensions=dimensions, asked=asked, ef_search=EF_SEARCH)
