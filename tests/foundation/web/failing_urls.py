"""The site's addresses, and on API and pages one each that fails."""

from typing import Any, NoReturn

from django.db import OperationalError
from django.urls import path
from rest_framework.permissions import AllowAny
from rest_framework.views import APIView

from classifier_site import urls


class SecretError(Exception):
    pass


def fail(*args: Any, **kwargs: Any) -> NoReturn:
    raise SecretError("do not tell: hunter2")


def away(*args: Any, **kwargs: Any) -> NoReturn:
    raise OperationalError("connection refused")


class Failing(APIView):
    authentication_classes = []
    permission_classes = [AllowAny]
    get = fail


urlpatterns = [
    path("broken", fail),
    path("failing/api", Failing.as_view()),
    path("history/broken", fail),
    path("history/broken/<token>", fail),
    path("history/away", away),
    *urls.urlpatterns,
]
handler400, handler403 = urls.handler400, urls.handler403
handler404, handler500 = urls.handler404, urls.handler500
