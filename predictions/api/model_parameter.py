"""Which classifier is asked."""

import re

from drf_spectacular.utils import OpenApiParameter
from rest_framework.exceptions import NotFound
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
