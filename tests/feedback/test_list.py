import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from feedback.models import Feedback
from feedback.partitions.months import TABLE, tables_of
from tests.plans import rows_read


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


@pytest.fixture
def many(user, make_user):
    """Thousands, the first of which are the user's, and what the planner has to know of them."""
    grace = make_user("grace@example.com")
    Feedback.objects.bulk_create(
        Feedback(user=user if n < 200 else grace, score=0.9, predicted_class="espresso")
        for n in range(4000)
    )
    with connection.cursor() as cursor:
        cursor.execute(f"ANALYZE {TABLE}")
        return {TABLE, *tables_of(cursor)}


@pytest.mark.parametrize(("whose", "most"), [("everyones", 21), ("ones_own", 200)])
def test_a_page_reads_few_rows_of_many(api_for, staff_with, user, many, whose, most):
    """The newest in order; or a person's own, whichever way is shorter, and nobody else's."""
    reader = user if whose == "ones_own" else staff_with("feedback.view_feedback")
    with CaptureQueriesContext(connection) as asked:
        first = api_for(reader).get("/feedback?limit=20")
        [link] = re.findall("<(.+)>", first["Link"])
        assert len(ids(first)) == len(ids(api_for(reader).get(link))) == 20
    lists = [query["sql"] for query in asked.captured_queries if f'FROM "{TABLE}"' in query["sql"]]
    assert len(lists) == 2
    for statement in lists:
        assert 0 < rows_read(statement, many) <= most
