"""Which paths belong to pages and which to the API, as the routes of all apps tell."""

from collections.abc import Callable, Iterator
from enum import Enum, auto
from functools import cache
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import Resolver404, URLPattern, URLResolver, get_resolver, get_urlconf, resolve
from rest_framework.renderers import TemplateHTMLRenderer
from rest_framework.views import APIView


class Door(Enum):
    """Who a path is for; documents (/docs) are for both."""

    PAGE = auto()
    API = auto()
    DOCUMENT = auto()


def wants_html(request: HttpRequest) -> bool:
    """Pages do; API paths never; elsewhere a browser says so itself."""
    door = doors(get_urlconf() or settings.ROOT_URLCONF).get(first_segment(request.path_info))
    if door in (Door.PAGE, Door.API):
        return door is Door.PAGE
    return "text/html" in request.headers.get("Accept", "")


def authenticates_first(request: HttpRequest) -> bool:
    """Whether the view finds out who sends a file before any of it is read."""
    try:
        view = resolve(request.path_info).func
    except Resolver404:
        return False
    return getattr(class_of(view), "authenticates_first", False)


def takes_uploads(view: Callable[..., Any]) -> bool:
    """Whether what is posted to the view becomes stored pictures or files; see maintenance."""
    return getattr(class_of(view), "takes_uploads", False)


def class_of(view: Callable[..., Any]) -> type | None:
    """REST framework and Django keep it under different names; None for a function."""
    return getattr(view, "cls", None) or getattr(view, "view_class", None)


@cache
def doors(urlconf: str) -> dict[str, Door]:
    """The doors by the first segment of their paths: an API's path that has no route is the API's.

    Where an app has pages and API under one segment, the first route decides.
    """
    found: dict[str, Door] = {}
    for segment, door in routes(get_resolver(urlconf)):
        found.setdefault(segment, door)
    return found


def routes(resolver: URLResolver) -> Iterator[tuple[str, Door]]:
    for route in resolver.url_patterns:
        pattern = str(route.pattern)
        if isinstance(route, URLPattern):
            yield first_segment(pattern), door_of(route)
        elif pattern:
            yield first_segment(pattern), Door.PAGE
        else:  # an app that is included at the root
            yield from routes(route)


def door_of(route: URLPattern) -> Door:
    view = getattr(route.callback, "cls", None)  # where Django REST framework puts it
    if view is None or not issubclass(view, APIView):
        return Door.PAGE
    return Door.DOCUMENT if TemplateHTMLRenderer in view.renderer_classes else Door.API


def first_segment(path: str) -> str:
    return path.lstrip("/").partition("/")[0]
