"""The real parts every test stands on: the servers of servers.py, the bundled model and, for
those that ask, a worker process. They are made once a process of pytest-xdist, in its own folder.
"""

import os
import resource
import shutil
from collections.abc import Callable, Iterator
from math import inf
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.models import Permission
from django.core.management import call_command
from django.db import connection
from django.test import Client, override_settings
from rest_framework.test import APIClient

import learning.queue
from accounts.audit import AuditEvent
from accounts.models import User
from accounts.services import issue_tokens
from classifier_site.one_machine import static_files
from classifier_site.operations.maintenance import state
from predictions import services
from predictions.classifiers import ModelVersion
from predictions.inference.store import ModelStore
from predictions.models import Prediction
from predictions.queueing import unloadable
from predictions.queueing.queue import lengths, queues
from tests.emptying import sql_flush
from tests.kept import kept
from tests.pictures import upload
from tests.predictions.in_process import answer
from tests.predictions.versions import register_model
from tests.servers import servers
from tests.workers import what_the_worker_said

pytest_plugins = ["tests.logs", "tests.s3_server", "tests.serving", "tests.workers"]
PROJECT = Path(__file__).parent.parent


# What a test has that takes a while, because it classifies or looks at pages in a browser.
HEAVY = {"prepared_models", "resnet", "browser"}


def pytest_configure() -> None:
    """Each test client loads the middleware anew, and WhiteNoise would read all static files.

    That takes ten times as long as a request. The processes of the service do it as in production.
    """
    settings.WHITENOISE_AUTOREFRESH = True


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the heavy tests, which `make check` leaves out, and begin with them.

    The light ones then even out when pytest-xdist's processes end.
    """
    for item in items:
        if HEAVY.intersection(item.fixturenames):
            item.add_marker("heavy")
    items.sort(key=lambda item: item.get_closest_marker("heavy") is None)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Any:
    """A failure of a test with a worker shows what the worker said."""
    report = yield
    if report.when == "call" and report.failed and "worker_process" in item.funcargs:
        report.sections.append(("The worker", what_the_worker_said(item)))
    return report


@pytest.fixture(scope="session")
def prepared_models() -> Path:
    """A store with the bundled model, which is not to be written to."""
    made_by = [*(PROJECT / "predictions/inference").rglob("*.py"), PROJECT / "requirements.txt"]
    return kept("models", made_by, lambda store: ModelStore(store).prepare("efficientnet-lite0"))


@pytest.fixture(scope="session")
def larger_network() -> Path:
    """A store with what "Train deeper" stands on, which is not to be written to."""
    made_by = [*(PROJECT / "predictions/inference").rglob("*.py"), PROJECT / "requirements.txt"]
    return kept("larger", made_by, lambda store: ModelStore(store).prepare("efficientnet-lite2"))


@pytest.fixture(scope="session")
def collected_files() -> Path:
    """The static files, hashed and compressed, which are not to be written to."""
    ours = [path for path in (PROJECT / "static").rglob("*") if path.is_file()]
    made_by = [
        *ours,
        PROJECT / "foundation/web/static.py",
        PROJECT / "classifier_site/one_machine/static_files.py",
        PROJECT / "requirements.txt",
    ]

    def collect(folder: Path) -> None:
        with override_settings(STATIC_ROOT=folder):
            static_files.collect()

    return kept("static", made_by, collect)


@pytest.fixture(scope="session")
def copy_prepared(prepared_models: Path, collected_files: Path) -> Callable[[Path], None]:
    """Gives a data folder what takes `up` longest at the first start."""

    def copy(data: Path) -> None:
        shutil.copytree(prepared_models, data / "models")
        shutil.copytree(collected_files, data / "static")

    return copy


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, collected_files: Path) -> None:
    """The test database, and the static files that every page names."""
    shutil.copytree(collected_files, settings.STATIC_ROOT)
    # Of the class: beside Playwright's event loop, the connection is another.
    type(connection.ops).sql_flush = sql_flush


@pytest.fixture(scope="session")
def bundled_model(django_db_setup: None, django_db_blocker: Any, prepared_models: Path) -> None:
    """In the site's store, and the one that answers until a test empties the tables."""
    shutil.copytree(prepared_models, settings.MODEL_STORE, dirs_exist_ok=True)
    with django_db_blocker.unblock():
        call_command("prepare_model", "efficientnet-lite0")


@pytest.fixture(scope="session")
def environment(bundled_model: None) -> dict[str, str]:
    """What a process needs to work on the test database."""
    name = settings.DATABASES["default"]["NAME"]
    url = servers.environment()["DATABASE_URL"].rpartition("/")[0] + f"/{name}"
    # Should its statement and the emptying of the tables after a test wait for each other, the
    # process gives way, and tries again: see servers.py.
    return {**os.environ, "DATABASE_URL": url + "?options=-c%20lock_timeout%3D2s"}


@pytest.fixture
def model(db: None, bundled_model: None) -> ModelVersion:
    """The bundled model as the one that answers, as this process knows already."""
    return register_model()


@pytest.fixture(autouse=True)
def no_waiting_jobs_or_counts(request: Any) -> Iterator[None]:
    """Each test begins with an empty queue and nothing counted against a limit."""
    yield
    if "db" not in request.fixturenames and "transactional_db" not in request.fixturenames:
        return
    lengths.clear()
    for queue in [*queues(), learning.queue.get_queue()]:
        queue.empty()
        for job_id in queue.failed_job_registry.get_job_ids():
            queue.failed_job_registry.remove(job_id, delete_job=True)
    queue.connection.delete(unloadable.KEY)
    for pattern in ("*throttle*", learning.queue.look_key("*")):
        if keys := queue.connection.keys(pattern):
            queue.connection.delete(*keys)


@pytest.fixture(autouse=True)
def no_maintenance() -> None:
    """Known here, so that no test counts the statement that asks for it once a second."""
    state._known = state.Known(inf, None)


@pytest.fixture(autouse=True)
def no_limit_of_memory() -> Iterator[None]:
    """A worker limits the memory of its process, which here is that of the tests that follow."""
    before = resource.getrlimit(resource.RLIMIT_DATA)
    yield
    resource.setrlimit(resource.RLIMIT_DATA, before)


@pytest.fixture
def make_user(db: None) -> Callable[..., Any]:
    """Users without a password, which are made at once; bcrypt takes a quarter of a second."""

    def make(email: str = "ada@example.com", **extra: Any) -> Any:
        return User.objects.create_user(email, username=email.partition("@")[0], **extra)

    return make


@pytest.fixture
def user(make_user: Callable[..., Any]) -> Any:
    return make_user()


@pytest.fixture
def staff(make_user: Callable[..., Any]) -> Any:
    return make_user("staff@example.com", is_staff=True, is_superuser=True)


@pytest.fixture
def staff_with(make_user: Callable[..., Any]) -> Callable[..., Any]:
    """Staff with these permissions, written `app.codename`, and no others."""

    def staff_with(*rights: str) -> Any:
        email = "-".join(["clerk", *rights]).replace(".", "-") + "@example.com"
        person = make_user(email, is_staff=True)
        for right in rights:
            app, codename = right.split(".")
            found = Permission.objects.get(content_type__app_label=app, codename=codename)
            person.user_permissions.add(found)
        return person

    return staff_with


@pytest.fixture
def api_for() -> Callable[[Any], Any]:
    """An API client that sends this user's real access token."""

    def client(user: Any) -> Any:
        return APIClient(HTTP_AUTHORIZATION=f"Bearer {issue_tokens(user).access}")

    return client


@pytest.fixture
def api(api_for: Callable[[Any], Any], user: Any) -> Any:
    return api_for(user)


@pytest.fixture
def anonymous() -> Any:
    return APIClient()


@pytest.fixture
def page_for() -> Callable[[Any], Any]:
    """A signed-in browser without JavaScript."""

    def client(user: Any) -> Any:
        browser = Client()
        browser.force_login(user)
        return browser

    return client


@pytest.fixture
def page(page_for: Callable[[Any], Any], user: Any) -> Any:
    return page_for(user)


@pytest.fixture
def logged(db: None) -> Callable[..., list[AuditEvent]]:
    """The audit log's new events of an action, or of any, oldest first.

    It is never emptied, not even between tests, and the bundled model is its first.
    """
    newest = AuditEvent.objects.order_by("-pk").first()
    new = AuditEvent.objects.filter(pk__gt=newest.pk if newest else 0).order_by("pk")

    def logged(*actions: str) -> list[AuditEvent]:
        return list(new.filter(action__in=actions) if actions else new.all())

    return logged


@pytest.fixture
def ask(model: Any) -> Callable[..., Any]:
    """Records a prediction of one of the test pictures, answered at once in this process."""

    def ask(user: Any, name: str = "coffee.png", *, answered: bool = True) -> Prediction:
        with upload(name) as file:
            prediction = services.request_prediction(user, file)
        if answered:
            answer([prediction.inference])
            prediction.inference.refresh_from_db()
        return prediction

    return ask
