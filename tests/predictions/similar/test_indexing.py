"""New vectors come under their index while nothing waits, and are found before and after."""

import pytest
from django.db import connection

from predictions.queueing import indexing, queue
from predictions.queueing.chores import maintained
from predictions.registry.networks import Network
from predictions.similar import index
from predictions.similar.models import Vector
from predictions.similar.nearest import nearest, search
from tests.predictions.similar.vectors import somebodys

pytestmark = pytest.mark.django_db


@pytest.fixture
def pictures(user, model, monkeypatch):
    monkeypatch.setattr(index, "WORTHWHILE", 4)
    monkeypatch.setattr(indexing, "AT_ONCE", 3)
    return [somebodys(user, model, [10, n, 0]) for n in range(4)]


def indexed():
    return Vector.objects.filter(is_indexed=True).count()


def order(prediction):
    return [near.image_id for near in nearest(prediction.inference, 3)]


def test_enough_vectors_get_an_index_and_are_found_as_before(pictures):
    before = order(pictures[0])
    assert before == [each.image_id for each in pictures[1:]]
    maintained.send(None)
    assert indexed() == 4
    assert order(pictures[0]) == before


def test_a_search_among_all_reads_the_index(pictures, model):
    maintained.send(None)
    network = str(Network.seeing(model))
    statement = search(3, among_all=True).partition(";")[2]
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off")
        asked = {"image": pictures[0].image_id, "network": network, "limit": 3}
        cursor.execute(f"EXPLAIN {statement}", asked)
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert f"Index Scan using {index.name_of(network)}" in plan
    assert "Index Scan using similar_fresh" in plan or "Bitmap Index Scan on similar_fresh" in plan


def test_few_vectors_are_compared_one_by_one(pictures, monkeypatch):
    monkeypatch.setattr(index, "WORTHWHILE", 5)
    maintained.send(None)
    assert indexed() == 0


def test_nothing_is_indexed_while_a_picture_waits(unheard_redis, pictures, user, ask):
    ask(user, answered=False)
    maintained.send(None)
    assert indexed() == 0
    for each in queue.queues():
        each.empty()
    maintained.send(None)
    assert indexed() == 4


def test_an_unfinished_backfill_builds_its_index_itself(pictures):
    Vector.objects.filter(image=pictures[0].image).update(is_indexed=True)
    maintained.send(None)
    assert indexed() == 1


def test_without_pgvector_there_is_nothing_to_index(without_vectors):
    maintained.send(None)
