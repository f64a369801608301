"""Which classifier is asked, and perhaps which version of it."""

import re

from drf_spectacular.utils import OpenApiParameter
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.request import Request

from accounts.services import user_of
from predictions.classifiers import DEFAULT
from predictions.refusals import NoModel
from predictions.registry.routing import UnknownClassifier, version_for

PARAMETER = OpenApiParameter(
    "model",
    str,
    default=DEFAULT,
    description="The name of the classifier that is to answer; `GET /models` lists them.",
)
VERSION = OpenApiParameter(
    "version",
    int,
    description="The id of a version of this classifier that is to answer, whatever its role, for "
    "those who teach it: to try what a training has brought.",
)
WRONG_VERSION = "The id of a version is a whole number."


def model_of(request: Request) -> str:
    """What the address asks for, or a field of the form that brings the file.

    Raises NotFound, which names the classifiers that this person may ask.
    """
    name = request.query_params.get("model")
    if name is None:
        name = request.POST.get("model", DEFAULT)
    try:
        if not re.fullmatch(r"[-\w]{1,64}", name, re.ASCII):
            raise UnknownClassifier(name[:64], user_of(request))
        version_for(user_of(request), name)
    except UnknownClassifier as error:
        raise NotFound(str(error)) from error
    except NoModel:
        pass  # the picture is refused for it
    return name


def version_of(request: Request) -> int | None:
    """What the address or the form asks for, if anything. Raises ValidationError."""
    asked = request.query_params.get("version", request.POST.get("version"))
    if asked is None:
        return None
    if not re.fullmatch("[0-9]{1,18}", asked, re.ASCII):
        raise ValidationError({"version": [WRONG_VERSION]})
    return int(asked)
