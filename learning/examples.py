"""Pictures come in as examples of a class, move to another one, and go."""

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from accounts.models import User
from learning import queue
from learning.models import Example, TaughtClass
from learning.refusals import TeachingRefused
from predictions import quotas
from predictions.inference.survey import Survey
from predictions.models import Image, Prediction
from predictions.pictures import virus_scan
from predictions.pictures.checks import check
from predictions.pictures.keeping import keep
from predictions.pictures.metadata import without_metadata
from predictions.pictures.uploads import PictureUpload
from predictions.refusals import TooManyPixels
from predictions.throttles import pixels_wait


def add_upload(user: User, taught_class: TaughtClass, upload: PictureUpload) -> Example:
    """Keeps a picture without its metadata, as nothing is learned from these.

    The example that is there already, if the class has this picture.

    Raises:
        Refused: the file is not accepted.
        NotTaken: no room for it, or too much in a short time.
        TeachingRefused: the person has as many examples as one may.
    """
    upload, header = examined(upload)
    refuse_if_full(user)
    quotas.check(user, upload.sha256, upload.size)
    seconds = pixels_wait(user, header.width * header.height)
    if seconds is not None:
        raise TooManyPixels(seconds)
    return add_examined(user, taught_class, upload, header)[0]


def examined(upload: PictureUpload) -> tuple[PictureUpload, Survey]:
    """Raises Refused and NotTaken."""
    virus_scan.scan(upload)
    header = check(upload)
    return without_metadata(upload, header.format), header


def add_examined(
    user: User, taught_class: TaughtClass, upload: PictureUpload, header: Survey
) -> tuple[Example, bool]:
    """The example, and whether it is new. Raises Refused, NotTaken and TeachingRefused."""
    with transaction.atomic():
        lock(user, taught_class)
        kept = keep(upload, header)
        example = Example(taught_class=taught_class, image=kept.image, added_by=user)
        example.file_name = upload.name[-255:]
        return save(example, is_certainly_new=kept.is_new)


def add_prediction(user: User, taught_class: TaughtClass, prediction: Prediction) -> Example:
    """Takes a picture from the history. It stays an example as long as it stays there.

    Raises TeachingRefused.
    """
    refuse_if_full(user)
    deleted = TeachingRefused(_("This picture has been deleted."))
    try:
        with transaction.atomic():
            lock(user, taught_class)
            image = Image.objects.select_for_update().filter(pk=prediction.image_id).first()
            if image is None:
                raise deleted
            example = Example(taught_class=taught_class, image=image, added_by=user)
            example.file_name, example.prediction = prediction.file_name, prediction
            return save(example)[0]
    except IntegrityError as error:  # at the commit: the prediction is gone
        raise deleted from error


def lock(user: User, taught_class: TaughtClass) -> None:
    """Until the transaction ends, deleting one of them waits, and takes the new example along.

    The foreign keys are checked at the commit, when the picture's file is written already.

    Raises TeachingRefused: it has been deleted.
    """
    if User.objects.select_for_update(no_key=True).filter(pk=user.pk).first() is None:
        raise TeachingRefused(_("This account has been deleted."))
    lock_class(taught_class)


def lock_class(taught_class: TaughtClass) -> None:
    """Raises TeachingRefused."""
    kept = TaughtClass.objects.select_for_update(no_key=True).filter(pk=taught_class.pk)
    if kept.first() is None:
        raise TeachingRefused(_("This class has been deleted."))


def save(example: Example, *, is_certainly_new: bool = False) -> tuple[Example, bool]:
    """The one that is there already, if the class has this picture; and whether it is new.

    In a transaction that has locked the class and the image, so nobody else saves the same one.
    """
    if not is_certainly_new:
        there = Example.objects.filter(taught_class=example.taught_class, image=example.image)
        if (found := there.select_related("prediction").first()) is not None:
            give_again(found, example)
            return found, False
    example.save(force_insert=True)
    transaction.on_commit(lambda: queue.look(example.taught_class.classifier_id))
    return example, True


def give_again(found: Example, given: Example) -> None:
    """What is given for good does not go with an earlier pick from a history, perhaps another's."""
    if found.prediction and (given.prediction is None or found.prediction.deleted_at):
        found.prediction, found.added_by = given.prediction, given.added_by
        found.save(update_fields=["prediction", "added_by"])


def refuse_if_full(user: User) -> None:
    """Raises TeachingRefused if somebody has as many examples as one person may."""
    if room_of(user) <= 0:
        raise too_many()


def room_of(user: User) -> int:
    """How many more examples this person may have."""
    return settings.EXAMPLES_PER_PERSON - user.examples.count()


def too_many() -> TeachingRefused:
    return TeachingRefused(
        gettext_noop("You have %(most)d pictures to learn from, and cannot have more."),
        most=settings.EXAMPLES_PER_PERSON,
    )


def move(example: Example, taught_class: TaughtClass) -> Example:
    """To another class of the classifier, by somebody who has looked at it.

    The one that is there already, if the class has this picture; the first is gone then.

    Raises TeachingRefused: the class has been deleted.
    """
    with transaction.atomic():
        lock_class(taught_class)
        there = taught_class.examples.filter(image=example.image).exclude(pk=example.pk).first()
        if there is not None and (there.prediction is None or not there.prediction.deleted_at):
            example.delete()
            return there
        if there is not None:  # it is in the trash, where nobody sees it
            there.delete()
        example.taught_class, example.confirmed_at = taught_class, timezone.now()
        # It may have been removed at this moment.
        Example.objects.filter(pk=example.pk).update(
            taught_class=taught_class, confirmed_at=example.confirmed_at
        )
    return example


def confirm(example: Example, is_right: bool = True) -> None:
    """Somebody has looked again: it is in the right class, and not suggested any more.

    Or they take that back.
    """
    example.confirmed_at = timezone.now() if is_right else None
    # It may have been removed at this moment.
    Example.objects.filter(pk=example.pk).update(confirmed_at=example.confirmed_at)
