"""Whose examples a person may open."""

from django.http import HttpRequest
from rest_framework.request import Request

from accounts import audit
from accounts.models import User
from learning.models import Example
from predictions.classifiers import Classifier
from predictions.pictures.shown import may_be_shown_pictures


def let_open(
    request: HttpRequest | Request, user: User, classifier: Classifier, example: Example
) -> bool:
    """Whether somebody who may teach the classifier may open a picture of it.

    Staff whom the owner has not let in need the right to be shown people's pictures, and each such
    look is in the audit log.
    """
    if Classifier.objects.entrusted_to(user).filter(pk=classifier.pk).exists():
        return True
    if not may_be_shown_pictures(user):
        return False
    audit.record(
        audit.Action.PICTURE_OPENED,
        request,
        actor=user,
        target=example.image,
        detail={"of": [example.added_by.email]},
    )
    return True
