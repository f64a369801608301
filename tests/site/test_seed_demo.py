"""`manage.py seed_demo`: a database to try pages on."""

from datetime import UTC, datetime

import pytest
from django.core.management import CommandError, call_command

from accounts.models import User
from classifier_site.demo.pictures import DemoFile
from classifier_site.demo.rows import Rows
from classifier_site.operations.overview.days import finish_now_and_then
from classifier_site.operations.overview.models import Day
from feedback.models import Feedback
from predictions.models import Image, Inference, Prediction


def seed(number=400):
    call_command("seed_demo", predictions=number, verbosity=0)


@pytest.mark.django_db(transaction=True)
def test_as_many_predictions_as_were_asked_for_can_be_looked_at(model, page_for, ask):
    finish_now_and_then()
    seed()
    assert Prediction.objects.count() == 400
    assert not Day.objects.exists(), "the start page of the admin would show an empty month"
    assert Prediction.objects.filter(cached=True).count() == 80
    assert Inference.objects.filter(status="failed").exists()
    assert Feedback.objects.filter(correct=False).exclude(class_key="").exists()
    prediction = Prediction.objects.filter(inference__status="done").latest("created_at")
    page = page_for(prediction.user)
    assert page.get(prediction.get_absolute_url()).status_code == 200
    thumbnail = page.get(f"{prediction.get_absolute_url()}/thumbnail/240")
    assert thumbnail["Content-Type"] == "image/webp"
    thumbnail.close()
    ask(prediction.user)  # its rows come after those of the demo
    assert Image.objects.latest("pk").predictions.get().user == prediction.user


def test_the_same_rows_are_made_each_time(model):
    def rows():
        person = User(pk=1, email="person@demo.example")
        files = [DemoFile("images/demo/000.jpeg", 1)]
        made = Rows(model, model, [person], files, 60, datetime(2026, 11, 30, tzinfo=UTC))
        [chunk] = made.chunks(100)
        return vars(chunk)

    first = rows()
    assert len(first["predictions"]) == 60
    assert first == rows()


@pytest.mark.django_db(transaction=True)
def test_a_database_with_predictions_of_people_is_refused_without_debug(ask, user, settings):
    ask(user)
    with pytest.raises(CommandError, match="predictions of real people"):
        seed(20)
    assert Prediction.objects.count() == 1
    settings.DEBUG = True
    seed(20)
    assert Prediction.objects.count() == 21
    with pytest.raises(CommandError, match="there already"):
        seed(20)


def test_without_a_model_it_says_what_to_do(db):
    with pytest.raises(CommandError, match="prepare_model"):
        seed(20)
