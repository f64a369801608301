"""Whether pictures may be used to improve the service: people say so when they send them."""

from typing import NamedTuple

from django.conf import settings
from django.db.models import Exists, OuterRef, Q
from django.http import HttpRequest

from predictions.models import Prediction

FIELD = "may_improve_service"  # of forms and of the API
REMEMBERED = "may_improve"  # in the session


class Offered(NamedTuple):
    """The checkbox of a form."""

    asked: bool
    agreed: bool  # with the last picture


def asked() -> bool:
    """Whether people are asked; otherwise it is given by other means, such as a contract."""
    return bool(settings.DATA_SET_CONSENT == "ask")


def offered(request: HttpRequest) -> Offered:
    return Offered(asked(), request.session.get(REMEMBERED, False))


def of_form(request: HttpRequest) -> bool:
    return asked() and FIELD in request.POST


def remember(request: HttpRequest, prediction: Prediction) -> None:
    """For the next form."""
    if request.session.get(REMEMBERED, False) != prediction.may_improve:
        request.session[REMEMBERED] = prediction.may_improve


def change(prediction: Prediction, *, agreed: bool) -> None:
    """For the picture, however often this person has sent it."""
    same = Prediction.everything.filter(user=prediction.user_id, image=prediction.image_id)
    same.update(may_improve=agreed)


def sent() -> Q:
    """Of images: whether somebody has sent it, and has not deleted it."""
    return Q(Exists(Prediction.objects.filter(image=OuterRef("pk"))))


def withheld() -> Q:
    """Of images: whether somebody who has sent it has not agreed."""
    if not asked():
        return Q(pk__in=[])
    return Q(Exists(Prediction.objects.filter(image=OuterRef("pk"), may_improve=False)))
