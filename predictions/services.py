"""The one way to ask for a prediction; pages and API both come through here."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from typing import Any

from django.db import IntegrityError
from django.utils.translation import gettext as _
from redis.exceptions import RedisError
from rq.results import Result
from structlog.contextvars import bind_contextvars, bound_contextvars

from accounts.models import User
from foundation.observability import tracing
from foundation.observability.counters import observe_stages
from foundation.observability.outcomes import refused_total, requested_total
from foundation.observability.timing import Stopwatch
from predictions import quotas, recording
from predictions.classifiers import DEFAULT
from predictions.models import Inference, Prediction
from predictions.pictures import files, virus_scan
from predictions.pictures.checks import Refused, check
from predictions.pictures.metadata import without_metadata
from predictions.pictures.uploads import PictureUpload
from predictions.querysets import PredictionQuerySet
from predictions.queueing import queue
from predictions.queueing.patience import patience
from predictions.refusals import NotTaken
from predictions.registry.routing import version_for
from predictions.registry.trial import version_on_trial
from predictions.room import Room


class NotQueued(Exception):
    """The prediction is recorded, but the queue cannot be reached.

    Nothing is lost: a worker's maintenance enqueues it (recovery.requeue_lost).
    """

    def __init__(self, prediction: Prediction) -> None:
        super().__init__(prediction.pk)
        self.prediction = prediction


def history(user: User) -> PredictionQuerySet:
    """A person's predictions, newest first, with all that is shown of them."""
    return with_all_that_is_shown(Prediction.objects.filter(user=user))


def trash(user: User) -> PredictionQuerySet:
    """What a person has deleted and can still restore, the latest first."""
    deleted = Prediction.everything.filter(user=user, deleted_at__isnull=False)
    return with_all_that_is_shown(deleted.order_by("-deleted_at", "-created_at", "-id"))


def with_all_that_is_shown(predictions: PredictionQuerySet) -> PredictionQuerySet:
    return predictions.select_related("image", "inference__model_version__classifier").defer(
        "inference__features"
    )


@contextmanager
def refusals_counted() -> Iterator[None]:
    try:
        yield
    except (Refused, NotTaken) as error:
        refused_total.labels(error.reason).inc()
        raise


@refusals_counted()
def request_prediction(
    user: User,
    upload: PictureUpload,
    *,
    waits: bool = False,
    bulk: bool = False,
    strip_metadata: bool = False,
    may_improve: bool = False,
    classifier: str = DEFAULT,
    version: int | None = None,
) -> Prediction:
    """Records the request and enqueues it, unless its answer is known already (`cached`).

    When it returns, the request is committed, the disk has its picture, and it will be answered
    whatever becomes of this process. `waits`: the caller is going to wait for the answer, which
    must have a chance to come; see patience.py. `bulk`: those who wait for theirs go first.
    `strip_metadata`: place, camera and all other metadata are left out before anything is stored.
    `may_improve`: the person agrees that the picture is used for that; see consent.py.
    `version`: the id of the one that is to answer, for those who teach the classifier; otherwise
    its roles decide.

    Raises:
        UnknownClassifier, UnknownVersion
        Refused: the file is not accepted, or the account was deleted meanwhile.
        NotTaken: there is no room, no model, or too much was sent; nothing was recorded.
        redis.exceptions.RedisError: the queue cannot be reached; nothing was recorded.
        NotQueued: the queue was lost in the middle; the prediction is recorded.
    """
    watch = Stopwatch()
    with tracing.span("validate"):
        virus_scan.scan(upload)
        header = check(upload)
        if strip_metadata:
            upload = without_metadata(upload, header.format)
        quotas.check(user, upload.sha256, upload.size)
    watch.lap("validate")
    name = queue.BULK if bulk else queue.INTERACTIVE

    room = Room(user, name, header.width * header.height, waits=waits)
    if version is None:
        choose_version = partial(version_for, user, classifier)
    else:
        choose_version = partial(version_on_trial, user, classifier, version)
    try:
        with tracing.span("store"):
            prediction, needs_job = recording.record(
                user, upload, header, room, choose_version, may_improve=may_improve
            )
    except IntegrityError as error:
        if User.objects.filter(pk=user.pk).exists():
            raise
        raise Refused(_("This account has been deleted.")) from error
    watch.lap("store")
    if not bulk:  # or the line of the request would name one of many
        bind_contextvars(prediction_id=str(prediction.pk), **said_of(prediction))
    prediction.stages = watch.laps
    observe_stages(watch.laps)
    requested_total.labels(
        "new" if needs_job else "cached" if prediction.cached else "waiting"
    ).inc()
    if needs_job:
        try:
            with bound_contextvars(prediction_id=str(prediction.pk)):
                queue.enqueue(prediction.inference, name, work=header.work)
        except RedisError as error:
            raise NotQueued(prediction) from error
        finally:
            files.flush(prediction.image)  # a worker is at it meanwhile
    elif not bulk and prediction.inference.status == Inference.Status.QUEUED:
        with suppress(RedisError):  # it is answered all the same, in its turn
            queue.move_to_interactive(prediction.inference)
    return prediction


def said_of(prediction: Prediction) -> dict[str, Any]:
    """What the log says of a request for one prediction."""
    version = prediction.inference.model_version
    return {
        "inference_id": prediction.inference_id,
        "job_id": str(prediction.inference.job_id),
        "classifier": version.classifier.name,
        "version": str(version),
        "cached": prediction.cached,
    }


def wait_for_answer(prediction: Prediction, seconds: int) -> Inference:
    """The inference as it stands when it has finished, or after that many seconds.

    Sooner, should it take one of the last threads; see patience.py.

    Raises:
        Inference.DoesNotExist: the prediction was deleted meanwhile.
        NotQueued: the queue was lost while waiting.
    """
    inference = prediction.inference
    if not inference.is_finished:
        try:
            result = patience.wait(seconds, partial(queue.wait_for_result, inference.job_id))
        except RedisError as error:
            raise NotQueued(prediction) from error
        # A job returns nothing if a worker answered it and died, or its predictions are deleted.
        if result and result.type == Result.Type.SUCCESSFUL and result.return_value:
            inference.take_result(result.return_value)
        else:
            inference.refresh_from_db(fields=[*Inference.RESULT, "status", "error", "unreadable"])
    return inference
