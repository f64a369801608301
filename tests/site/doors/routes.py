"""Every route of the URL configuration, and the methods that its view answers."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from django.urls import URLResolver, get_resolver
from django.views.generic import RedirectView


class Door(NamedTuple):
    """A way in: a method of a route, written as Django has it."""

    method: str
    route: str

    def __str__(self) -> str:
        return f"{self.method} {self.route}"


def routes(patterns: list | None = None, before: str = "/") -> Iterator[tuple[str, object]]:
    """Routes and their views, in the order in which Django asks them."""
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        route = before + plain(str(pattern.pattern))
        if isinstance(pattern, URLResolver):
            yield from routes(pattern.url_patterns, route)
        else:
            yield route, pattern.callback


def plain(pattern: str) -> str:
    """A regular expression as people write a route: `^(?P<url>.*)$` is `<url>`."""
    return re.sub(r"\(\?P(<\w+>)[^)]*\)", r"\1", pattern.strip("^$")).replace("?", "")


def view_class(view: object) -> type | None:
    return getattr(view, "view_class", None) or getattr(view, "cls", None)


def methods(view: object) -> list[str]:
    """What a view answers, but for HEAD and OPTIONS; of a function nobody knows, so both usual."""
    answers = view_class(view)
    if answers is None:
        return ["GET", "POST"]
    if issubclass(answers, RedirectView):
        return ["GET"]  # and all others in the same way
    names = [name for name in answers.http_method_names if name not in ("head", "options")]
    return [name.upper() for name in names if hasattr(answers, name)]


def doors() -> dict[Door, bool]:
    """All ways in; True for those whose view is a function, which may answer other methods, too.

    Of two routes written alike, Django only ever reaches the first.
    """
    views: dict[str, object] = {}
    for route, view in routes():
        views.setdefault(route, view)
    return {
        Door(method, route): view_class(view) is None
        for route, view in views.items()
        for method in methods(view)
    }
