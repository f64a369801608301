"""How much is left, and who has done how much."""

from datetime import datetime, timedelta
from typing import TypedDict

from django.db.models import Count, F, Q, QuerySet
from django.utils import timezone

from accounts.models import User
from predictions.classifiers import Classifier
from review.models import Decision, Entry, Queue

COUNTED = 1000  # what is more is "1,000+"
REVIEWERS = 50


class Done(TypedDict):
    email: str | None  # None: the account is deleted
    today: int
    week: int


def left(queue: Queue, classifier: Classifier) -> int:
    """COUNTED + 1 at most."""
    return Entry.objects.waiting(queue, classifier)[: COUNTED + 1].count()


def left_by_queue(classifier: Classifier) -> dict[Queue, int]:
    return {queue: left(queue, classifier) for queue in Queue}


def today() -> datetime:
    """When it began."""
    return timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)


def reviewed_since(moment: datetime) -> QuerySet[Decision]:
    """What stands or stood, and was decided by looking at a picture."""
    decided = Decision.objects.filter(decided_at__gte=moment, is_undone=False)
    return decided.exclude(queue=Decision.Source.IMPORT)


def done_today(reviewer: User) -> int:
    return reviewed_since(today()).filter(decided_by=reviewer).count()


def done_by_reviewer(classifier: Classifier) -> list[Done]:
    """Of each reviewer of the last seven days, who did most first."""
    since = today()
    done = (
        reviewed_since(since - timedelta(days=6))
        .filter(classifier=classifier)
        .order_by()
        .values(email=F("decided_by__email"))
        .annotate(week=Count("pk"), today=Count("pk", filter=Q(decided_at__gte=since)))
        .order_by("-week", "email")[:REVIEWERS]
    )
    return [Done(**each) for each in done]
