"""Pictures like the one that a reviewer looks at, and what is known of them."""

from typing import NamedTuple

from django.utils.translation import gettext as _

from predictions.models import Inference
from predictions.pictures.thumbnails import WIDTHS
from predictions.registry.vocabularies import vocabulary_of
from predictions.similar.nearest import NotYet, nearest
from predictions.similar.table import NotSupported
from predictions.templatetags.labels import language
from review.models import Decision
from review.pages.pictures import address, not_deleted

LOOKED_AT = 24
SHOWN = 6
CLASS = ("class_key", "label")


class SimilarPicture(NamedTuple):
    picture: str
    similarity: float
    is_near_duplicate: bool
    name: str  # of its class
    is_verified: bool


class Missing(Exception):
    """`str` says why there are none."""


def similar_to(inference: Inference) -> list[SimilarPicture]:
    """Of those that the same version has answered, the most similar first.

    Not what was sent to other classifiers, which may be private.

    Raises Missing.
    """
    try:
        neighbours = nearest(inference, LOOKED_AT)
    except NotSupported as error:
        why = _("Similar pictures need the extension pgvector in the database.")
        raise Missing(why) from error
    except NotYet as error:
        why = _("This picture has not been compared yet: manage.py similar_backfill does it.")
        raise Missing(why) from error
    images = not_deleted().filter(pk__in=[found.image_id for found in neighbours])
    answers = Inference.objects.filter(
        image__in=images, model_version=inference.model_version, status=Inference.Status.DONE
    )
    said = {image: (key, label) for image, key, label in answers.values_list("image", *CLASS)}
    decided = Decision.objects.verified().filter(
        image__in=said, classifier=inference.model_version.classifier_id
    )
    verified = {image: (key, label) for image, key, label in decided.values_list("image", *CLASS)}
    vocabulary = vocabulary_of(inference.model_version.label_set_id)
    return [
        SimilarPicture(
            address(found.image_id, WIDTHS[0]),
            found.similarity,
            found.is_near_duplicate,
            vocabulary.name(*verified.get(found.image_id, said[found.image_id]), language())
            or _("none of the classes"),
            found.image_id in verified,
        )
        for found in neighbours
        if found.image_id in said
    ][:SHOWN]
