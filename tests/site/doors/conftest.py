"""Somebody with everything that a person can have here, and all who might want to see it."""

import logging
import re
from collections.abc import Callable, Iterator
from http.cookies import SimpleCookie
from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth.models import Group
from django.contrib.contenttypes.models import ContentType
from django.core.files.base import ContentFile
from django.db import transaction
from django.test import Client
from django.utils import timezone
from fido2.cose import ES256
from fido2.webauthn import Aaguid, AttestedCredentialData
from rest_framework_simplejwt.token_blacklist.models import BlacklistedToken, OutstandingToken
from rq import Queue, Worker
from rq.job import Job, JobStatus

from accounts import audit, services, tokens
from accounts.invitations import Invitation
from feedback.services import give_feedback
from learning.data_sets.models import DataSetExport, DataSetImport
from learning.models import Example
from predictions.bulk.models import Bulk, BulkEntry
from predictions.classifiers import Classifier, ModelVersion
from predictions.comparisons.models import Comparison
from predictions.models import Prediction
from predictions.pages import example
from predictions.pictures.thumbnails import WIDTHS
from predictions.registry.ownership import new_classifier, share
from review.decisions import verify
from review.pages.pictures import signer
from tests.accounts.conftest import pass_second_step
from tests.predictions.in_process import answer
from tests.predictions.versions import promote, version_like
from tests.site.doors.routes import Door

# In the person's email, file name, words and API token: who reads it reads what is the person's.
MARK = "zebrafish"


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """A thousand refusals in the log would hide the list of what is wrong."""
    logging.disable()
    yield
    logging.disable(logging.NOTSET)


class Visitor:
    """Comes with a session and an access token, or with an API token alone, or with nothing."""

    # One for all: a client loads the middleware anew, which takes longer than a request.
    client = Client(raise_request_exception=False)

    def __init__(self, user: Any = None, api_token: str = "") -> None:
        self.client.cookies.clear()
        if user is not None:
            self.client.force_login(user)
            pass_second_step(self.client)
        self.cookies = self.client.cookies.copy()
        token = api_token or (user and services.issue_tokens(user).access)
        self.headers = {"Authorization": f"Bearer {token}"} if token else {}

    def knock(self, method: str, path: str) -> tuple[int, bool]:
        """The status, and whether the answer shows what is the person's. Leaves no trace."""
        self.client.cookies = SimpleCookie(self.cookies)
        send = getattr(self.client, method.lower())
        body = () if method in ("GET", "HEAD", "POST") else ("{}", "application/json")
        with transaction.atomic():
            response = send(path, *body, headers=self.headers)
            content = response.getvalue()
            transaction.set_rollback(True)
        is_picture = bool(content) and response.get("Content-Type", "").startswith("image/")
        return response.status_code, MARK.encode() in content or is_picture


@pytest.fixture
def person(make_user: Callable[..., Any]) -> Any:
    return make_user(f"{MARK}@example.com")


@pytest.fixture
def secret(person: Any) -> str:
    return tokens.issue(person, MARK)


@pytest.fixture
def prediction(person: Any, ask: Callable[..., Any]) -> Prediction:
    """With all else that is the person's, so that each list of the admin has a row."""
    prediction = ask(person)
    prediction.file_name = f"{MARK}.png"
    prediction.save()
    Bulk.record(person, [BulkEntry(prediction=prediction, file_name=prediction.file_name)])
    webhook = person.webhooks.create(url=f"https://{MARK}.example/", secret="")
    webhook.deliveries.create(event="test", status="failed", error=MARK)
    give_feedback(prediction, correct=False, label="latte", text=f"No {MARK}.")
    audit.record(audit.Action.SIGNED_IN, None, actor=person)
    public_key = ES256({1: 2, 3: -7, -1: 1, -2: bytes(32), -3: bytes(32)})
    key = AttestedCredentialData.create(Aaguid.NONE, b"key", public_key)
    person.passkeys.create(name=MARK, credential_id=b"key", credential=bytes(key))
    Group.objects.create(name="reviewers")
    Invitation.objects.create(email=person.email)
    ended = OutstandingToken.objects.create(user=person, jti="x", expires_at=timezone.now())
    BlacklistedToken.objects.create(token=ended)
    verify(
        prediction.image,
        prediction.inference.model_version.classifier,
        "",
        None,
        queue="page",
        inference=prediction.inference,
    )
    answer([example.request_example().inference])  # nobody need wait for it
    return prediction


@pytest.fixture
def knock_as(
    person: Any, secret: str, prediction: Any, staff: Any, make_user: Any, staff_with: Any
) -> Callable[..., Visitor]:
    """The visitor of a role; `right` is the permission that one of them has."""
    visitors = {
        "anonymous": Visitor(),
        "person": Visitor(person),
        "stranger": Visitor(make_user("stranger@example.com")),
        "token": Visitor(api_token=secret),
        "staff": Visitor(staff_with()),
        "superuser": Visitor(staff),
    }

    def knock_as(role: str, right: str) -> Visitor:
        if role != "right":
            return visitors[role]
        if right not in visitors:
            visitors[right] = Visitor(staff_with(right))
        return visitors[right]

    return knock_as


@pytest.fixture
def fill_queues(settings: Any, other_queue: Queue) -> Callable[[Door], None]:
    """For the queues' doors: a failed job and a worker, in a part of Redis where nobody works."""
    serializer = settings.RQ_QUEUES["predictions"]["SERIALIZER"]
    settings.RQ_QUEUES = {"predictions": {"URL": settings.REDIS_URL, "SERIALIZER": serializer}}
    queue = Queue("predictions", connection=other_queue.connection, serializer=serializer)
    worker = Worker([queue], name="worker", connection=queue.connection, serializer=serializer)

    def fill(door: Door) -> None:
        if not door.route.startswith("/admin/django_rq/"):
            return
        queue.connection.flushdb()
        worker.register_birth()
        job = Job.create(
            "time.sleep", [0], id="job", connection=queue.connection, serializer=serializer
        )
        job.origin = queue.name
        job.set_status(JobStatus.FAILED)
        job.save()
        queue.failed_job_registry.add(job, ttl=60)

    return fill


def taught_by(person: Any, version: ModelVersion) -> Classifier:
    """A classifier that the person teaches, with a class, a picture, ZIP files and a training."""
    classifier = new_classifier(person, "Fish")
    taught_class = classifier.taught_classes.create(key=MARK, name=MARK)
    picture = person.predictions.get()
    picture.examples.create(
        taught_class=taught_class, image=picture.image, added_by=person, file_name=MARK
    )
    classifier.archives.create(file_name=MARK, status="done")
    training = classifier.trainings.create(status="done", version=version, started_by=person)
    training.outcomes.create(truth=MARK, said=MARK, score=1, score_of_truth=1)
    own = version_like(version, "own", classifier=classifier)
    package = classifier.packages.create(file_name=f"{MARK}.zip", status="done", version=own)
    package.file.save("package.zip", ContentFile(MARK.encode()))
    return classifier


def exported(version: ModelVersion) -> DataSetExport:
    export = DataSetExport.objects.create(classifier=version.classifier, status="done")
    export.file.save("data-set.zip", ContentFile(b"ZIP"))
    return export


def imported(version: ModelVersion) -> DataSetImport:
    return DataSetImport.objects.create(classifier=version.classifier, status="done")


@pytest.fixture
def path_of(person: Any, prediction: Prediction, make_user: Any) -> Callable[[str], str]:
    """A path that this route matches, and where there is something of the person's."""
    champion = prediction.inference.model_version
    comparison = Comparison.objects.create(
        first=champion, second=champion, number=0, cancelled_at=timezone.now()
    )
    retired = version_like(champion, "retired")
    for version in (retired, champion):  # so that there is a way back
        promote(version)
    own = taught_by(person, champion)
    share(own, make_user(f"{MARK}-friend@example.com"))
    places = {
        "/models/<slug:name>/shares": f"/models/{own.name}/shares?email={MARK}-friend@example.com",
        "teach/<slug:name>": f"teach/{own.name}",
        **{
            f"/models/<slug:name>/{what}": f"/models/{own.name}/{what}"
            for what in (
                *("classes", "examples", "archives", "packages", "versions/<int:pk>"),
                *("corrections", "problems", "trainings"),
            )
        },
        "classes/<slug:key>": f"classes/{MARK}",
        "archives/<id:pk>": f"archives/{own.archives.get().pk}",
        "packages/<id:pk>": f"packages/{own.packages.get().pk}",
        "versions/<int:pk>/export": f"versions/{own.versions.get().pk}/export",
        "trainings/<id:pk>": f"trainings/{own.trainings.get().pk}",
        "classes/<int:pk>": f"classes/{own.taught_classes.get().pk}",
        "examples/<int:pk>": f"examples/{Example.objects.get().pk}",
        "webhooks/<id:pk>": f"webhooks/{person.webhooks.get().pk}",
        "/model/bulk/<id:pk>": person.bulk_set.get().get_absolute_url(),
        "comparisons/<id:pk>": f"comparisons/{comparison.pk}",
        "exports/<id:pk>": f"exports/{exported(champion).pk}",
        "imports/<id:pk>": f"imports/{imported(champion).pk}",
        "review/labels/<int:pk>": f"review/labels/{prediction.image_id}",
        "confusion/pictures": "confusion/pictures?answered=n07930864&verified=none-of-these",
        "<str:shown>": signer.sign(str(prediction.image_id)),
        "<slug:queue>": "feedback",
        "<id:pk>": prediction.pk,
        "/users/<int:pk>": f"/users/{person.pk}",
        "/user/<int:pk>": f"/user/{person.pk}",
        "tokens/<int:pk>": f"tokens/{person.api_tokens.get().pk}",
        "passkey/<int:pk>": f"passkey/{person.passkeys.get().pk}",
        "image/<int:pk>": f"image/{prediction.image_id}",
        "pictures/<int:pk>": f"pictures/{prediction.image_id}",
        "<int:pk>/<slug:act>": f"{prediction.inference.model_version_id}/promote",
        "<slug:name>": "imagenet",
        "modelversion/<int:pk>/roles/<str:action>": f"modelversion/{retired.pk}/roles/promote",
        "classifier/<int:pk>": f"classifier/{retired.classifier_id}",
        "<int:width>": WIDTHS[0],
        "<path:content_type_id>/<path:object_id>": (
            f"{ContentType.objects.get_for_model(Prediction).pk}/{prediction.pk}"
        ),
        "<uidb64>/<token>": "x/y",
        "<int:queue_index>": 0,
        "<int:scheduler_index>": 0,
        "<int:connection_index>": 0,
        "<str:job_id>": "job",
        "<str:result_id>": "result",
        "<str:key>": "rq:worker:worker",
        "<str:scheduler_name>": "scheduler",
        "<path:cron_job_name>": "job",
        "<token>": "token",
        "<app_label>": "predictions",
        "<url>": "nothing",
    }

    def path_of(route: str) -> str:
        path = route
        for what, there in places.items():
            path = path.replace(what, str(there))
        if model := re.match(r"/admin/(\w+)/(\w+)/(<path:object_id>|<id>)", path):
            row = apps.get_model(model[1], model[2])._default_manager.order_by("pk").first()
            assert row, f"Make a row of {model[2]} in tests/site/doors/conftest.py."
            path = path.replace(model[3], str(row.pk))
        assert not re.search(r"[<>]", path), f"Say in path_of what stands for {path}."
        return path

    return path_of
