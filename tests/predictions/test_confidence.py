"""Which answers count as sure: as SQL finds them and as each says itself."""

import pytest

from predictions.confidence import Thresholds, steps
from predictions.models import Image, Inference
from tests.predictions.heads import add_colours

pytestmark = pytest.mark.django_db
SCORES = (0.1, 0.3, 0.5, 0.6, 0.8, 0.9, 0.95)


@pytest.fixture
def answers(model):
    """One of each score, for a class of ImageNet and for both colours."""
    colours = add_colours(model)
    for number, (version, key, score) in enumerate(
        (version, key, score)
        for version, key in ((model, "n07920052"), (colours, "red"), (colours, "blue"))
        for score in SCORES
    ):
        image = Image.objects.create(sha256=number, md5=number, width=1, height=1, size=1)
        Inference.objects.create(
            image=image, model_version=version, status="done", class_key=key, score=score
        )
    image = Image.objects.create(sha256="x", md5="x", width=1, height=1, size=1)
    Inference.objects.create(image=image, model_version=model)  # has no answer yet
    return Inference.objects.select_related("model_version__classifier")


def set_thresholds(answers, classifier, threshold, **of_classes):
    found = answers.filter(model_version__classifier__name=classifier).first()
    found.model_version.classifier.threshold = threshold
    found.model_version.classifier.class_thresholds = of_classes
    found.model_version.classifier.save()


@pytest.mark.parametrize(
    ("imagenet", "colours", "red"),
    [
        (None, None, None),
        (None, 0.8, None),
        (0.3, 0.95, 0.2),
        (0.0, 1.0, 0.5),
        (0.9, None, 0.91),
    ],
)
def test_the_database_agrees_with_each_answer(answers, imagenet, colours, red):
    set_thresholds(answers, "imagenet", imagenet)
    set_thresholds(answers, "colours", colours, **({} if red is None else {"red": red}))
    sure = {answer.pk for answer in answers if answer.is_confident}
    assert set(answers.filter(Thresholds().sure("")).values_list("pk", flat=True)) == sure
    done = set(answers.filter(status="done").values_list("pk", flat=True))
    assert set(answers.filter(Thresholds().unsure("")).values_list("pk", flat=True)) == done - sure
    found = [answers.filter(step.of("")).values_list("pk", flat=True) for step in steps().values()]
    assert sorted(pk for step in found for pk in step) == sorted(done)  # each in one step
    assert {pk for step in found[:2] for pk in step} == sure


def test_steps_are_numbers_while_these_are_the_same_for_all(answers):
    assert [step.label for step in steps().values()] == ["≥ 90%", "50–90%", "< 50%"]
    set_thresholds(answers, "colours", 0.8)
    assert [step.label for step in steps().values()] == ["sure", "likely", "not sure"]


def test_without_thresholds_of_ones_own_no_answer_is_asked_for_its_version(answers):
    assert "model_version" not in repr(Thresholds().sure(""))
    set_thresholds(answers, "colours", 0.8)
    assert "model_version" in repr(Thresholds().sure(""))
