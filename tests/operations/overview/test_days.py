"""Days that are over are counted once, by a worker, and stay counted."""

from datetime import UTC, datetime, timedelta

import pytest

from classifier_site.operations.overview import days
from classifier_site.operations.overview.models import Day
from classifier_site.operations.overview.times import added, percentile
from predictions.models import Prediction
from predictions.queueing.chores import maintained
from tests.operations.overview.rows import again, answered, failed


@pytest.fixture
def grace(make_user):
    return make_user("grace@example.com")


def test_a_day_has_its_predictions_people_and_times(user, grace, model):
    for number, person in enumerate([user, user, grace, grace]):
        answered(person, model, 3, seconds=number + 1, timings={"decode": 10.0 * (number + 1)})
    again(answered(user, model, 2), grace, 3)
    failed(user, model, 3, "damaged")

    found = days.measure(days.today() - timedelta(days=3))

    assert (found.predictions, found.cached, found.people) == (6, 1, 2)
    assert {stage: sum(counts.values()) for stage, counts in found.times.items()} == {
        "decode": 4,
        "total": 4,
    }
    assert percentile(found.times["decode"], 0.5) == pytest.approx(20, rel=0.01)
    assert percentile(found.times["decode"], 0.95) == pytest.approx(40, rel=0.01)
    assert percentile(found.times["total"], 0.95) == pytest.approx(4000, rel=0.01)


def test_of_many_answers_a_sample_stands_for_all(user, model, monkeypatch):
    monkeypatch.setattr(days, "SAMPLE", 20)
    for _ in range(100):
        answered(user, model, 1, timings={"decode": 5.0})

    counts = days.measure(days.today() - timedelta(days=1)).times["decode"]

    looked_at = sum(counts.values()) * 20 / 100
    assert 0 < looked_at <= 40 and looked_at == round(looked_at)
    assert percentile(counts, 0.5) == pytest.approx(5, rel=0.01)


def test_a_busy_day_weighs_more_than_a_quiet_one():
    together = added([{"save": {"0": 90}}, {"save": {"0": 5, "100": 5}}])

    assert together == {"save": {"0": 95, "100": 5}}
    assert percentile(together["save"], 0.95) == 1
    assert percentile(together["save"], 0.96) == pytest.approx(1.02**100)
    assert percentile({}, 0.5) is None


def test_a_worker_counts_one_day_at_a_time_and_none_twice(
    user, model, django_assert_max_num_queries
):
    kept = answered(user, model, 2)
    answered(user, model, 1)
    answered(user, model, 0)

    maintained.send(None)
    assert [(each.day, each.predictions) for each in Day.objects.all()] == [
        (days.today() - timedelta(days=1), 1)
    ]
    for _ in range(40):
        days.finish_now_and_then()
    assert Day.objects.count() == 29
    assert Day.objects.first().day == days.first_of(days.MONTH)
    with django_assert_max_num_queries(1):
        days.finish_now_and_then()

    Prediction.objects.filter(pk=kept.pk).delete()
    assert Day.objects.get(day=days.today() - timedelta(days=2)).predictions == 1


def test_days_that_left_the_month_are_forgotten(db):
    long_ago = Day.objects.create(
        day=days.today() - timedelta(days=40), predictions=1, cached=0, people=1
    )
    days.finish_now_and_then()
    assert not Day.objects.filter(pk=long_ago.pk).exists()


def test_a_day_is_over_some_minutes_after_midnight(db, monkeypatch):
    midnight = datetime(2026, 11, 30, tzinfo=UTC)
    for minutes, latest in ((5, 28), (11, 29)):
        monkeypatch.setattr(days.timezone, "now", lambda m=minutes: midnight + timedelta(minutes=m))
        days.finish_now_and_then()
        assert Day.objects.last().day.day == latest


def test_the_month_has_yesterday_and_today_before_any_worker_has_counted(user, model):
    for days_ago in (0, 1, 1, 2):
        answered(user, model, days_ago)

    assert [each.predictions for each in days.latest_days()] == [2, 1]
    assert days.latest_days()[-1].day == days.today()
