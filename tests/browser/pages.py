"""The pages that are checked for accessibility and photographed; a new page is a new line."""

from collections.abc import Callable
from dataclasses import dataclass

from playwright.sync_api import Page


def as_it_is(page: Page) -> None:
    """Nothing to do before the look."""


def send_stale_form(page: Page) -> None:
    """A form without the token that every form of the site has."""
    with page.expect_navigation():
        page.evaluate("""() => {
            const form = document.createElement("form");
            form.method = "post";
            document.body.append(form);
            form.submit();
        }""")


@dataclass(frozen=True)
class Case:
    """A page, its address and how it is made to look as it is to be looked at.

    `{done}` and `{judged}` in a path are ids of the fixture `predictions`.
    """

    name: str
    path: str
    signed_in: bool = False
    status: int = 200
    prepare: Callable[[Page], None] = as_it_is


CASES = [
    Case("landing", "/"),
    Case("login", "/accounts/login"),
    Case("signup", "/accounts/signup"),
    Case("password-reset", "/accounts/password-reset"),
    Case("classify", "/", signed_in=True),
    Case("history", "/history", signed_in=True),
    Case("prediction", "/history/{done}", signed_in=True),
    Case("prediction-feedback", "/history/{judged}", signed_in=True),
    Case("account", "/accounts", signed_in=True),
    Case("error-403", "/accounts/login", status=403, prepare=send_stale_form),
    Case("error-404", "/history/nothing", signed_in=True, status=404),
]
