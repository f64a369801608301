"""Who looks at which entry: reviewers at work at once never get the same one."""

from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from predictions.classifiers import Classifier
from review.models import Entry, EntryQuerySet, Queue

# After that somebody else gets it. Each answer of the server renews it for who holds it.
LEASE = timedelta(minutes=10)


@transaction.atomic
def take(
    reviewer: User, queue: Queue, classifier: Classifier, number: int, first: int | None = None
) -> list[Entry]:
    """The reviewer's next entries, leased to them; those that they hold already come first.

    first: the key of the one that is to come first, if they hold it.
    """
    now = timezone.now()
    waiting = Entry.objects.waiting(queue, classifier)
    held = list(waiting.filter(leased_by=reviewer, leased_until__gt=now)[:number])
    held.sort(key=lambda entry: entry.pk != first)
    if missing := number - len(held):
        held += untaken(waiting, reviewer)[:missing]
    Entry.objects.filter(pk__in=[entry.pk for entry in held]).update(
        leased_by=reviewer, leased_until=now + LEASE
    )
    return held


def untaken(waiting: EntryQuerySet, reviewer: User) -> EntryQuerySet:
    """Locked until the end of the transaction; what another one has locked is passed over."""
    free = waiting.free(timezone.now()).exclude(skipped_by__contains=[reviewer.pk])
    return free.select_for_update(of=("self",), skip_locked=True)


def skip(reviewer: User, entry: Entry) -> None:
    """Leaves it to others: this reviewer does not get it again."""
    with transaction.atomic():
        for held in Entry.objects.select_for_update().filter(pk=entry.pk):
            held.skipped_by = sorted({*held.skipped_by, reviewer.pk})
            if held.leased_by_id == reviewer.pk:
                held.leased_by = held.leased_until = None
            held.save(update_fields=["skipped_by", "leased_by", "leased_until"])


def give_back(reviewer: User) -> None:
    """All that they hold, so that others get it at once."""
    Entry.objects.filter(leased_by=reviewer, finished_at=None).update(
        leased_by=None, leased_until=None
    )
