import numpy as np
import pytest
from django.db import connection

from benchmarks import similar
from predictions.similar.writing import written


@pytest.mark.django_db
def test_made_up_vectors_are_stored_as_the_service_stores_those_of_pictures(monkeypatch):
    ids = range(7, 10)
    similar.copy_pictures(ids)
    for_copy, again = (np.random.default_rng(5) for _ in range(2))
    monkeypatch.setattr(similar, "random", for_copy)
    similar.copy_vectors(ids, indexed=True)
    monkeypatch.setattr(similar, "random", again)
    seen = similar.features(len(ids))

    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT image_id, network, is_indexed, embedding = expected::halfvec
            FROM similar_vector JOIN unnest(%s::bigint[], %s::text[]) AS written (id, expected)
                ON id = image_id ORDER BY id""",
            [list(ids), [written(each.tobytes()) for each in seen]],
        )
        found = cursor.fetchall()

    assert found == [(n, similar.NETWORK, True, True) for n in ids]
