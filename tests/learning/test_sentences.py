"""Why work failed is said in the language of whoever reads it, not in the worker's."""

import pytest
from django.utils.translation import override

from learning import jobs, trainings
from learning.models import Archive, Training
from learning.training.refusals import CannotLearn
from predictions.pictures.checks import Refused
from predictions.registry.ownership import new_classifier
from tests.learning.teaching import teach


def failed(work_on, user, monkeypatch):
    """A training whose work is this."""
    monkeypatch.setattr(jobs, "learn_from_examples", work_on)
    return trainings.start(user, teach(user, glass=1, paper=1))


def test_a_sentence_with_values_is_read_in_spanish(user, work, monkeypatch):
    def refuse(training, report):
        says = "The class %(name)s has no pictures: add some, or remove the class."
        raise CannotLearn(says, name="glass")

    training = failed(refuse, user, monkeypatch)
    work()
    training.refresh_from_db()
    assert training.status == "failed"
    assert training.error == "The class glass has no pictures: add some, or remove the class."
    with override("es"):
        says = training.says(training.error)
    assert says == "La clase glass no tiene imágenes: añade algunas o elimina la clase."


def test_what_an_archive_refused_is_read_in_spanish(user, db):
    archive = Archive(classifier=new_classifier(user, "Waste"))
    named = "The file name says %(expected)s, but the content is %(found)s."
    written = archive.told(named, **Refused(named, expected="PNG", found="JPEG").values)
    assert written == "The file name says PNG, but the content is JPEG."
    with override("es"):
        assert archive.says(written).endswith("JPEG.")
        assert archive.says(written) != written
        assert archive.says("") == ""


def test_no_error_of_a_library_is_shown_to_people(user, work, monkeypatch):
    def broken(training, report):
        raise ValueError("operands could not be broadcast together with shapes (2,) (3,)")

    training = failed(broken, user, monkeypatch)
    work()
    training.refresh_from_db()
    assert (training.status, training.error) == ("failed", jobs.BROKEN)


@pytest.mark.parametrize("kind", [Training, Archive])
def test_a_percent_sign_in_a_sentence_is_no_value(kind):
    assert kind().says("100 % of them") == "100 % of them"
