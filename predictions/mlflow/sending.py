"""Tells MLflow what waits in the outbox, in a process of its own."""

import logging
from datetime import timedelta
from time import sleep
from typing import TYPE_CHECKING

from django.db import Error as DatabaseError
from django.db import close_old_connections, connection, transaction
from django.utils import timezone

from predictions.mlflow import outbox
from predictions.mlflow.client import LONGEST_REASON, connect, reason
from predictions.mlflow.mirror import log_version, set_aliases
from predictions.mlflow.models import Pending

if TYPE_CHECKING:
    from mlflow import MlflowClient

logger = logging.getLogger(__name__)

LOCK = 0x6D6C666C6F77  # "mlflow", among the database's advisory locks
PAUSE = 5  # seconds
FIRST_RETRY, LAST_RETRY = timedelta(seconds=15), timedelta(hours=1)
DOUBLINGS = 10  # of the first, which lead beyond the last


def send_for_ever() -> None:
    """Begins with what MLflow has missed so far. Raises MlflowUnusable: there is no client."""
    client = connect()
    has_begun = False
    while True:
        close_old_connections()
        try:
            if not has_begun:
                outbox.put_all_roles()
                has_begun = True
            while send_next(client):
                pass
        except DatabaseError as error:
            logger.warning("MLflow is told later: %s", reason(error))
        sleep(PAUSE)


def send_all() -> None:
    """What waits, whether due or not, each once. Raises MlflowUnusable: there is no client."""
    client = connect()
    Pending.objects.update(due_at=timezone.now())
    while send_next(client):
        pass


@transaction.atomic
def send_next(client: "MlflowClient") -> bool:
    """Sends what has been due longest; False if nothing is. Other processes wait meanwhile."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
    due = Pending.objects.filter(due_at__lte=timezone.now()).order_by("due_at", "pk")
    pending = due.select_related("classifier", "version__classifier").first()
    if pending is None:
        return False
    # Those that ask for the same are one. A change that is made from here on has a further row.
    same = Pending.objects.filter(classifier=pending.classifier, version=pending.version)
    same.exclude(pk=pending.pk).delete()
    try:
        if pending.version:
            log_version(client, pending.version)
        else:
            set_aliases(client, pending.classifier)
    except DatabaseError:
        raise
    except Exception as error:  # whatever the reason, it must not hold up the others
        try_later(pending, error)
    else:
        pending.delete()
    return True


def try_later(pending: Pending, error: Exception) -> None:
    pause = min(FIRST_RETRY * 2 ** min(pending.attempts, DOUBLINGS), LAST_RETRY)
    pending.attempts += 1
    pending.due_at = timezone.now() + pause
    pending.error = reason(error)[:LONGEST_REASON]
    pending.save()
    logger.warning(
        "MLflow was not told of %s, next attempt in %d seconds: %s",
        pending,
        pause.total_seconds(),
        pending.error,
    )
