"""Exports, pictures opened by staff and changes of the current model are recorded once each."""

import pytest
from django.core.management import call_command

from accounts.audit import Action
from tests.predictions.versions import promote, version_like


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/history/export.csv", "csv"),
        ("/history/export.json", "json"),
        ("/accounts/export.zip", "zip"),
    ],
)
def test_an_export_is_recorded(page, user, ask, logged, path, kind):
    ask(user)
    assert b"".join(page.get(path).streaming_content)
    [event] = logged(Action.EXPORTED)
    assert event.actor_id == user.pk
    assert event.is_to_oneself()
    assert event.address == "127.0.0.1"
    assert event.detail == {"format": kind}


class TestPicture:
    @pytest.fixture
    def image(self, ask, user, make_user):
        ask(make_user("grace@example.com"))
        ask(user)
        return ask(user).image

    def test_a_picture_that_staff_open_is_recorded(self, page_for, staff, image, logged):
        response = page_for(staff).get(f"/admin/predictions/image/{image.pk}/picture")
        assert b"".join(response.streaming_content)
        [event] = logged(Action.PICTURE_OPENED)
        assert event.actor_id == staff.pk
        assert (event.target_type, event.target_id) == ("predictions.image", str(image.pk))
        assert event.target_text == str(image)
        assert event.detail == {"of": ["ada@example.com", "grace@example.com"]}

    def test_a_refused_attempt_to_open_a_picture_is_not_recorded(self, page, image, logged):
        assert page.get(f"/admin/predictions/image/{image.pk}/picture").status_code != 200
        assert logged(Action.PICTURE_OPENED) == []


class TestModel:
    @pytest.fixture
    def newer(self, model):
        return version_like(model, "newer-f32")

    def test_a_version_that_staff_promote_is_recorded(self, page_for, staff, model, newer, logged):
        form = {"seen": model.classifier.revision, "reason": "better"}
        address = f"/admin/predictions/modelversion/{newer.pk}/roles/promote/"
        page_for(staff).post(address, form)
        event = logged(Action.MODEL_ROLE_CHANGED)[-1]
        assert event.actor_id == staff.pk
        assert (event.target_id, event.target_text) == (str(newer.pk), str(newer))
        assert (event.detail["from"], event.detail["to"]) == ("retired", "champion")
        assert event.detail["champion_before"] == str(model)

    def test_a_version_promoted_on_the_command_line_is_recorded(self, model, newer, logged):
        promote(newer)
        call_command("prepare_model", model.name, promote=True)
        event = logged(Action.MODEL_ROLE_CHANGED)[-1]
        assert (event.actor_email, event.address) == ("", "")
        assert event.target_text == str(model)
        assert event.detail["champion_before"] == str(newer)

    def test_promoting_the_champion_is_not_recorded(self, model, newer, logged):
        before = len(logged())
        promote(model)
        call_command("prepare_model", model.name)
        assert len(logged()) == before
