"""Starting a comparison: what pages and API have in common."""

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from predictions.classifiers import ModelVersion
from predictions.comparisons import selection, work
from predictions.comparisons.models import ComparedPicture, Comparison
from predictions.registry.roles import RoleRefused, refuse_unready


class NotComparable(ValueError):
    """These versions are not compared on these pictures; says why."""


def start(
    user: User,
    first: ModelVersion,
    second: ModelVersion,
    pictures: str,
    *,
    number: int = selection.MOST,
    class_key: str = "",
) -> Comparison:
    """Records a comparison and asks for its first answers.

    Raises NotComparable.
    """
    refuse(first, second)
    ids = selection.image_ids(first, pictures, number, class_key)
    if not ids:
        raise NotComparable(_("There are no such pictures."))
    with transaction.atomic():
        comparison = Comparison.objects.create(
            first=first,
            second=second,
            pictures=pictures,
            class_key=class_key if pictures == Comparison.Pictures.CLASS else "",
            number=len(ids),
            started_by=user,
        )
        ComparedPicture.objects.bulk_create(
            [ComparedPicture(comparison=comparison, image_id=image_id) for image_id in ids],
            batch_size=2000,
        )
    work.top_up()
    return comparison


def refuse(first: ModelVersion, second: ModelVersion) -> None:
    """Raises NotComparable unless both can answer the same question."""
    if first == second:
        raise NotComparable(_("A version is not compared with itself. Choose two."))
    if first.classifier_id != second.classifier_id:
        raise NotComparable(_("These versions belong to different classifiers."))
    if first.label_set_id != second.label_set_id:
        raise NotComparable(_("These versions have different labels."))
    try:
        for version in (first, second):
            refuse_unready(version)
    except RoleRefused as error:
        raise NotComparable(str(error)) from error
