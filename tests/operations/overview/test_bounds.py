"""No statement of the start page, or of the chore behind it, reads through a table that grows."""

from contextlib import contextmanager

import pytest
from django.core.cache import cache
from django.db import connection

from classifier_site.operations.overview import days
from feedback.services import give_feedback
from predictions.models import Inference
from tests.operations.overview.rows import answered, failed

GROWING = ["predictions_prediction", "predictions_inference", "feedback_feedback"]


@contextmanager
def plans():
    """Collects how PostgreSQL would run each SELECT if it avoided whole tables where it can."""
    found = []

    def explain(execute, sql, params, many, context):
        if sql.lstrip().startswith(("SELECT", "WITH")):
            with context["connection"].connection.cursor() as cursor:
                cursor.execute("SET LOCAL enable_seqscan = off")
                cursor.execute(f"EXPLAIN {sql}", params)
                found.append("\n".join(line for (line,) in cursor.fetchall()))
                cursor.execute("SET LOCAL enable_seqscan = on")
        return execute(sql, params, many, context)

    with connection.execute_wrapper(explain):
        yield found


@pytest.fixture
def rows(user, model):
    for days_ago in (0, 1, 3):
        give_feedback(answered(user, model, days_ago), correct=False, label="espresso")
        failed(user, model, days_ago, "damaged")


def read_through(found):
    return [plan for plan in found for table in GROWING if f"Seq Scan on {table}" in plan]


def test_each_statement_of_the_page_finds_its_rows_by_an_index(rows, page_for, staff):
    cache.clear()
    desk = page_for(staff)
    with plans() as found:
        desk.get("/admin/")

    assert sum("predictions_prediction" in plan for plan in found) >= 4
    assert sum("inference_failed" in plan for plan in found) == 1
    assert read_through(found) == []


def test_a_day_is_counted_by_an_index(rows):
    with plans() as found:
        days.finish_now_and_then()

    assert sum("predictions_prediction" in plan for plan in found) == 2
    assert read_through(found) == []


def test_a_statement_without_an_index_would_be_noticed(rows):
    with plans() as found:
        assert Inference.objects.filter(error="damaged").count() == 3

    assert len(read_through(found)) == 1
