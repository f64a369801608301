from io import StringIO

import pytest
import requests
from django.core.management import CommandError, call_command
from rest_framework.parsers import MultiPartParser

from accounts.services import issue_tokens
from accounts.tokens import issue
from classifier_site.operations.maintenance import state
from classifier_site.operations.maintenance.models import DEFAULT_MESSAGE, Maintenance
from foundation.web.routes import takes_uploads
from predictions.models import Image, Prediction
from tests.pictures import upload
from tests.predictions.client import predict
from tests.prometheus import Figures
from tests.site.doors.routes import routes, view_class

pytestmark = pytest.mark.django_db
MOVING = "The disk is being moved. Back at 18:00 UTC."
REFUSED = {"detail": MOVING, "code": "maintenance"}


def maintenance(*arguments):
    out = StringIO()
    call_command("maintenance", *arguments, stdout=out)
    return out.getvalue()


@pytest.fixture
def moving(model):
    state.begin(MOVING)


def test_the_api_refuses_pictures_with_the_message_and_keeps_nothing(api, moving):
    response = predict(api)
    assert response.status_code == 503
    assert response.json() == REFUSED
    assert response["Retry-After"] == "60"
    with upload("coffee.png") as file:
        many = api.post("/model/predictions/", {"file": file}, format="multipart")
    assert (many.status_code, many.json()) == (503, REFUSED)
    assert not Prediction.objects.exists() and not Image.objects.exists()


def test_api_tokens_and_staff_are_refused_too(api_for, anonymous, staff, moving):
    assert predict(api_for(staff)).status_code == 503
    secret = issue(staff, "script", ["predict"], None)
    anonymous.credentials(HTTP_AUTHORIZATION=f"Bearer {secret}")
    assert predict(anonymous).status_code == 503


def test_pages_refuse_pictures_with_the_message(page, moving):
    with upload("coffee.png") as file:
        form = page.post("/", {"file": file})
    assert form.status_code == 503 and MOVING in form.content.decode()
    with upload("coffee.png") as file:
        card = page.post("/history/cards", {"file": file}, headers={"Accept": "text/plain"})
    assert (card.status_code, card.content.decode()) == (503, MOVING)
    assert card["Retry-After"] == "60"  # by which the page sends it again
    assert not Prediction.objects.exists()


def test_reading_works_and_pages_say_what_is_going_on(api, page, ask, user, client):
    prediction = ask(user)
    state.begin(MOVING)
    assert api.get(f"/model/predictions/{prediction.pk}").status_code == 200
    assert api.get(f"/model/predictions/{prediction.pk}/image").status_code == 200
    for browser, path in (
        (page, "/"),
        (page, "/history"),
        (client, "/"),
        (client, "/accounts/login"),
    ):
        shown = browser.get(path)
        assert shown.status_code == 200 and MOVING in shown.content.decode()


def test_the_admin_says_it_too(page_for, staff, moving):
    assert MOVING in page_for(staff).get("/admin/").content.decode()


def test_other_changes_still_work(api, ask, user):
    prediction = ask(user)
    state.begin("")
    said = api.post(f"/model/predictions/{prediction.pk}/feedback", {"correct": True})
    assert said.status_code == 201
    assert api.delete(f"/model/predictions/{prediction.pk}").status_code == 204


def test_without_a_message_there_is_one_in_the_language_of_the_page(api, page, model):
    state.begin("")
    assert predict(api).json()["detail"] == DEFAULT_MESSAGE
    shown = page.get("/", headers={"Accept-Language": "es"}).content.decode()
    assert "mantenimiento" in shown and DEFAULT_MESSAGE not in shown


def test_after_it_pictures_are_accepted(api, page, moving):
    assert state.end()
    assert predict(api, prefer="respond-async").status_code == 202
    assert MOVING not in page.get("/").content.decode()


def test_every_endpoint_for_files_takes_part():
    for_files = [
        view
        for _route, view in routes()
        if MultiPartParser in vars(view_class(view) or object).get("parser_classes", [])
    ]
    assert len(for_files) >= 5
    assert all(map(takes_uploads, for_files))


def test_it_is_in_the_metrics_and_in_the_health(client, transactional_db):
    def figure():
        return Figures(client.get("/metrics").content.decode()).of("classifier_maintenance")

    assert figure() == 0
    state.begin(MOVING)
    assert figure() == 1
    assert client.get("/health").json()["detail"] in (
        f"Uploads are refused: {MOVING}",
        "No worker is running.",
    )


def test_the_command_begins_changes_and_ends_it(logged):
    assert maintenance() == "No maintenance.\n"
    assert maintenance("off") == "There was no maintenance.\n"
    assert "Uploads are refused now." in maintenance("on", "--message", f" {MOVING}\n")
    assert maintenance().endswith(f"UTC: {MOVING}\n")
    assert maintenance("off") == "Uploads are accepted again.\n"
    events = logged("maintenance_began", "maintenance_ended")
    assert [(event.action, event.detail) for event in events] == [
        ("maintenance_began", {"message": MOVING}),
        ("maintenance_ended", {}),
    ]


@pytest.mark.parametrize(
    "arguments", [("on", "--message", "x" * 501), ("off", "--message", "x"), ("--message", "x")]
)
def test_wrong_arguments_are_refused(arguments):
    with pytest.raises(CommandError, match="message"):
        maintenance(*arguments)
    assert not Maintenance.objects.exists()


def test_a_process_asks_the_database_once_a_second(monkeypatch, django_assert_num_queries):
    monkeypatch.setattr(state, "_known", state.Known(float("-inf"), None))
    with django_assert_num_queries(1):
        assert [state.current() for _ in range(50)] == [None] * 50


@pytest.mark.django_db(transaction=True)
def test_all_web_processes_refuse_when_the_command_returns_and_after_a_restart(user, model, serve):
    headers = {"Authorization": f"Bearer {issue_tokens(user).access}"}

    def send(site, times):
        statuses = set()
        for _ in range(times):  # each on a connection of its own, so that any process may answer
            with upload("coffee.png") as file:
                sent = requests.post(
                    f"{site}/model/predict", files={"file": file}, headers=headers, timeout=60
                )
            statuses.add((sent.status_code, sent.json().get("detail")))
        return statuses

    site = serve(WEB_WORKERS="2")
    for _ in range(20):
        requests.get(site, timeout=60)  # both know that there is none
    maintenance("on", "--message", MOVING)
    assert send(site, 20) == {(503, MOVING)}
    assert send(serve(), 1) == {(503, MOVING)}
