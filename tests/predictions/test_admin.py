"""The admin, as staff use it: every list and page, with data, every filter, search and action."""

import hashlib
import re
from datetime import timedelta
from uuid import uuid4

import pytest
from django.contrib.auth.models import Permission
from django.core.files.uploadedfile import SimpleUploadedFile

from feedback.models import Feedback
from predictions.classifiers import Classifier, ModelVersion, RoleChange
from predictions.models import Image, Inference, Prediction
from tests.pictures import IMAGES
from tests.predictions.client import predict

LISTS = {
    "image": Image,
    "classifier": Classifier,
    "modelversion": ModelVersion,
    "rolechange": RoleChange,
    "inference": Inference,
    "prediction": Prediction,
    "feedback": Feedback,
}


def address(name, what=""):
    app = "feedback" if name == "feedback" else "predictions"
    return f"/admin/{app}/{name}/{what}"


@pytest.fixture
def desk(page_for, staff):
    return page_for(staff)


@pytest.fixture
def data(user, ask):
    """An answer, a picture that waits, one that failed, and what was said of them."""
    coffee, cat, rocket = (
        ask(user),
        ask(user, "chelsea.png", answered=False),
        ask(user, "rocket.jpg"),
    )
    Inference.objects.filter(pk=rocket.inference_id).update(status="failed", error="damaged")
    for prediction, correct in ((coffee, True), (cat, False), (None, None)):
        Feedback.objects.create(
            user=user,
            prediction=prediction,
            correct=correct,
            feedback="words",
            predicted_class="espresso",
            score=0.5,
            image_file_name="coffee.png",
        )
    return coffee


@pytest.fixture
def many(user, ask):
    """Twenty pictures with an answer and feedback each."""
    model = ask(user).inference.model_version
    for number in range(20):
        digest = hashlib.sha256(str(number).encode()).hexdigest()
        image = Image.objects.create(
            sha256=digest, md5=digest[:32], format="PNG", width=1, height=1, size=1, file=digest
        )
        inference = Inference.objects.create(
            image=image, model_version=model, status="done", label=f"label{number}", score=0.5
        )
        prediction = Prediction.objects.create(
            user=user, image=image, inference=inference, file_name=f"{number}.png"
        )
        Feedback.objects.create(
            user=user, prediction=prediction, predicted_class="x", score=0.5, image_file_name="x"
        )


@pytest.mark.parametrize("name", LISTS)
def test_every_list_and_every_row_opens(desk, data, name):
    assert desk.get(address(name)).status_code == 200
    for row in LISTS[name].objects.all():
        assert desk.get(address(name, f"{row.pk}/change/")).status_code == 200


@pytest.mark.parametrize("name", LISTS)
def test_every_value_of_every_filter_opens(desk, data, name):
    changelist = desk.get(address(name)).context["cl"]
    assert changelist.filter_specs
    for spec in changelist.filter_specs:
        for choice in spec.choices(changelist):
            response = desk.get(address(name) + choice["query_string"])
            assert response.status_code == 200, (spec.title, choice)


@pytest.mark.parametrize(
    ("name", "query", "found"),
    [
        ("prediction", "inference__status__exact=done", ["coffee.png"]),
        ("prediction", "inference__status__exact=failed", ["rocket.jpg"]),
        ("prediction", "inference__label=espresso", ["coffee.png"]),
        ("prediction", "q=espresso", ["coffee.png"]),
        ("prediction", "q=chelsea", ["chelsea.png"]),
        ("prediction", "q=nobody@example.com", []),
        ("inference", "q=damaged", ["missile"]),
        ("inference", "status__exact=queued", ["waiting"]),
        ("feedback", "q=words&correct__exact=1", ["right: words"]),
    ],
)
def test_filters_and_search_find_the_matching_rows(desk, data, name, query, found):
    rows = desk.get(f"{address(name)}?{query}").context["cl"].result_list
    shown = [f"right: {row}" if name == "feedback" and row.correct else str(row) for row in rows]
    assert shown == found


@pytest.mark.parametrize(
    ("score", "key"), [(0.95, "sure"), (0.9, "sure"), (0.5, "likely"), (0.1, "unsure")]
)
def test_scores_are_filtered_in_three_steps(desk, user, ask, score, key):
    ask(user)
    Inference.objects.update(score=score)
    for name in ("inference", "prediction"):
        for other in ("sure", "likely", "unsure"):
            rows = desk.get(f"{address(name)}?score={other}").context["cl"].result_count
            assert rows == (other == key)


@pytest.mark.parametrize("name", LISTS)
def test_every_list_opens_with_a_search(desk, data, name):
    assert desk.get(address(name) + "?q=coffee").status_code == 200


@pytest.mark.parametrize("name", LISTS)
def test_the_number_of_queries_does_not_grow_with_the_rows(
    desk, many, name, django_assert_max_num_queries
):
    with django_assert_max_num_queries(14):
        desk.get(address(name))


def test_lists_show_the_picture_of_each_row(desk, data):
    src = f"/admin/predictions/image/{data.image_id}/picture"
    for name in ("image", "inference", "prediction", "feedback"):
        assert src in desk.get(address(name)).content.decode()
    response = desk.get(src)
    assert b"".join(response) == (IMAGES / "coffee.png").read_bytes()
    assert response["Content-Type"] == "image/png"


def test_a_prediction_says_how_long_its_person_waited(desk, user, ask):
    waited = ask(user)
    waited.inference.finished_at = waited.created_at + timedelta(milliseconds=60)
    waited.inference.save()
    known = ask(user)

    def field(prediction):
        page = desk.get(f"{address('prediction')}{prediction.pk}/change/").content.decode()
        after = page.partition("From the request to the answer:")[2]
        return re.sub(r"<[^>]+>", " ", after).split()[:2]

    assert field(waited) == ["60", "ms"]
    assert known.cached and field(known)[0] == "–"


@pytest.mark.parametrize(("right", "status"), [(None, 403), ("view_feedback", 200)])
def test_staff_see_a_picture_if_they_may_view_a_list_that_shows_it(
    page_for, make_user, data, right, status
):
    clerk = make_user("clerk@example.com", is_staff=True)
    clerk.user_permissions.set(Permission.objects.filter(codename=right))
    response = page_for(clerk).get(address("image", f"{data.image_id}/picture"))
    assert response.status_code == status


def test_visitors_who_are_not_staff_are_sent_to_sign_in(page, client, data):
    for browser in (page, client):
        for path in ("/admin/", address("image"), address("image", f"{data.image_id}/picture")):
            response = browser.get(path)
            assert response.status_code == 302
            assert "login" in response["Location"]


@pytest.mark.parametrize("name", ["image", "modelversion", "rolechange", "inference", "prediction"])
def test_rows_made_by_the_service_cannot_be_added_or_changed(desk, data, name):
    assert desk.get(address(name, "add/")).status_code == 403
    row = LISTS[name].objects.first()
    assert desk.post(address(name, f"{row.pk}/change/"), {"label": "x"}).status_code == 403


def test_a_prediction_can_be_deleted_with_its_picture(
    desk, data, media, django_capture_on_commit_callbacks
):
    path = address("prediction", f"{data.pk}/delete/")
    assert desk.get(path).status_code == 200
    with django_capture_on_commit_callbacks(execute=True):
        assert desk.post(path, {"post": "yes"}).status_code == 302
    assert not Prediction.objects.filter(pk=data.pk).exists()
    assert not Image.objects.filter(pk=data.image_id).exists()


@pytest.mark.parametrize("name", ["image", "classifier", "rolechange", "inference"])
def test_rows_that_predictions_depend_on_cannot_be_deleted(desk, data, name):
    row = LISTS[name].objects.first()
    assert desk.post(address(name, f"{row.pk}/delete/"), {"post": "yes"}).status_code == 403


class TestQueue:
    """django-rq's pages, under the same sign-in."""

    PAGES = [
        *("", "queues/0/", "queues/0/details/", "queues/0/finished/", "queues/0/failed/"),
        *("queues/0/started/", "queues/0/scheduled/", "queues/0/deferred/", "workers/0/"),
    ]

    @pytest.mark.parametrize("page_name", PAGES)
    def test_every_queue_page_opens(self, desk, api, page_name, worker):
        predict(api)
        response = desk.get(f"/admin/django_rq/dashboard/{page_name}")
        assert response.status_code == 200
        assert b"predictions" in response.content

    def test_a_failed_job_links_to_its_reason(self, desk, api, worker):
        content = (IMAGES / "rocket.jpg").read_bytes()[:20_000]
        predict(api, SimpleUploadedFile("rocket.jpg", content))
        job_id = str(Inference.objects.get().job_id)
        path = f"/admin/django_rq/dashboard/queues/1/{job_id}/"
        assert path in desk.get("/admin/django_rq/dashboard/queues/1/failed/").content.decode()
        job = desk.get(path).content.decode()
        result = desk.get(re.search(rf"{path}results/[^/]+/", job)[0]).content.decode()
        assert "UnreadableImage" in result

    @pytest.mark.parametrize("page_name", PAGES)
    def test_visitors_who_are_not_staff_are_sent_to_sign_in(self, page, page_name):
        response = page.get(f"/admin/django_rq/dashboard/{page_name}")
        assert response.status_code == 302
        assert "login" in response["Location"]


def test_the_admin_index_links_to_every_list_and_to_the_queues(desk):
    html = desk.get("/admin/").content.decode()
    for link in (*(address(name) for name in LISTS), "/admin/django_rq/dashboard/"):
        assert link in html
    assert "Queues and jobs" in html and "Django-RQ" not in html
    assert desk.get(address("prediction", f"{uuid4()}/change/"), follow=True).status_code == 200
