"""Which versions are compared with each other."""

import pytest

from predictions.comparisons.models import Comparison
from predictions.comparisons.services import NotComparable, start
from tests.predictions.comparisons.rows import CUP, asked, say
from tests.predictions.heads import add_colours, add_imagenet_head
from tests.predictions.versions import version_like

pytestmark = pytest.mark.django_db


def test_what_cannot_be_compared_is_refused(user, model):
    asked(user, model, CUP)
    colours = add_colours(model)
    other_labels = version_like(model, "other", label_set=colours.label_set)
    lost = version_like(model, "lost", manifest={**model.manifest, "version": "gone"})
    for second, why in [
        (model, "not compared with itself"),
        (colours, "different classifiers"),
        (other_labels, "different labels"),
        (lost, "missing or damaged"),
    ]:
        with pytest.raises(NotComparable, match=why):
            start(user, model, second, "latest")
    with pytest.raises(NotComparable, match="no such pictures"):
        start(user, model, add_imagenet_head(model), "known")
    assert not Comparison.objects.exists()


def test_answers_that_are_there_are_used(user, model, second):
    answer = say(asked(user, model, CUP).image, second, CUP)
    comparison = start(user, model, second, "latest")
    comparison.refresh_from_db()
    assert not comparison.is_running
    assert comparison.progress() == {"total": 1, "done": 1, "failed": 0}
    answer.refresh_from_db()
    assert (answer.status, answer.class_key) == ("done", CUP)
