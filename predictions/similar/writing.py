"""How the batch's own statement writes the vectors of the pictures that it answers."""

from collections.abc import Iterable
from typing import Any

import numpy as np

# In order, or two batches with the same pictures could wait for each other. `answered` are rows
# of the statement that this is a part of.
INSERT = """
    INSERT INTO similar_vector (image_id, network, is_indexed, embedding)
    SELECT answered.image_id, seen.network, seen.network = ANY(%(indexed)s::text[]),
        seen.embedding::halfvec
    FROM unnest(%(seen)s::bigint[], %(networks)s::text[], %(embeddings)s::text[])
        AS seen (answered, network, embedding)
    JOIN answered ON answered.id = seen.answered
    ORDER BY answered.image_id, seen.network
    ON CONFLICT DO NOTHING
"""
# The largest number of a vector is written as this. What rounding adds to a cosine distance is
# 0.00005 at most, measured on 150 photographs, and halfvec keeps these numbers exactly.
MOST = 255
# Each as it stands in a vector; looked up for a whole vector at once, which takes a tenth of the
# time of writing its numbers one by one.
WRITTEN = np.array([f"{number:4}," for number in range(-MOST, MOST + 1)], dtype="S5")


def written(features: bytes) -> str | None:
    """Features (little-endian float32) in the form that halfvec reads; None if all are zero.

    Only the direction of a vector matters here, so that whole numbers do.
    """
    vector = np.frombuffer(features, "<f4")
    most = np.abs(vector).max(initial=0.0)
    if not 1e-9 < most < np.inf:  # nor with something that is not a number
        return None
    numbers = np.rint(vector * (MOST / most)).astype(np.int16)
    return f"[{WRITTEN[numbers + MOST].tobytes().decode().rstrip(',')}]"


def columns_of(
    seen: Iterable[tuple[int, str, bytes]], indexed: Iterable[str] = ()
) -> dict[str, list[Any]]:
    """What INSERT asks for, of inferences, networks, and what these see in the pictures.

    indexed: the networks whose vectors go to the side of the index at once, see index.py.
    """
    by_key = {(inference_id, network): features for inference_id, network, features in seen}
    rows = [(*key, text) for key, features in by_key.items() if (text := written(features))]
    return {
        "seen": [inference_id for inference_id, _network, _text in rows],
        "networks": [network for _inference_id, network, _text in rows],
        "embeddings": [text for _inference_id, _network, text in rows],
        "indexed": list(indexed),
    }
