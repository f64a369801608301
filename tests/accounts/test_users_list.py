import base64
import re
from datetime import UTC, datetime

import pytest

from accounts.models import User


@pytest.fixture
def staff_api(api_for, staff):
    return api_for(staff)


def make_users(count, name="user"):
    User.objects.bulk_create(
        User(email=f"{name}{number}@example.com", password="!") for number in range(count)
    )


def ids(response):
    assert response.status_code == 200
    return [user["id"] for user in response.json()]


def next_page(response):
    """The address in `Link: <…>; rel="next"`, or None."""
    found = re.fullmatch(r'<(.+)>; rel="next"', response.headers.get("Link", ""))
    return found and found[1]


@pytest.mark.parametrize("path", ["/users", "/users/", "/user/"])
def test_staff_see_everybody_newest_first(staff_api, staff, user, path):
    response = staff_api.get(path)

    assert ids(response) == [user.pk, staff.pk]
    assert "Link" not in response


def test_the_list_requires_staff(api):
    response = api.get("/users")

    assert response.status_code == 403
    assert list(response.json()) == ["detail", "code"]


def test_a_page_has_100_people_by_default_and_500_at_most(staff_api):
    make_users(510)

    assert len(ids(staff_api.get("/users"))) == 100
    assert len(ids(staff_api.get("/users?limit=7"))) == 7
    assert len(ids(staff_api.get("/users?limit=100000"))) == 500


def test_following_the_links_lists_everybody_once(staff_api):
    """Also over people made in the same moment, and while new ones come."""
    make_users(20)
    User.objects.update(created_at=datetime(2026, 1, 1, tzinfo=UTC))
    make_users(5, "new")
    expected = list(User.objects.order_by("-created_at", "-id").values_list("pk", flat=True))

    seen, page = [], "/users?limit=4"
    while page:
        response = staff_api.get(page)
        seen += ids(response)
        page = next_page(response)
        make_users(1, f"late{len(seen)}")

    assert seen == expected


@pytest.mark.parametrize("cursor", ["garbage", "%00", "p=never", "p=%00", "o=x", "o=99999999999"])
@pytest.mark.parametrize("encode", [str, lambda text: base64.b64encode(text.encode()).decode()])
def test_a_made_up_cursor_is_refused(staff_api, user, cursor, encode):
    response = staff_api.get("/users", {"cursor": encode(cursor)})

    assert response.status_code in (200, 404)
    assert response["Content-Type"] == "application/json"


@pytest.mark.parametrize(
    "limit", ["0", "-1", "many", "", "null", "2.0", "1e2", "+2", "1_0", "٢", "9" * 5000, "\x00"]
)
def test_an_invalid_limit_is_refused(staff_api, limit):
    response = staff_api.get("/users", {"limit": limit})

    assert response.status_code == 400
    assert response.json() == {"limit": ["A whole number is required, 1 or more."]}
