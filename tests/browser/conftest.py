"""A real Chromium that looks at the real gunicorn, with pages that are guarded."""

import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
from django.conf import settings
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Browser, Page, sync_playwright

from feedback.services import give_feedback
from predictions.models import Prediction
from tests.accounts.conftest import pass_second_step
from tests.browser.chromium import find_or_install
from tests.browser.guard import PageGuard
from tests.browser.made import comparison, data_sets, decided, person_with_two_factors, taught
from tests.browser.pages import Case
from tests.browser.photographs import dozen_pictures, large, photograph_with_place
from tests.conftest import PROJECT
from tests.ports import free_port
from tests.predictions.conftest import stopped_worker
from tests.predictions.heads import add_colours
from tests.predictions.in_process import answer
from tests.predictions.versions import promote
from tests.serving import CONFIGURATION, GUNICORN

__all__ = [
    "comparison",
    "data_sets",
    "decided",
    "dozen_pictures",
    "large",
    "person_with_two_factors",
    "photograph_with_place",
    "stopped_worker",
    "taught",
]

# No GPU, no sandbox (which root cannot have), and no traffic of Chromium's own.
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
# Pictures further down would load when somebody scrolls there.
LOAD_PICTURES = """() => Promise.all(Array.from(document.images, (image) => {
    image.loading = "eager";
    return image.decode();
}))"""


@pytest.fixture(scope="package")
def site(environment: dict[str, str], tmp_path_factory: Any) -> Iterator[str]:
    """The address of the site, as gunicorn serves it in production."""
    address = f"127.0.0.1:{free_port()}"
    log = tmp_path_factory.mktemp("site") / "log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [*GUNICORN, str(CONFIGURATION)],
            cwd=PROJECT,
            env={**environment, "BIND": address},
            stdout=output,
            stderr=output,
        )
    try:
        deadline = time.monotonic() + 60
        answer = None
        while not (answer and answer.ok):
            assert process.poll() is None and time.monotonic() < deadline, log.read_text()
            time.sleep(0.05)
            with suppress(requests.ConnectionError):
                answer = requests.get(f"http://{address}/health/live", timeout=60)
        yield f"http://{address}"
    finally:
        process.terminate()
        process.wait(timeout=40)


# Of the package, not of the session: Playwright keeps an event loop in this thread while it runs,
# and the tests of other folders are to have none.
@pytest.fixture(scope="package")
def browser(request: Any, environment: dict[str, str]) -> Iterator[Browser]:
    """A headless Chromium. `environment` is made before a variable is set that is not for it."""
    capture = request.config.pluginmanager.getplugin("capturemanager")
    with pytest.MonkeyPatch.context() as monkeypatch, sync_playwright() as playwright:
        # Because of that loop Django takes this thread for asynchronous and refuses its ORM.
        monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        chromium = playwright.chromium
        with capture.global_and_fixture_disabled():  # an installation takes a while, and says so
            program = find_or_install(chromium.executable_path)
        browser = chromium.launch(executable_path=program, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def page_guard(site: str) -> Iterator[PageGuard]:
    """Fails the test at its end if a page was not clean; `page_guard.expect(413)` allows that."""
    guard = PageGuard(site)
    yield guard
    guard.check()


@pytest.fixture
def open_browser(
    transactional_db: None, browser: Browser, page_guard: PageGuard, site: str
) -> Iterator[Callable[..., Page]]:
    """Makes guarded pages, each in a context of its own: `open_browser(user, locale="es")`.

    `user` is signed in. The options are those of Playwright's `Browser.new_context`, such as
    viewport, color_scheme, locale and java_script_enabled. Paths are enough as addresses.
    """
    contexts = []

    def open_page(user: Any = None, **options: Any) -> Page:
        context = browser.new_context(base_url=site, **options)
        contexts.append(context)
        page_guard.watch(context)
        if user is not None:
            context.add_cookies([session_cookie(user, site)])
        return context.new_page()

    yield open_page
    for context in contexts:
        for page in context.pages:
            page.evaluate("0")  # what the page has said before arrives before the answer
        context.close()


def session_cookie(user: Any, site: str) -> Any:
    """Signs in, with both steps, without the quarter of a second that a password takes."""
    client = Client()
    client.force_login(user)
    pass_second_step(client)
    name = settings.SESSION_COOKIE_NAME
    return {"name": name, "value": client.cookies[name].value, "url": site}


@pytest.fixture
def browser_page(open_browser: Callable[..., Page]) -> Page:
    """An anonymous page."""
    return open_browser()


@pytest.fixture
def predictions(
    ask: Callable[..., Prediction], user: Any, dozen_pictures: list[Path]
) -> dict[str, Prediction]:
    """A dozen answers of the last days; two by name: `done`, and `judged`, which has feedback."""
    asked = [ask(user, str(path), answered=False) for path in dozen_pictures]
    answer([prediction.inference for prediction in asked])
    for age, prediction in enumerate(reversed(asked)):
        prediction.created_at = timezone.now() - timedelta(hours=7 * age)
        prediction.save(update_fields=["created_at"])
        prediction.inference.refresh_from_db()
    judged, done = asked[-2:]
    give_feedback(judged, correct=False, label="cup", text="The cup fills most of the picture.")
    return {"done": done, "judged": judged}


@pytest.fixture
def open_case(
    open_browser: Callable[..., Page], page_guard: PageGuard, request: Any
) -> Callable[..., Page]:
    """Opens a page of pages.py, prepared and with all its pictures."""

    def open_page(case: Case, **options: Any) -> Page:
        user, ids = None, {}
        if case.signed_in:
            predictions = request.getfixturevalue("predictions")
            ids = {name: prediction.pk for name, prediction in predictions.items()}
        if case.signed_in or case.newcomer:
            user = request.getfixturevalue("user")
        if case.two_factor:
            user = request.getfixturevalue("person_with_two_factors")
        if case.locked:
            request.getfixturevalue("person_with_two_factors")
        if case.staff:
            user = request.getfixturevalue("staff")
            comparison = request.getfixturevalue("comparison")
            ids |= {"comparison": comparison.pk, "version": comparison.second_id}
            ids["image"] = request.getfixturevalue("predictions")["done"].image_id
        if case.data_sets:
            user = request.getfixturevalue("staff")
            ids = request.getfixturevalue("data_sets")
        if case.decided:
            user = request.getfixturevalue("staff")
            ids = request.getfixturevalue("decided")
        if case.taught:
            user = request.getfixturevalue("user")
            ids = request.getfixturevalue("taught")
        if case.several:
            promote(add_colours(request.getfixturevalue("model")))
        if case.status >= 400:
            page_guard.expect(case.status)
        page = open_browser(user, reduced_motion="reduce", **options)
        page.goto(case.path.format(**ids))
        case.prepare(page)
        page.evaluate(LOAD_PICTURES)
        return page

    return open_page
