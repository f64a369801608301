"""Asking for a training; a worker performs it (work/train.py)."""

from datetime import timedelta

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F, Sum
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from accounts.models import User
from learning import queue
from learning.models import Training
from learning.problems import classes_with_counts, number_of
from learning.refusals import Busy, TeachingRefused
from predictions.classifiers import Classifier

TOO_FEW = gettext_noop("There is nothing to tell apart: give pictures to two classes at least.")


def start(user: User | None, classifier: Classifier, *, deeper: bool = False) -> Training:
    """user: None on the command line, and for classifiers of the server.

    Raises TeachingRefused, and Busy if a training of this classifier, or many of the person's, have
    not finished.
    """
    full = [one for one in classes_with_counts(classifier) if number_of(one) and not one.is_none]
    if len(full) < 2:
        raise TeachingRefused(_(TOO_FEW))
    if user is not None:
        refuse_if_over(user)
    waiting = _("Some of your trainings have not finished yet. Wait for them, or cancel some.")
    queue.refuse_many(Training, user, waiting)
    training = Training(classifier=classifier, started_by=user, deeper=deeper)
    try:
        with transaction.atomic():
            training.save(force_insert=True)
    except IntegrityError as error:
        raise Busy(
            _("A training of this classifier has not finished yet. Wait for it, or cancel it.")
        ) from error
    transaction.on_commit(lambda: queue.start(training))
    return training


def refuse_if_over(user: User) -> None:
    """Raises TeachingRefused if somebody's trainings of a day have taken as long as they may."""
    most = settings.TRAINING_MINUTES_PER_DAY
    since = timezone.now() - timedelta(days=1)
    took = Training.objects.filter(started_by=user, started_at__gt=since).aggregate(
        took=Sum(F("reported_at") - F("started_at"))
    )["took"]
    if took is not None and took >= timedelta(minutes=most):
        raise TeachingRefused(
            _(
                "Your trainings of the last 24 hours have taken %(most)d minutes, and may not take "
                "longer. Try again later."
            )
            % {"most": most}
        )
