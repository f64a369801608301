"""Vectors of pictures that were answered before there were any, a window of answers at a time."""

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import Max, Min

from predictions.classifiers import ModelVersion
from predictions.models import Inference
from predictions.registry.networks import Network
from predictions.similar import index, writing

AT_ONCE = 1000  # answers: their features take 5 to 8 MB
MISSING = """
    SELECT inference.id, seeing.network, inference.features
    FROM predictions_inference AS inference
    JOIN unnest(%(versions)s::bigint[], %(networks)s::text[]) AS seeing (version, network)
        ON seeing.version = inference.model_version_id
    WHERE inference.id BETWEEN %(first)s AND %(last)s
        AND inference.status = 'done' AND inference.features IS NOT NULL
        AND NOT EXISTS (
            SELECT FROM similar_vector AS vector
            WHERE vector.image_id = inference.image_id AND vector.network = seeing.network
        )
"""
# The pictures are locked first, as their deletion does it (pictures/deletion.py).
ADD = f"""
    WITH answered AS MATERIALIZED (
        SELECT inference.id, image.id AS image_id FROM predictions_image AS image
        JOIN predictions_inference AS inference ON inference.image_id = image.id
        WHERE inference.id = ANY(%(seen)s)
        ORDER BY image.id
        FOR KEY SHARE OF image
    ) {writing.INSERT}
"""  # noqa: S608 - of constants


class Progress(NamedTuple):
    looked_at: int  # answers
    of: int
    added: int


def networks() -> dict[int, str]:
    """What sees for each version, by the versions' ids."""
    return {
        version.pk: str(Network.seeing(version)) for version in ModelVersion.objects.order_by("pk")
    }


def fill() -> Iterator[Progress]:
    """Adds what is missing, and says after each window of answers how far it is.

    What is there already is passed over, so that it can be stopped and begun again at any time.
    Raises DatabaseError.
    """
    ends = Inference.objects.aggregate(first=Min("pk"), last=Max("pk"))
    if ends["last"] is None:
        return
    seeing = networks()
    asked: dict[str, Any] = {"versions": list(seeing), "networks": list(seeing.values())}
    of, added = ends["last"] - ends["first"] + 1, 0
    built_later = without_index(seeing.values()) if of >= index.WORTHWHILE else []
    for first in range(ends["first"], ends["last"] + 1, AT_ONCE):
        last = min(first + AT_ONCE - 1, ends["last"])
        with connection.cursor() as cursor:
            cursor.execute(MISSING, asked | {"first": first, "last": last})
            found = [(pk, network, bytes(seen)) for pk, network, seen in cursor.fetchall()]
            if found:
                cursor.execute(ADD, writing.columns_of(found, indexed=built_later))
                added += cursor.rowcount
        yield Progress(last - ends["first"] + 1, of, added)


def without_index(seeing: Iterable[str]) -> list[str]:
    """To build an index over what is there takes less than to add to it row by row."""
    return [network for network in sorted(set(seeing)) if not index.exists(network)]


def build_indexes(memory: str) -> Iterator[str]:
    """Makes each index for which there are vectors; names the network before it begins.

    memory: PostgreSQL's maintenance_work_mem, as `1GB`. What does not fit takes much longer.
    Raises DatabaseError.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('maintenance_work_mem', %s, false)", [memory])
    for network in without_index(networks().values()):
        if dimensions := index.dimensions_of(network):
            yield network
            index.make(network, dimensions, concurrently=True)


def index_rest() -> Iterator[int]:
    """Puts what is not under its index there, a few at a time; says how many."""
    for network, _number, _dimensions in index.fresh():
        while index.exists(network) and (moved := index.move(network, AT_ONCE)):
            yield moved
