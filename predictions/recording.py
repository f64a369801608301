"""A question is recorded: its picture is stored, its rows (image, inference, prediction) saved."""

from collections.abc import Callable
from contextlib import suppress
from json import loads

from django.core.cache import cache
from django.db import (
    IntegrityError,
    OperationalError,
    connection,
    transaction,
)
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from redis.exceptions import RedisError

from accounts.models import User
from foundation.postgresql.prepared import Prepared
from predictions.inference.survey import Survey
from predictions.models import Image, Inference, ModelVersion, Prediction
from predictions.pictures import files
from predictions.pictures.checks import Refused
from predictions.pictures.uploads import PictureUpload
from predictions.queueing.turns import job_id_for
from predictions.refusals import NoModel, NotStored, NotTaken

# In SQL, because each repeated picture asks it: building it takes Django longer than it takes
# PostgreSQL to answer.
LOOK_UP = Prepared(
    "look_up",
    """
    SELECT model.id, model.name, model.version, image.id, image.md5, image.size, image.file,
        inference.id, status, job_id, label, synset, score, top_k, error, unreadable, timings
    FROM predictions_modelversion AS model
    LEFT JOIN predictions_image AS image ON image.sha256 = %(sha256)s
    LEFT JOIN predictions_inference AS inference
        ON inference.image_id = image.id AND inference.model_version_id = model.id
        AND (status <> 'failed' OR unreadable)
    WHERE model.is_current
    """,
)

# All of a new picture in one statement, which is its own transaction: the database is asked once
# instead of six times. No row comes back if the picture is there, or no model.
RECORD_NEW = Prepared(
    "record_new",
    """
    WITH model AS (
        SELECT id, name, version FROM predictions_modelversion WHERE is_current
    ), image AS (
        INSERT INTO predictions_image
            (sha256, md5, format, width, height, size, file, created_at)
        SELECT %(sha256)s, %(md5)s, %(format)s, %(width)s::int, %(height)s::int, %(size)s::bigint,
            %(file)s, %(now)s::timestamptz
        FROM model
        ON CONFLICT DO NOTHING
        RETURNING id
    ), inference AS (
        INSERT INTO predictions_inference
            (image_id, model_version_id, job_id, created_at, status,
            label, synset, top_k, timings, attempts, error, unreadable)
        SELECT image.id, model.id, %(job_id)s::uuid, %(now)s, 'queued',
            '', '', '[]', '{}', 0, '', false
        FROM image, model
        RETURNING id, image_id
    ), prediction AS (
        INSERT INTO predictions_prediction
            (id, user_id, image_id, inference_id, file_name, cached, created_at)
        SELECT %(prediction)s::uuid, %(user)s::bigint, image_id, id, %(file_name)s::text, false,
            %(now)s
        FROM inference
    )
    SELECT inference.image_id, inference.id, model.id, model.name, model.version
    FROM inference, model
    """,
)


def find_or_record(
    user: User, upload: PictureUpload, header: Survey, no_room: Callable[[], NotTaken | None]
) -> tuple[Prediction, bool]:
    """The recorded question, and whether its inference needs a job.

    no_room: why there is no room for that job, or None.

    Raises:
        Refused: a different picture is stored under the same public name.
        NotTaken: nothing was recorded.
        redis.exceptions.RedisError: nor can it be told whether the queue is full.
    """
    # What this process has not met is probably new, and then need not be looked up: to record it
    # tells. What it has met is probably known, and need not be written to the disk to find out.
    seen_before = not cache.add(upload.sha256, True)
    lost: Exception | None = None
    try:
        if not seen_before and not no_room():
            prediction = record_new(user, upload, header)
            if prediction is not None:
                return prediction, True
    except (RedisError, NotStored) as error:  # a known picture can do without either
        lost = error
    while True:
        model, is_stored, inference = look_up(upload)
        if inference is not None:
            with suppress(IntegrityError):  # deleted just now by its last owner: it is new again
                prediction = create_prediction(user, upload, inference)
                if not inference.image.is_stored():  # and nobody deletes it: this one shows it
                    with suppress(NotStored):  # the answer is known all the same
                        files.restore_file(inference.image, upload)
                return prediction, False
        if isinstance(lost, RedisError):  # one that hangs is not waited for twice
            raise lost
        if why := no_room():
            raise why
        if not is_stored:
            prediction = record_new(user, upload, header)
            if prediction is not None:
                return prediction, True
        with suppress(Image.DoesNotExist):  # deleted just now, by its last owner: it is new again
            return record_known(user, upload, model)


def look_up(upload: PictureUpload) -> tuple[ModelVersion, bool, Inference | None]:
    """The current model, whether this content is stored, and the model's answer to it.

    That is None unless it is there or on its way. All come with what is needed of them; the rest is
    loaded if somebody asks. A picture that cannot be read stays unreadable; any other failure
    deserves a new try.

    Raises:
        NoModel
    """
    with connection.cursor() as cursor:
        LOOK_UP.execute(cursor, {"sha256": upload.sha256})
        row = cursor.fetchone()
    if row is None:
        raise NoModel
    model = ModelVersion.from_db("default", ["id", "name", "version"], row[:3])
    image_id, md5, size, file, inference_id, *answer = row[3:]
    if inference_id is None:
        return model, image_id is not None, None
    names = ["status", "job_id", "label", "synset", "score", "top_k", "error", "unreadable"]
    inference = Inference.from_db("default", ["id", *names, "timings"], [inference_id, *answer])
    inference.top_k, inference.timings = loads(inference.top_k), loads(inference.timings)
    inference.model_version = model
    inference.image = Image.from_db(
        "default", ["id", "md5", "size", "file"], [image_id, md5, size, file]
    )
    return model, True, inference


def record_new(user: User, upload: PictureUpload, header: Survey) -> Prediction | None:
    """Bytes, image, inference and prediction of content that nobody sent before.

    Returns None if somebody did, be it at this moment, or if there is no model.
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
    inference = Inference(image=image, job_id=job_id_for(user.pk), created_at=now)
    prediction = Prediction(
        user=user,
        image=image,
        inference=inference,
        file_name=upload.name[-255:],
        created_at=now,
    )
    files.store(image, upload)
    try:
        recorded = insert(prediction)
    except OperationalError:
        server = connection.connection
        if server is None or not server.closed:  # never reached, or it refused
            image.file.delete(save=False)
        raise  # lost in the middle, there may be a row, which needs its file
    except BaseException:
        image.file.delete(save=False)
        raise
    if not recorded:
        image.file.delete(save=False)
        return None
    return prediction


def insert(prediction: Prediction) -> bool:
    """Writes a prediction with its new inference, for the current model, and image.

    Returns False if the image is there, or no model.
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
    }
    with connection.cursor() as cursor:
        RECORD_NEW.execute(cursor, values)
        row = cursor.fetchone()
    if row is None:
        return False
    image.pk, inference.pk, *model = row
    inference.model_version = ModelVersion.from_db("default", ["id", "name", "version"], model)
    # Again, now that there are keys: Django copies them when one object is given to another.
    inference.image = prediction.image = image
    prediction.inference = inference
    for saved in (image, inference, prediction):
        saved._state.adding = False
    return True


@transaction.atomic
def record_known(user: User, upload: PictureUpload, model: ModelVersion) -> tuple[Prediction, bool]:
    """Inference and prediction of an image that is stored, and whether the inference needs a job.

    Raises:
        Image.DoesNotExist: it was deleted meanwhile.
        Refused: it is a different picture with the same MD5, and so the same public name.
        NotStored: its file was lost, and it cannot be written again.
    """
    # The lock keeps the image until this commits; see deletion.delete_if_orphaned.
    image = Image.objects.select_for_update().get(Q(sha256=upload.sha256) | Q(md5=upload.md5))
    if image.sha256 != upload.sha256:
        raise Refused(
            _(
                "A different picture with the same MD5 is stored already, and files are named by "
                "their MD5 here. Save yours again in another quality and send that."
            )
        )
    if not image.is_intact():
        files.restore_file(image, upload)
    inference, is_new = Inference.objects.get_or_create(
        image=image, model_version=model, defaults={"job_id": job_id_for(user.pk)}
    )
    inference.image = image
    needs_job = is_new or retry_failed(inference, user)
    return create_prediction(user, upload, inference), needs_job


def retry_failed(inference: Inference, user: User) -> bool:
    """Gives an inference that failed, for another reason than its picture, a new job."""
    job_id = job_id_for(user.pk)
    retried = Inference.objects.filter(
        pk=inference.pk, status=Inference.Status.FAILED, unreadable=False
    ).update(status=Inference.Status.QUEUED, job_id=job_id, attempts=0, error="")
    if retried:
        inference.status, inference.job_id = Inference.Status.QUEUED, job_id
    return bool(retried)


def create_prediction(user: User, upload: PictureUpload, inference: Inference) -> Prediction:
    return Prediction.objects.create(
        user=user,
        image=inference.image,
        inference=inference,
        file_name=upload.name[-255:],
        cached=inference.is_finished,
    )
