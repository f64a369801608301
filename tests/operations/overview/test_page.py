"""The admin's start page: its figures, for whom they are, and what they cost."""

import pytest
from django.core.cache import cache
from django.test import override_settings
from rq import Queue, SimpleWorker

from classifier_site.operations.overview import days, figures
from feedback.models import Feedback
from feedback.services import give_feedback
from predictions.classifiers import Classifier
from predictions.models import Image
from predictions.queueing.liveness import WORKER_TTL
from predictions.queueing.queue import CLASSIFY
from tests.operations.overview.reading import links, rows, sections, text
from tests.operations.overview.rows import again, answered, failed, noon
from tests.predictions.versions import version_like
from tests.serving import DEAD_REDIS

PERMISSIONS = {
    "predictions.view_prediction": {"Predictions"},
    "predictions.view_inference": {"Time to an answer", "Failures"},
    "feedback.view_feedback": {"Feedback by version", "Most corrected classes"},
    "django_rq.admin": {"Queue and workers now", "Disk"},
}


@pytest.fixture(autouse=True)
def young_process():
    """One in which nobody has looked at the page."""
    cache.clear()


@pytest.fixture
def look(page_for, staff):
    """The sections of the page as staff with every permission see them."""
    desk = page_for(staff)
    return lambda **headers: sections(desk.get("/admin/", headers=headers).content.decode())


@pytest.fixture
def grace(make_user):
    return make_user("grace@example.com")


def said(prediction, days_ago, *, correct, label=""):
    found = give_feedback(prediction, correct=correct, label=label)
    Feedback.objects.filter(pk=found.pk).update(created_at=noon(days_ago))


def count_all_days():
    for _ in range(days.MONTH - 1):
        days.finish_now_and_then()


def test_predictions_people_and_the_cached_share_are_those_of_the_rows(look, user, grace, model):
    first = answered(user, model, 29)
    for days_ago, person in ((30, grace), (20, user), (6, user), (5, grace), (0, user)):
        answered(person, model, days_ago)
    again(first, user, 0)
    again(first, user, 3)
    count_all_days()

    found = rows(look()["Predictions"])

    assert found["Predictions"] == ["2", "5", "7"]
    assert found["People"] == ["1", "2", "2"]
    assert found["Answer known already"] == ["50.0%", "40.0%", "28.6%"]


def test_numbers_lead_to_the_lists_that_they_count(look, page_for, staff, user, model):
    again(answered(user, model, 6), user, 0)
    answered(user, model, 8)
    count_all_days()

    found = links(look()["Predictions"])

    desk = page_for(staff)
    for number in ("1", "2", "3"):
        [address] = found[number]
        assert desk.get(address).context["cl"].result_count == int(number)
    for share in ("100.0%", "50.0%", "33.3%"):
        [address] = found[share]
        assert desk.get(address).context["cl"].result_count == 1


def test_times_are_median_and_95th_percentile_by_stage(look, user, model):
    for number in range(1, 21):
        timings = {"decode": 10.0 * number, "inference": 2.0, "batch_size": 16}
        answered(user, model, 0 if number > 10 else 1, seconds=number, timings=timings)

    found = rows(look()["Time to an answer"])

    # Of 11 to 20 and of 1 to 20; right within 1 %.
    assert found["From the request to the answer"] == [
        "15.1 s / 19.9 s",
        "9.9 s / 19.1 s",
        "9.9 s / 19.1 s",
    ]
    assert found["Decoding"][:2] == ["150 ms / 202 ms", "101 ms / 190 ms"]
    assert found["Waiting in the queue"] == ["–", "–", "–"]


def test_each_failure_leads_to_its_answers(look, page_for, staff, user, model):
    for days_ago, error in ((0, "damaged"), (3, "damaged"), (20, "damaged"), (31, "damaged")):
        failed(user, model, days_ago, error)
    failed(user, model, 10, "It crashed.")
    answered(user, model, 0)

    section = look()["Failures"]

    assert rows(section) == {
        "Reason": ["Today", "7 days", "30 days"],
        "damaged": ["1", "2", "3"],
        "It crashed.": ["0", "0", "1"],
    }
    desk = page_for(staff)
    for number, addresses in links(section).items():
        for address in addresses:
            assert desk.get(address).context["cl"].result_count == int(number)


def test_rare_reasons_are_counted_together(look, user, model):
    for number in range(12):
        failed(user, model, 2, f"reason {number:02}")

    found = rows(look()["Failures"])

    assert len(found) == 12 and found["Other reasons"] == ["0", "2", "2"]


def test_feedback_is_counted_by_version(look, user, grace, model):
    newer = version_like(model, "newer")
    for days_ago, version, correct in ((0, model, True), (3, model, False), (9, model, True)):
        said(answered(user, version, days_ago), days_ago, correct=correct)
    said(answered(user, newer, 1), 1, correct=False, label="espresso")
    said(answered(user, newer, 31), 31, correct=False)
    own = Classifier.objects.create(name="private-matter", title="Private", owner=grace)
    said(answered(grace, version_like(model, "1", classifier=own), 0), 0, correct=True)

    section = look()["Feedback by version"]

    assert rows(section) == {
        "Version": ["Today", "7 days", "30 days", "Right in 30 days"],
        f"imagenet: {model}": ["1 / 0", "1 / 1", "2 / 1", "66.7%"],
        f"imagenet: {newer}": ["0 / 0", "0 / 1", "0 / 1", "0.0%"],
        "Classifiers of people, and deleted pictures": ["1 / 0", "1 / 0", "1 / 0", "100.0%"],
    }
    assert "private-matter" not in section


def test_most_corrected_classes_say_what_they_are_taken_for(
    look, page_for, staff, user, grace, model
):
    for days_ago, label in ((0, "espresso"), (4, "tabby"), (12, "espresso"), (13, "")):
        said(answered(user, model, days_ago), days_ago, correct=False, label=label)
    own = Classifier.objects.create(name="private-matter", title="Private", owner=grace)
    private = answered(grace, version_like(model, "1", classifier=own), 0)
    said(private, 0, correct=False, label="my secret")

    section = look()["Most corrected classes"]

    assert rows(section)["cup imagenet"] == ["espresso", "1", "2", "4"]
    assert "secret" not in section
    [address] = links(section)["cup"]
    assert page_for(staff).get(address).context["cl"].result_count >= 4


def test_queue_and_workers_are_those_of_this_moment(look, db, other_queue):
    before = look()["Queue and workers now"]
    assert rows(before)["predictions"] == ["0", "0", "0"]
    assert "No worker is running" in text(before) and "No picture waits." in text(before)
    other_queue.enqueue(CLASSIFY, 1)
    Queue("training", connection=other_queue.connection).enqueue(CLASSIFY, 1)
    SimpleWorker([other_queue], worker_ttl=WORKER_TTL).register_birth()

    found = look()["Queue and workers now"]

    assert rows(found)["predictions"] == ["1", "1", "0"]
    assert rows(found)["training"] == ["1", "0", "0"]
    assert "The first picture has waited for 0 seconds." in text(found)
    assert "No worker is running" not in text(found)


def test_disk_says_how_much_the_pictures_take(look, user, model):
    answered(user, model, 0)
    Image.objects.update(size=3 * 1024**2)

    found = look()["Disk"]

    assert rows(found)["Pictures, about"] == ["3.0 MB"]
    assert "free where the pictures are" in text(found)


@override_settings(REDIS_URL=DEAD_REDIS)
def test_without_redis_the_page_says_so_and_has_all_else(look, user, model):
    answered(user, model, 0)

    found = look()

    assert "Redis cannot be reached." in text(found["Queue and workers now"])
    assert rows(found["Predictions"])["Predictions"] == ["1", "1", "1"]


def test_an_empty_service_says_that_nothing_is_there_yet(page_for, staff, db):
    page = text(page_for(staff).get("/admin/").content.decode())

    for sentence in (
        "Nobody has sent a picture in these 30 days.",
        "No new picture was answered in these 30 days.",
        "No picture has failed in these 30 days.",
        "Nobody has said in these 30 days whether an answer was right.",
        "Nobody has corrected an answer in these 30 days.",
        "No picture waits.",
    ):
        assert sentence in page
    assert "not counted yet" not in page


def test_days_that_no_worker_has_counted_are_named(page_for, staff, user, model):
    answered(user, model, 3)
    answered(user, model, 12)

    assert "11 days are not counted yet" in text(page_for(staff).get("/admin/").content.decode())


@pytest.mark.parametrize("permission", PERMISSIONS)
def test_a_viewer_sees_what_their_permission_opens(page_for, staff_with, user, model, permission):
    answered(user, model, 0)
    html = page_for(staff_with(permission)).get("/admin/").content.decode()

    assert set(sections(html)) == PERMISSIONS[permission]


def test_staff_without_permissions_see_no_figures(page_for, make_user):
    html = page_for(make_user("new@example.com", is_staff=True)).get("/admin/").content.decode()

    assert sections(html) == {}


def test_the_page_of_an_app_has_no_figures(page_for, staff, model):
    assert sections(page_for(staff).get("/admin/feedback/").content.decode()) == {}


def test_the_page_costs_few_statements_and_fewer_within_a_minute(
    page_for, staff, user, model, django_assert_num_queries
):
    for days_ago in range(29):
        prediction = answered(user, model, days_ago)
        said(prediction, days_ago, correct=bool(days_ago % 2))
        failed(user, model, days_ago, f"reason {days_ago}")
        days.finish_now_and_then()
    desk = page_for(staff)
    desk.get("/admin/")
    cache.clear()
    # Session and person; finished days, today and its times; people; failures; feedback and its
    # versions; disk; this person's latest actions.
    with django_assert_num_queries(11):
        desk.get("/admin/")
    with django_assert_num_queries(3):
        desk.get("/admin/")


def test_what_was_looked_at_is_said_where_there_is_more(look, user, model, monkeypatch):
    monkeypatch.setattr(figures, "FAILURES", 2)
    monkeypatch.setattr(figures, "JUDGED", 2)
    for days_ago in range(3):
        failed(user, model, days_ago, "damaged")
        said(answered(user, model, days_ago), days_ago, correct=False)

    found = look()

    assert "Of the latest 2 failures; there are more." in text(found["Failures"])
    assert rows(found["Failures"])["damaged"] == ["1", "2", "2"]
    assert "Of the latest 2 verdicts; there are more." in text(found["Feedback by version"])


def test_figures_are_in_the_language_of_the_viewer(look, user, model):
    said(answered(user, model, 0), 0, correct=False, label="espresso")

    found = look(accept_language="es")

    assert rows(found["Clases más corregidas"])["taza imagenet"][0] == "café expreso"
