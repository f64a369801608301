"""`POST /model/predict?version=`: a version is tried by those who teach its classifier."""

import pytest

from predictions.registry.ownership import new_classifier, share
from tests.pictures import photograph
from tests.predictions.versions import version_like


@pytest.fixture
def version(user, model):
    """One of a classifier of the user, which no version answers yet."""
    return version_like(model, "tried", classifier=new_classifier(user, "Things"))


def ask(api, version, prefer="respond-async", **query):
    address = (
        f"/model/predict?model={version.classifier.name}&version={query.get('id', version.pk)}"
    )
    return api.post(address, {"file": photograph()}, format="multipart", headers={"Prefer": prefer})


def test_it_answers_those_who_teach_it(api, version):
    asked = ask(api, version)
    assert asked.status_code == 202
    assert asked.json()["model"]["id"] == version.pk


def test_it_answers_nobody_else(api_for, make_user, version):
    friend = make_user("grace@example.com")
    share(version.classifier, friend)
    refused = ask(api_for(friend), version)
    assert refused.status_code == 404
    name = version.classifier.name
    why = f"Only those who teach {name} choose the version that answers."
    assert refused.json()["detail"] == why
    stranger = ask(api_for(make_user("hedy@example.com")), version)
    assert stranger.json()["detail"].startswith(f"Unknown classifier {name!r}.")
    share(version.classifier, friend, may_teach=True)
    assert ask(api_for(friend), version).status_code == 202


@pytest.mark.parametrize(
    ("pk", "status", "said"),
    [
        ("x", 400, {"version": ["The id of a version is a whole number."]}),
        ("0", 404, {"detail": "{} has no version 0.", "code": "not_found"}),
    ],
)
def test_a_version_that_is_none_is_refused(api, version, pk, status, said):
    refused = ask(api, version, id=pk)
    assert refused.status_code == status
    if status == 404:
        said = said | {"detail": said["detail"].format(version.classifier.name)}
    assert refused.json() == said
