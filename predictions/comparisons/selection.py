"""Which pictures two versions are compared on, and what is known to be on them."""

from typing import Any

from django.db.models import Max, QuerySet

from predictions.classifiers import ModelVersion
from predictions.comparisons.models import Comparison
from predictions.models import Image, Inference, Prediction

MOST = 10_000  # pictures of one comparison, the latest if there are more


def image_ids(version: ModelVersion, pictures: str, number: int, class_key: str) -> list[int]:
    """Ids of pictures that people have asked this version's classifier about, the latest first.

    number: of the latest. class_key: the class of which the others are, by an answer or in truth.
    """
    answered = Prediction.objects.filter(
        inference__status=Inference.Status.DONE,
        inference__model_version__classifier=version.classifier_id,
        image__file_deleted_at=None,
    )
    if pictures == Comparison.Pictures.LATEST:
        return latest(answered, min(number, MOST))
    known = truths(version.label_set_id)
    if pictures == Comparison.Pictures.KNOWN:
        return list(known)[:MOST]
    of_class = [image_id for image_id, key in known.items() if key == class_key]
    said = latest(answered.filter(inference__class_key=class_key), MOST)
    return list(dict.fromkeys([*of_class, *said]))[:MOST]


def latest(predictions: QuerySet[Prediction], number: int) -> list[int]:
    by_image = predictions.order_by().values("image_id").annotate(at=Max("created_at"))
    return list(by_image.order_by("-at", "-image_id").values_list("image_id", flat=True)[:number])


def truths(label_set_id: int, images: QuerySet[Image] | None = None) -> dict[int, str]:
    """The keys of classes that pictures are known to show, by the ids of the pictures.

    Known from reviewers, or else from feedback: the answer that somebody called right, or the
    class it was corrected to. Of a picture about which people disagree, nothing is known, nor of
    one that shows none of the classes. images: only of these.
    """
    judged: Any = Prediction.objects.filter(
        inference__model_version__label_set=label_set_id,
        feedback__correct__isnull=False,
        image__file_deleted_at=None,
    )
    verified: Any = Image.objects.filter(
        decisions__replaced_at=None,
        decisions__is_label=True,
        decisions__classifier__versions__label_set=label_set_id,
    )
    if images is not None:
        judged = judged.filter(image__in=images)
        verified = verified.filter(pk__in=images)
    said: dict[int, set[str]] = {}
    rows = judged.order_by("-feedback__created_at", "-pk").values_list(
        "image_id", "feedback__correct", "inference__class_key", "feedback__class_key"
    )
    for image_id, is_correct, answered, corrected in rows:
        if key := answered if is_correct else corrected:
            said.setdefault(image_id, set()).add(key)
    known = {image_id: keys.pop() for image_id, keys in said.items() if len(keys) == 1}
    known |= dict(verified.values_list("pk", "decisions__class_key"))
    return {image_id: key for image_id, key in known.items() if key}
