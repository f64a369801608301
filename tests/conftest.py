"""The real parts every test stands on: the servers of servers.py, the bundled model and, for
those that ask, a worker process. They are made once a run, in a folder that goes with it.
"""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.models import Permission
from django.core.management import call_command
from django.db import connection
from django.test import Client
from rest_framework.test import APIClient

from accounts.audit import AuditEvent
from accounts.models import User
from accounts.services import issue_tokens
from predictions import services
from predictions.inference.store import ModelStore
from predictions.models import ModelVersion, Prediction
from predictions.queueing.queue import QUEUE_NAMES, lengths, queues
from tests.pictures import upload
from tests.predictions.in_process import answer
from tests.servers import servers

PROJECT = Path(__file__).parent.parent
# As `up` starts it; the names of its queues follow.
RQWORKER = [sys.executable, "manage.py", "rqworker", "--skip-checks"]


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any, pytestconfig: Any) -> None:
    """The test database, plus the bundled model in the store and hashed static files.

    A prepared model is kept from run to run for as long as the code and the packages that make it
    stay the same; prepare_model checks its hashes.
    """
    made_by = [*(PROJECT / "predictions/inference").rglob("*.py"), PROJECT / "requirements.txt"]
    key = sha256(b"".join(path.read_bytes() for path in sorted(made_by)))
    kept = pytestconfig.cache.mkdir("models") / key.hexdigest()[:16]
    if kept.exists():
        shutil.copytree(kept, settings.MODEL_STORE, dirs_exist_ok=True)
    with django_db_blocker.unblock():
        with connection.cursor() as cursor:
            # Django empties the tables by TRUNCATE after a test that commits, which the audit log
            # refuses; tests/accounts/test_append_only.py makes the trigger anew to see it refuse.
            cursor.execute(
                "ALTER TABLE accounts_auditevent DISABLE TRIGGER accounts_auditevent_keep_table"
            )
        call_command("prepare_model", "efficientnet-lite0")
    if not kept.exists():
        made = shutil.copytree(settings.MODEL_STORE, kept.with_suffix(f".{os.getpid()}"))
        made.rename(kept)
    call_command("collectstatic", interactive=False, verbosity=0)


@pytest.fixture(scope="session")
def environment(django_db_setup: None) -> dict[str, str]:
    """What a process needs to work on the test database."""
    name = settings.DATABASES["default"]["NAME"]
    url = servers.environment()["DATABASE_URL"].rpartition("/")[0] + f"/{name}"
    # Should its statement and the emptying of the tables after a test wait for each other, the
    # process gives way, and tries again: see servers.py.
    return {**os.environ, "DATABASE_URL": url + "?options=-c%20lock_timeout%3D2s"}


def register_model() -> ModelVersion:
    return ModelVersion.register(ModelStore(settings.MODEL_STORE).versions("efficientnet-lite0")[0])


@pytest.fixture
def model(db: None) -> ModelVersion:
    """The bundled model as the one that answers."""
    return register_model()


@pytest.fixture(scope="session")
def worker_process(
    environment: dict[str, str], django_db_blocker: Any, tmp_path_factory: Any
) -> Iterator[Any]:
    """`manage.py rqworker predictions`, as it runs in production, started once."""
    with django_db_blocker.unblock():
        register_model()  # a test before may have emptied the database
    log = tmp_path_factory.mktemp("worker") / "log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [*RQWORKER, *QUEUE_NAMES],
            cwd=PROJECT,
            env=environment,
            stdout=output,
            stderr=output,
        )
    deadline = time.monotonic() + 30
    while "Listening on predictions, bulk" not in log.read_text():
        assert process.poll() is None, log.read_text()
        assert time.monotonic() < deadline, log.read_text()
        time.sleep(0.05)
    yield process
    process.terminate()
    process.wait(timeout=30)


@pytest.fixture
def worker(transactional_db: None, model: Any, worker_process: Any) -> Any:
    """A live worker; the test's rows are committed, so that it sees them."""
    return worker_process


@pytest.fixture(autouse=True)
def no_waiting_jobs_or_counts(request: Any) -> Iterator[None]:
    """Each test begins with an empty queue and nothing counted against a limit."""
    yield
    if "db" not in request.fixturenames and "transactional_db" not in request.fixturenames:
        return
    lengths.clear()
    for queue in queues():
        queue.empty()
        for job_id in queue.failed_job_registry.get_job_ids():
            queue.failed_job_registry.remove(job_id, delete_job=True)
    if counts := queue.connection.keys("*throttle*"):
        queue.connection.delete(*counts)


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
