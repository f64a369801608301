"""What staff and people have made before a browser looks at their pages."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pyotp
import pytest
from django.db.models import F
from django.utils import timezone
from fido2.cose import ES256
from fido2.webauthn import AttestedCredentialData

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
from tests.learning.results import trained
from tests.learning.teaching import teach
from tests.predictions.comparisons.rows import CUP, say
from tests.predictions.heads import add_imagenet_head
from tests.predictions.versions import promote

# What an authenticator attests: no key that anybody has.
ES256_CREDENTIAL = bytes(
    AttestedCredentialData.create(bytes(16), b"key", ES256.from_ctap1(b"\4" + bytes(64)))
)


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
