import re

import pytest

from feedback.models import Feedback


@pytest.fixture
def note():
    def note(user, text="right"):
        return Feedback.objects.create(
            user=user,
            feedback=text,
            score=0.9,
            predicted_class="espresso",
            image_file_name="0a7c757a80f2c5b13fa7a2a47a683593.jpeg",
        )

    return note


def ids(response):
    assert response.status_code == 200
    return [record["id"] for record in response.json()]


@pytest.mark.parametrize("path", ["/feedback", "/feedback/"])
def test_the_list_has_only_ones_own_feedback_newest_first(api, user, make_user, note, path):
    first, _, second = note(user), note(make_user("grace@example.com")), note(user)

    assert ids(api.get(path)) == [second.pk, first.pk]


@pytest.mark.parametrize("right", ["feedback.view_feedback", "feedback.change_feedback"])
def test_staff_who_may_view_feedback_see_everyones(api_for, staff_with, user, note, right):
    reviewer = staff_with(right)
    hers, own = note(user), note(reviewer)

    assert ids(api_for(reviewer).get("/feedback")) == [own.pk, hers.pk]


def test_other_staff_see_their_own(api_for, staff_with, user, note):
    clerk = staff_with("accounts.view_user")
    _, own = note(user), note(clerk)

    assert ids(api_for(clerk).get("/feedback")) == [own.pk]


def test_following_the_links_lists_everything_once(api, user, note):
    expected = [note(user).pk for _ in range(7)][::-1]

    seen, page = [], "/feedback?limit=3"
    while page:
        response = api.get(page)
        assert len(ids(response)) <= 3
        seen += ids(response)
        link = re.fullmatch(r'<(.+)>; rel="next"', response.headers.get("Link", ""))
        page = link and link[1]

    assert seen == expected


def test_the_list_requires_a_token(anonymous, db):
    response = anonymous.get("/feedback")

    assert response.status_code == 401
    assert response["WWW-Authenticate"] == "Bearer"


def test_feedback_is_kept_when_its_picture_is_deleted(api, user, ask, note):
    prediction = ask(user)
    record = note(user)
    Feedback.objects.update(prediction=prediction)

    assert api.delete(f"/model/predictions/{prediction.pk}").status_code == 204
    assert ids(api.get("/feedback")) == [record.pk]
    assert api.get("/feedback").json()[0]["prediction_id"] is None
