"""A real Chromium that looks at the real gunicorn, with pages that are guarded."""

import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pyotp
import pytest
import requests
from django.conf import settings
from django.db.models import F
from django.test import Client
from django.utils import timezone
from fido2.cose import ES256
from fido2.webauthn import AttestedCredentialData
from playwright.sync_api import Browser, Page, sync_playwright

from accounts import second_factor
from feedback.services import give_feedback
from learning.archives import NO_FOLDER
from learning.data_sets.models import DataSetExport, DataSetImport
from learning.models import Example
from predictions.comparisons.models import Comparison
from predictions.comparisons.services import start
from predictions.inference.ranking import key_of
from predictions.models import Prediction
from predictions.pictures.checks import UNREADABLE
from review.decisions import verify
from review.models import Decision, SampledPrediction, monday_of
from tests.accounts.conftest import pass_second_step
from tests.browser.chromium import find_or_install
from tests.browser.guard import PageGuard
from tests.browser.pages import Case
from tests.browser.photographs import dozen_pictures, large, photograph_with_place
from tests.conftest import PROJECT
from tests.learning.results import trained
from tests.learning.teaching import teach
from tests.ports import free_port
from tests.predictions.comparisons.rows import CUP, say
from tests.predictions.conftest import stopped_worker
from tests.predictions.heads import add_colours, add_imagenet_head
from tests.predictions.in_process import answer
from tests.predictions.versions import promote
from tests.serving import CONFIGURATION, GUNICORN

__all__ = ["dozen_pictures", "large", "photograph_with_place", "stopped_worker"]

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
# What an authenticator attests: no key that anybody has.
ES256_CREDENTIAL = bytes(
    AttestedCredentialData.create(bytes(16), b"key", ES256.from_ctap1(b"\4" + bytes(64)))
)
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
def comparison(predictions: dict[str, Prediction], model: Any, user: Any) -> Comparison:
    """Of the bundled model with a version that calls everything a cup."""
    version = add_imagenet_head(model)
    for prediction in Prediction.objects.all():
        say(prediction.image, version, CUP)
    return start(user, model, version, Comparison.Pictures.LATEST)


@pytest.fixture
def person_with_two_factors(make_user: Callable[..., Any]) -> Any:
    """With an app, a passkey, recovery codes, and signed in with a phone and a program as well."""
    person = make_user("locked@example.com", password="a long enough secret")
    secret = second_factor.new_secret()
    second_factor.set_up_app(person, secret, pyotp.TOTP(secret).now())
    second_factor.new_recovery_codes(person)
    key = {"credential_id": b"key", "credential": ES256_CREDENTIAL}
    person.passkeys.create(name="Blue key on my key ring", **key)
    now = timezone.now()
    person.sessions.create(
        session_key="phone",
        expire_date=now + timedelta(days=1),
        address="2001:db8:85a3:8d3:1319:8a2e:370:7348",
        user_agent="Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit Safari",
        signed_in_at=now,
        seen_at=now,
    )
    person.api_sign_ins.create(
        family="0", address="192.0.2.7", user_agent="curl/8.1", signed_in_at=now, seen_at=now
    )
    return person


@pytest.fixture
def taught(user: Any, model: Any, ask: Callable[..., Prediction]) -> dict[str, Any]:
    """A classifier with a version in use, a better one, and a training that waits; ids by name."""
    said = ask(user, "rocket.jpg")
    ask(user)
    classifier = teach(user, "Kinds of waste", cardboard=4, glass=5, paper=6)
    Example.objects.update(looked_at=timezone.now())
    glass, paper = (classifier.taught_classes.get(name=name) for name in ("glass", "paper"))
    twice = glass.examples.first()
    assert twice is not None
    paper.examples.create(image=twice.image, added_by=user, file_name="twice.jpg")
    first = trained(user, classifier, model)
    assert first.version is not None
    promote(first.version)
    compared = {"only_first": 1, "only_second": 6, "p_value": 0.031, "better": "second"}
    compared |= {"with": first.version.pk, "first": {"right": 9, "of": 15}}
    compared |= {"second": {"right": 14, "of": 15}}
    second = trained(user, classifier, model, comparison=compared)
    running = classifier.trainings.create(
        status="running", stage="features", stage_done=120, stage_total=400
    )
    archive = classifier.archives.create(
        file_name="waste.zip",
        status="done",
        added=31,
        known=2,
        refused=[["glass/notes.txt", "File type is not supported."], ["1.jpg", NO_FOLDER]],
        refused_number=2,
    )
    package = classifier.packages.create(
        is_import=True, file_name="waste.zip", status="done", version=second.version
    )
    give_feedback(said, correct=False, label="glass")
    said.feedback.update(classifier=classifier)
    return {
        "classifier": classifier.name,
        "class": glass.pk,
        "archive": archive.pk,
        "package": package.pk,
        "running": running.pk,
        "training": second.pk,
    }


@pytest.fixture
def data_sets(model: Any, staff: Any) -> dict[str, Any]:
    """An export that is there, one that runs, and an import that was refused in part; ids by name.

    No pictures: the pages show none.
    """
    of = {"classifier": model.classifier, "started_by": staff}
    export = DataSetExport.objects.create(
        **of,
        file_name="animals-and-things-2026-11-30-0930.zip",
        file="data-sets/data-set.zip",
        status="done",
        version=model,
        class_key="n07920052",
        since=date(2026, 11, 1),
        only_sample=True,
        pictures=1204,
        without_consent=96,
        lost=1,
        sha256=64 * "5",
    )
    running = DataSetExport.objects.create(
        **of,
        file_name="animals-and-things-2026-11-30-1000.zip",
        status="running",
        stage="packing",
        stage_done=310,
        stage_total=1204,
    )
    brought = DataSetImport.objects.create(
        **of,
        file_name="from-the-other-server.zip",
        status="done",
        added=98,
        known=1,
        refused=[[f"train/glass/{64 * '7'}.jpeg", UNREADABLE]],
        refused_number=1,
    )
    return {"export": export.pk, "running": running.pk, "import": brought.pk}


@pytest.fixture
def decided(predictions: dict[str, Prediction], model: Any, staff: Any) -> dict[str, str]:
    """Reviewers have looked at the random samples of three weeks; a pair that was mistaken."""
    sent = Prediction.objects.select_related("inference__model_version", "image")
    for number, prediction in enumerate(sent):
        answer = prediction.inference
        week = monday_of(timezone.now()) - timedelta(weeks=number % 3)
        SampledPrediction.objects.create(
            prediction=prediction, classifier=model.classifier, week=week
        )
        shows = key_of(answer.ranking[number % 4 == 1])
        facts = {"queue": "sample", "inference": answer}
        if number:  # the first is skipped
            verify(prediction.image, model.classifier, shows, staff, **facts)
    mistaken = Decision.objects.exclude(class_key=F("answered_key")).latest("pk")
    return {"answered": mistaken.answered_key, "verified": mistaken.class_key}


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
