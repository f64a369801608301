"""`manage.py models`: each change in one sentence, and each refusal."""

import io
import re

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from accounts.audit import Action
from predictions.classifiers import Classifier, ModelVersion, RoleChange
from predictions.registry.roles import Changes
from tests.predictions.heads import add_colours
from tests.predictions.versions import promote, version_like

pytestmark = pytest.mark.django_db


@pytest.fixture
def newer(model):
    return version_like(model, "newer")


def run(*arguments):
    said = io.StringIO()
    call_command("models", *map(str, arguments), stdout=said)
    return said.getvalue().strip()


def role_of(version):
    version.refresh_from_db()
    return version.role


def test_the_list_has_the_champion_first_with_the_share_that_is_left(model, newer):
    Changes().challenge(newer, 10)
    head, first, second = (re.split(r"\s{2,}", line) for line in run("list").splitlines())
    assert head == ["ROLE", "SHARE", "AGE", "ID", "NAME", "VERSION", "PRECISION"]
    assert first == [*("champion", "90%", "today", str(model.pk), model.name, model.version, "f32")]
    assert second[:2] + second[4:6] == ["challenger", "10%", model.name, "newer"]


def test_each_role_is_given_and_said_in_one_sentence(model, newer):
    assert run("shadow", "newer") == f"{newer} answers new pictures of imagenet unseen."
    assert run("challenge", "newer", "--share", 10) == (
        f"{newer} answers new pictures of 10 percent of the people."
    )
    assert newer.classifier.versions.get(role="challenger").share == 10
    assert run("promote", newer, "--reason", "better with cats") == (
        f"{newer} answers new pictures of imagenet; {model} retires."
    )
    assert RoleChange.objects.latest("pk").reason == "better with cats"
    assert run("rollback") == f"{model} answers new pictures of imagenet again; {newer} retires."
    run("shadow", newer.pk)
    assert run("retire", newer.pk) == f"{newer} answers nothing more."
    assert role_of(newer) == "retired"


def test_a_change_to_the_role_it_has_changes_nothing(model):
    assert run("promote", model.pk) == (
        f"The role of {model} is champion already; nothing has changed."
    )


@pytest.mark.parametrize("called", ["newer", "{0.name} newer", "{0.pk}"])
def test_a_version_is_named_by_id_version_or_both(newer, called):
    run("promote", *called.format(newer).split())
    assert role_of(newer) == "champion"


def test_a_name_that_several_have_is_refused_with_their_ids(model, newer):
    with pytest.raises(CommandError) as error:
        run("promote", model.name)
    assert str(error.value) == (
        f"{model.name} may be any of these; choose one by its id: "
        f"{newer.pk} ({newer}), {model.pk} ({model})"
    )


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["promote", "nobody"], "imagenet has no version nobody."),
        (
            ["list", "--classifier", "dogs"],
            "Unknown classifier 'dogs'. Choose one of: imagenet",
        ),
        (["challenge", "newer", "--share", "101"], "1 to 100 percent"),
        (["challenge", "newer"], "required: --share"),
        (["retire", "{model.pk}"], "It is the champion. Promote another version first."),
        (["rollback"], "There is no champion before this one."),
        (["ensemble", "newer"], "two or more different versions"),
        (["ensemble", "newer", "{model.pk}", "--weights", "1"], "one weight for each"),
        (["threshold", "1.5"], "a number from 0 to 1"),
        (["threshold", "high"], "'high' is neither a number nor 'default'"),
        (["threshold", "0.5", "--class", "n0"], "n0 is the key of no class of imagenet"),
    ],
)
def test_refusals_are_one_sentence(model, newer, arguments, said):
    RoleChange.objects.all().delete()
    with pytest.raises(CommandError) as error:
        run(*(argument.format(model=model) for argument in arguments))
    assert said in str(error.value)
    assert "\n" not in str(error.value)
    assert (role_of(model), role_of(newer)) == ("champion", "retired")


def test_a_version_without_its_files_is_not_promoted(model):
    version_like(model, "gone", manifest={**model.manifest, "version": "gone"})
    with pytest.raises(CommandError, match="missing or damaged in the model store"):
        run("promote", "gone")
    assert role_of(model) == "champion"


def test_another_classifier_has_its_own_versions(model):
    colours = add_colours(model)
    promote(colours)
    assert str(colours.version) in run("list", "--classifier", "colours")
    with pytest.raises(CommandError, match="colours has no version"):
        run("promote", model.version, "--classifier", "colours")


def test_an_ensemble_is_added_and_answers_nothing_yet(model, newer):
    said = run("ensemble", "newer", model.pk, "--weights", 1, 2)
    ensemble = ModelVersion.objects.get(name="ensemble")
    assert said == f"{ensemble} ({ensemble.pk}) averages {newer} and {model}; it is retired."
    assert [member.weight for member in ensemble.members.all()] == [1, 2]


def test_a_threshold_is_set_for_the_classifier_or_a_class_and_taken_back(model, logged):
    before = model.classifier.revision
    assert run("threshold", 0.25) == "Answers of imagenet are unsure below 0.25."
    said = run("threshold", 0.9, "--class", "n07920052", "--reason", "coffee is hard")
    assert said == "Answers n07920052 of imagenet are unsure below 0.9."
    classifier = Classifier.objects.get()
    assert classifier.revision != before
    assert (classifier.threshold_of("n07920052"), classifier.threshold_of("other")) == (0.9, 0.25)
    event = logged(Action.THRESHOLDS_CHANGED)[-1]
    assert event.detail["after"] == {"threshold": 0.25, "classes": {"n07920052": 0.9}}
    assert event.detail["reason"] == "coffee is hard"
    run("threshold", "default")
    run("threshold", "default", "--class", "n07920052")
    classifier.refresh_from_db()
    assert classifier.threshold_of("n07920052") == settings.UNSURE_BELOW
