"""A training on its page: while it waits, when it has failed, and what came of it."""

import re
from datetime import timedelta

import pytest

from learning.models import Training
from predictions.models import Prediction
from tests.learning.results import trained
from tests.learning.teaching import teach, upload, waste
from tests.predictions.in_process import answer
from tests.predictions.versions import promote


def told(response):
    return re.sub(r"\s+", " ", response.content.decode())


@pytest.fixture
def classifier(user, model):
    return teach(user, "Waste", cardboard=3, glass=3)


@pytest.fixture
def train(user, classifier, model):
    """What comes of a training; of each class the first picture is in doubt."""

    def train(**fields):
        training = trained(user, classifier, model, **fields)
        return training, training.get_absolute_url()

    return train


def test_a_training_that_waits_says_so_and_is_cancelled(page, classifier):
    path = page.post(f"/teach/{classifier.name}/trainings")["Location"]
    shown = told(page.get(path))
    assert "Waiting for its turn" in shown and "data-runs" in shown
    assert "No worker for trainings is running" in shown
    assert "A training is running" in told(page.get(f"/teach/{classifier.name}"))
    again = page.post(f"/teach/{classifier.name}/trainings", follow=True)
    assert again.redirect_chain == [(path, 302)]
    assert "has not finished yet." in told(again)
    page.post(f"{path}/cancel")
    assert "Cancelled. Nothing has changed." in told(page.get(path))


def test_a_running_one_says_how_far_it_is_in_words(page, classifier):
    training = Training.objects.create(
        classifier=classifier, status="running", stage="features", stage_done=120, stage_total=400
    )
    shown = told(page.get(training.get_absolute_url()))
    assert "Looking at the pictures: 120 of 400" in shown
    assert '<progress max="400" value="120"' in shown


def test_a_failed_one_says_why(page, classifier):
    training = Training.objects.create(
        classifier=classifier, status="failed", error="There was not enough memory."
    )
    assert "There was not enough memory." in told(page.get(training.get_absolute_url()))


def test_the_result_says_how_good_it_is_and_what_is_taken_for_what(page, train):
    training, path = train()
    training.started_at = training.finished_at - timedelta(seconds=12.3)
    training.save()
    shown = told(page.get(path))
    assert "6 pictures · 12.3 s" in shown
    assert "It was right on 4 of 6 pictures, each asked while it was left out" in shown
    assert "expect 71.0% to 93.0% (95 % interval)" in shown
    assert "Who always names the largest class is right on 36.0%." in shown
    assert "right about 80 times of 100: said and true shares differ by 4.1% on average" in shown
    assert "more pictures will probably make it better" in shown
    [cell] = re.findall(r'href="([^"]+)" aria-label="1 picture of cardboard, said: glass"', shown)
    shown = told(page.get(cell.replace("&amp;", "&")))
    assert "cardboard, taken for glass" in shown
    assert training.outcomes.get(truth="cardboard", said="glass").example.file_name in shown


def test_a_picture_in_the_wrong_class_is_moved_and_not_suggested_any_more(page, classifier, train):
    training, path = train()
    shown = told(page.get(path))
    assert "Is it glass?" in shown and "Yes, glass" in shown
    wrong = training.outcomes.get(truth="cardboard", said="glass").example
    glass = classifier.taught_classes.get(name="glass")
    form = {"act": "move", "example": wrong.pk, "to": glass.pk, "next": path}
    shown = told(page.post(f"/teach/{classifier.name}/examples", form, follow=True))
    assert "1 picture moved to glass." in shown and "Is it glass?" not in shown
    cell = f"{path}/pictures?truth=cardboard&said=glass"
    assert "Moved to glass since." in told(page.get(cell))


def test_one_that_is_right_is_not_suggested_again(page, classifier, train):
    training, path = train()
    for outcome in training.outcomes.exclude(suggested=""):
        form = {"act": "right", "example": outcome.example.pk}
        page.post(f"/teach/{classifier.name}/examples", form)
    assert "Probably in the wrong class" not in told(page.get(path))


def test_figures_that_are_far_off_are_called_so(page, train):
    training, path = train()
    training.figures["calibration_error"] = 0.157
    training.save()
    shown = told(page.get(path))
    assert "tells little yet: said and true shares differ by 15.7% on average." in shown
    assert "80 times of 100" not in shown


def test_pictures_deleted_since_are_counted(page, train):
    training, path = train()
    training.outcomes.first().example.delete()
    assert "1 of its pictures has been deleted since" in told(page.get(path))


def test_a_version_comes_into_use_and_is_rolled_back(page, classifier, train):
    (_first, path), (_second, newer) = train(), train()
    assert "Then it can be chosen on the classify page" in told(page.get(path))
    shown = told(page.post(f"{path}/use", follow=True))
    assert "In use. This version answers new pictures that are sent to Waste." in shown
    assert "✓ In use" in told(page.get("/teach"))
    page.post(f"{newer}/use")
    at = f"/teach/{classifier.name}"
    [seen] = re.findall(r'name="seen" value="([^"]+)"', told(page.get(at)))
    assert f'name="seen" value="{seen}"' in told(page.get(newer))
    response = page.post(f"{at}/rollback", {"seen": seen})
    assert response["Location"] == path
    assert "Rolled back" in told(page.get(path))
    again = told(page.post(f"{at}/rollback", {"seen": seen}, follow=True))
    assert "changed the roles meanwhile" in again


def test_a_version_that_was_brought_is_rolled_back_too(page, classifier, train):
    for training, _path in (train(), train()):
        promote(training.version)
    Training.objects.all().delete()  # what is brought has none
    assert "Roll back" in told(page.get(f"/teach/{classifier.name}"))


@pytest.mark.parametrize(
    ("better", "says"),
    [
        ("second", "It is better than the version that was in use."),
        ("first", "It is worse than the version that was in use."),
        ("", "As far as 6 pictures can tell, it is as good as the version that was in use."),
    ],
)
def test_it_is_compared_with_the_version_in_use_in_words(page, train, better, says):
    first, _path = train()
    sides = {"first": {"right": 3, "of": 6}, "second": {"right": 5, "of": 6}}
    compared = {"only_first": 0, "only_second": 2, "p_value": 0.5, "better": better}
    _second, path = train(comparison=sides | compared | {"with": first.version.pk})
    shown = told(page.get(path))
    assert says in shown
    assert "Of the same 6 pictures, the one before had 3 right and this one 5" in shown


def test_it_is_tried_before_it_is_used(page, classifier, train):
    training, path = train()
    assert "Try it: Waste" in told(page.get(f"{path}/try"))
    response = page.post(f"{path}/try/cards", {"file": upload(waste("glass")[9])})
    [pk] = response.json()
    prediction = Prediction.objects.get(pk=pk)
    assert prediction.inference.model_version == training.version
    assert training.version.role == "retired"
    answer([prediction.inference])
    assert page.get(f"{path}/try/cards?id={pk}").json()[pk]["finished"]


def test_nobody_else_finds_a_training(page_for, classifier, make_user):
    training = Training.objects.create(classifier=classifier, status="done")
    page = page_for(make_user("grace@example.com"))
    for path in ("", "/pictures", "/try", "/try/cards"):
        assert page.get(f"{training.get_absolute_url()}{path}").status_code == 404
    for path in ("/use", "/cancel", "/try"):
        assert page.post(f"{training.get_absolute_url()}{path}").status_code == 404
