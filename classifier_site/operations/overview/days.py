"""The last thirty days: from a table, which a chore fills, and today as it is."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.db import connection
from django.db.models import Count, Q
from django.utils import timezone

from classifier_site.operations.overview.models import Day
from classifier_site.operations.overview.times import FACTOR, LEAST, STAGES
from predictions.models import Prediction

PERIODS = TODAY, WEEK, MONTH = 1, 7, 30  # days, with today
# Answers of a day whose times are looked at: chosen at random, if there are more.
SAMPLE = 2000
# After midnight a day goes on for so long: pictures sent before are still being answered.
ANSWERED_WITHIN = timedelta(minutes=10)

# The sample first, so that the planner knows how few answers it has to find.
TIMES = """
    WITH sample AS MATERIALIZED (
        SELECT inference_id, created_at FROM predictions_prediction
        WHERE created_at >= %(since)s AND created_at < %(until)s
            AND NOT cached AND random() < %(share)s
        LIMIT %(most)s
    )
    SELECT stage, round(ln(greatest(milliseconds, %(least)s)) / ln(%(factor)s)) AS step, count(*)
    FROM sample
    JOIN predictions_inference AS inference ON inference.id = sample.inference_id
    CROSS JOIN LATERAL (
        SELECT key, value::float8 FROM jsonb_each_text(timings) WHERE key = ANY(%(stages)s)
        UNION ALL
        SELECT 'total', 1000 * extract(epoch FROM finished_at - sample.created_at)::float8
    ) AS took (stage, milliseconds)
    WHERE inference.status = 'done' AND milliseconds IS NOT NULL
    GROUP BY stage, step
"""


def today() -> date:
    return timezone.now().astimezone(UTC).date()


def beginning(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def first_of(period: int) -> date:
    return today() - timedelta(days=period - 1)


def measure(day: date) -> Day:
    """Two statements, which read this day's part of the index by time."""
    since, until = beginning(day), beginning(day + timedelta(days=1))
    found = Prediction.everything.filter(created_at__gte=since, created_at__lt=until).aggregate(
        predictions=Count("pk"),
        cached=Count("pk", filter=Q(cached=True)),
        people=Count("user", distinct=True),
    )
    return Day(day=day, **found, times=times(since, until, found["predictions"] - found["cached"]))


def times(since: datetime, until: datetime, answers: int) -> dict[str, dict[str, float]]:
    share = SAMPLE / max(answers, SAMPLE)
    values: dict[str, Any] = {"since": since, "until": until, "share": share, "most": 2 * SAMPLE}
    values |= {"least": LEAST, "factor": FACTOR, "stages": list(STAGES)}
    found: dict[str, dict[str, float]] = {}
    with connection.cursor() as cursor:
        cursor.execute(TIMES, values)
        for stage, step, number in cursor.fetchall():
            # As many as there were, so that a busy day weighs more than a quiet one.
            found.setdefault(stage, {})[f"{step:.0f}"] = round(number / share, 1)
    return found


def latest_days() -> list[Day]:
    """From the oldest to today; those are missing that no worker has counted yet."""
    days = list(Day.objects.filter(day__gte=first_of(MONTH)))
    counted = {each.day for each in days}
    # Yesterday is over in a moment, and today is not in the table.
    lately = [first_of(2), today()]
    return days + [measure(day) for day in lately if day not in counted]


def finish_now_and_then(**kwargs: Any) -> None:
    """Counts the latest day that is over and not counted: one at a time, as a worker does it."""
    over = (timezone.now() - ANSWERED_WITHIN).astimezone(UTC).date()
    days = [over - timedelta(days=age) for age in range(1, MONTH)]
    counted = set(Day.objects.filter(day__in=days).values_list("day", flat=True))
    if lacking := [day for day in days if day not in counted]:
        measured = measure(lacking[0])
        Day.objects.bulk_create([measured], ignore_conflicts=True)
        Day.objects.filter(day__lt=days[-1]).delete()
