"""A request is recorded: its picture is stored, its rows (image, inference, prediction) saved."""

from collections.abc import Callable
from contextlib import suppress
from typing import NamedTuple

from django.db import IntegrityError, OperationalError, connection, transaction
from django.db.models import Exists, Q
from django.utils import timezone
from django.utils.translation import gettext as _
from redis.exceptions import RedisError

from accounts.models import User
from predictions.classifiers import Classifier, ModelVersion
from predictions.inference.survey import Survey
from predictions.known import RolesChanged, as_known, look_up, seen_before
from predictions.models import Image, Inference, Prediction
from predictions.pictures import files
from predictions.pictures.checks import Refused
from predictions.pictures.uploads import PictureUpload
from predictions.queueing.turns import job_id_for
from predictions.refusals import NotStored, NotTaken
from predictions.registry import routing
from predictions.room import Room

TRIES = 10

# All of a new picture in one statement, which is its own transaction: the database is asked once
# instead of six times. No row comes back if the picture is there, or if the roles have changed.
RECORD_NEW = """
    WITH classifier AS (
        SELECT id FROM predictions_classifier
        WHERE id = %(classifier)s AND revision = %(revision)s::uuid
    ), image AS (
        INSERT INTO predictions_image
            (sha256, md5, format, width, height, size, file, created_at)
        SELECT %(sha256)s, %(md5)s, %(format)s, %(width)s::int, %(height)s::int, %(size)s::bigint,
            %(file)s, %(now)s::timestamptz
        FROM classifier
        ON CONFLICT DO NOTHING
        RETURNING id
    ), inference AS (
        INSERT INTO predictions_inference
            (image_id, model_version_id, job_id, created_at, status,
            label, synset, top_k, timings, attempts, error, unreadable)
        SELECT image.id, %(model)s, %(job_id)s::uuid, %(now)s, 'queued',
            '', '', '[]', '{}', 0, '', false
        FROM image
        RETURNING id, image_id
    ), prediction AS (
        INSERT INTO predictions_prediction
            (id, user_id, image_id, inference_id, file_name, cached, may_improve, created_at)
        SELECT %(prediction)s::uuid, %(user)s::bigint, image_id, id, %(file_name)s::text, false,
            %(may_improve)s, %(now)s
        FROM inference
    )
    SELECT image_id, id FROM inference
"""


class Recorded(NamedTuple):
    prediction: Prediction
    needs_job: bool  # its inference waits for a worker, and nothing has been enqueued yet


def record(
    user: User,
    upload: PictureUpload,
    header: Survey,
    room: Room,
    choose_version: Callable[[], ModelVersion],
    *,
    may_improve: bool = False,
) -> Recorded:
    """Records a request for a version's answer to a picture.

    choose_version: asked again whenever the roles have changed since this process read them.

    Raises:
        What choose_version raises.
        Refused: a different picture is stored under the same public name.
        NotTaken: nothing was recorded.
        redis.exceptions.RedisError: nor can it be told whether there is room.
    """
    # A picture that this process has not seen is probably new: to record it costs less than to
    # look it up. If it is known after all, neither room nor the disk matters.
    if not seen_before(upload):
        with suppress(NotTaken, RedisError):
            room.check()
            if recorded := record_new(user, upload, header, choose_version(), may_improve):
                return recorded
    # Repeated only while other requests store and delete the same picture between the steps.
    for _attempt in range(TRIES):
        model = choose_version()
        try:
            known = look_up(upload, model)
        except RolesChanged:
            routing.forget(model.classifier.name)
            continue
        if known.inference and (
            recorded := join_inference(user, upload, known.inference, may_improve)
        ):
            return recorded
        room.check()
        if not known.is_stored and (
            recorded := record_new(user, upload, header, model, may_improve)
        ):
            return recorded
        # Stored meanwhile, or another picture with the same MD5.
        if recorded := record_stored(user, upload, model, may_improve):
            return recorded
    raise NotStored


def join_inference(
    user: User, upload: PictureUpload, inference: Inference, may_improve: bool
) -> Recorded | None:
    """A prediction of an inference that is there or on its way.

    Returns None if it was deleted just now, with its last prediction.
    """
    try:
        prediction = create_prediction(user, upload, inference, may_improve)
    except IntegrityError:
        return None
    if not inference.image.is_stored():
        with suppress(NotStored):  # the answer is known all the same
            files.restore_file(inference.image, upload)
    return Recorded(prediction, needs_job=False)


def record_new(
    user: User,
    upload: PictureUpload,
    header: Survey,
    model: ModelVersion,
    may_improve: bool = False,
) -> Recorded | None:
    """Bytes, image, inference and prediction of content that is not stored.

    Returns None if it has just been stored, or if the roles have changed.

    Raises:
        NotStored
    """
    now = timezone.now()
    image = Image(
        sha256=upload.sha256,
        md5=upload.md5,
        format=header.format,
        width=header.width,
        height=header.height,
        size=upload.size,
        created_at=now,
    )
    inference = Inference(
        image=image, model_version=model, job_id=job_id_for(user.pk), created_at=now
    )
    prediction = Prediction(
        user=user,
        image=image,
        inference=inference,
        file_name=upload.name[-255:],
        may_improve=may_improve,
        created_at=now,
    )
    files.store(image, upload)
    try:
        recorded = insert(prediction)
    except OperationalError:
        server = connection.connection
        if server is None or not server.closed:  # never reached, or it refused
            files.discard(image)
        raise  # lost in the middle, there may be a row, which needs its file
    except BaseException:
        files.discard(image)
        raise
    if not recorded:
        files.discard(image)
        return None
    return Recorded(prediction, needs_job=True)


def insert(prediction: Prediction) -> bool:
    """Writes a prediction with its new inference and image.

    Returns False if the image is there, or if the roles have changed.
    """
    image, inference = prediction.image, prediction.inference
    values = {name: getattr(image, name) for name in ("sha256", "md5", "format", "width", "height")}
    values |= {
        "size": image.size,
        "file": image.file.name,
        "now": prediction.created_at,
        "job_id": inference.job_id,
        "prediction": prediction.pk,
        "user": prediction.user_id,
        "file_name": prediction.file_name,
        "may_improve": prediction.may_improve,
        **as_known(inference.model_version),
    }
    with connection.cursor() as cursor:
        cursor.execute(RECORD_NEW, values)
        row = cursor.fetchone()
    if row is None:
        return False
    image.pk, inference.pk = row
    # Again, now that there are keys: Django copies them when one object is given to another.
    inference.image = prediction.image = image
    prediction.inference = inference
    for saved in (image, inference, prediction):
        saved._state.adding = False
    return True


@transaction.atomic
def record_stored(
    user: User, upload: PictureUpload, model: ModelVersion, may_improve: bool
) -> Recorded | None:
    """Inference and prediction of a picture that is stored.

    Returns None if it was deleted meanwhile, or if the roles have changed.

    Raises:
        Refused: it is a different picture with the same MD5, and so the same public name.
        NotStored: its file was lost, and it cannot be written again.
    """
    # The lock keeps the image until this commits; see deletion.delete_if_orphaned.
    unchanged = Classifier.objects.filter(
        pk=model.classifier.pk, revision=model.classifier.revision
    )
    stored = Image.objects.select_for_update().filter(Exists(unchanged))
    image = stored.filter(Q(sha256=upload.sha256) | Q(md5=upload.md5)).first()
    if image is None:
        return None
    if image.sha256 != upload.sha256:
        raise Refused(
            _(
                "A different picture with the same MD5 is already stored. Save yours again with "
                "another quality setting and send the new file."
            )
        )
    if not image.is_intact():
        files.restore_file(image, upload)
    inference, is_new = Inference.objects.get_or_create(
        image=image, model_version=model, defaults={"job_id": job_id_for(user.pk)}
    )
    inference.image, inference.model_version = image, model
    needs_job = is_new or retry_failed(inference, user)
    return Recorded(create_prediction(user, upload, inference, may_improve), needs_job)


def retry_failed(inference: Inference, user: User) -> bool:
    """Gives an inference that failed, for another reason than its picture, a new job."""
    job_id = job_id_for(user.pk)
    retried = Inference.objects.filter(
        pk=inference.pk, status=Inference.Status.FAILED, unreadable=False
    ).update(status=Inference.Status.QUEUED, job_id=job_id, attempts=0, error="")
    if retried:
        inference.status, inference.job_id = Inference.Status.QUEUED, job_id
    return bool(retried)


def create_prediction(
    user: User, upload: PictureUpload, inference: Inference, may_improve: bool
) -> Prediction:
    return Prediction.objects.create(
        user=user,
        image=inference.image,
        inference=inference,
        file_name=upload.name[-255:],
        cached=inference.is_finished,
        may_improve=may_improve,
    )
