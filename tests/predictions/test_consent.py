"""Whether a picture may be used to improve the service: asked at upload, no unless said."""

import pytest

from predictions import consent
from predictions.models import Image, Prediction
from tests.pictures import photograph, picture

AGREED = {"may_improve_service": "on"}


def said() -> list[bool]:
    return list(Prediction.objects.order_by("created_at").values_list("may_improve", flat=True))


def box(page) -> str:
    html = page.get("/").content.decode()
    return html.partition('name="may_improve_service"')[2].partition(">")[0].strip()


def test_nobody_has_agreed_who_says_nothing(page, model):
    page.post("/history/cards", {"file": photograph()})
    assert said() == [False]
    assert box(page) == ""


def test_who_ticks_the_box_has_agreed_and_it_stays_ticked(page, model):
    page.post("/history/cards", {"file": photograph(), **AGREED})
    assert box(page) == "checked"
    page.post("/history/cards", {"file": photograph(), **AGREED})  # a picture that is known
    assert said() == [True, True]
    page.post("/history/cards", {"file": photograph()})
    assert box(page) == ""


def test_a_picture_sent_again_to_a_new_version_keeps_what_was_said(page, user, ask):
    asked = ask(user)
    Prediction.objects.update(may_improve=True)
    page.post(f"/history/{asked.pk}/again")
    assert said() == [True, True]
    assert box(page) == ""


def test_a_person_changes_their_mind_on_the_page_of_the_picture(page, user, make_user, ask):
    asked, again = ask(user), ask(user)
    ask(make_user("grace@example.com"))
    address = f"/history/{asked.pk}"
    assert "This picture is not used to improve the service." in page.get(address).content.decode()
    page.post(f"{address}/consent", AGREED)
    assert said() == [True, True, False]
    html = page.get(f"/history/{again.pk}").content.decode()
    assert "You agreed that this picture may be used" in html
    page.post(f"{address}/consent")
    assert said() == [False, False, False]


def test_nobody_is_asked_where_it_is_given_by_other_means(page, model, settings):
    settings.DATA_SET_CONSENT = "given"
    assert "may_improve_service" not in page.get("/").content.decode()


@pytest.mark.parametrize("path", ["/model/predict", "/model/predictions"])
def test_programs_say_it_in_the_address_or_the_form(api, model, path):
    def send(query="", **form):
        body = {"file": picture(), **form}
        return api.post(path + query, body, format="multipart", HTTP_PREFER="respond-async")

    for query, form in (("", {}), ("?may_improve_service=true", {}), ("", AGREED)):
        assert send(query, **form).status_code == 202
    assert said() == [False, True, True]
    listed = [each["may_improve_service"] for each in api.get("/model/predictions").json()]
    assert listed == [True, True, False]
    refused = send("?may_improve_service=maybe")
    assert (refused.status_code, list(refused.json())) == (400, ["may_improve_service"])


def test_a_picture_is_withheld_until_all_who_sent_it_agree(user, make_user, ask, settings):
    ask(user, answered=False)
    withheld = Image.objects.filter(consent.withheld())
    assert withheld.exists()
    settings.DATA_SET_CONSENT = "given"
    assert not Image.objects.filter(consent.withheld()).exists()
    settings.DATA_SET_CONSENT = "ask"
    Prediction.objects.update(may_improve=True)
    assert not withheld.all().exists()
    ask(make_user("grace@example.com"), answered=False)
    assert withheld.all().exists()
    Prediction.objects.filter(may_improve=False).move_to_trash()
    assert not withheld.all().exists()


def test_nobody_has_sent_what_everybody_has_deleted(user, ask):
    ask(user, answered=False)
    assert Image.objects.filter(consent.sent()).exists()
    Prediction.objects.all().move_to_trash()
    assert not Image.objects.filter(consent.sent()).exists()
