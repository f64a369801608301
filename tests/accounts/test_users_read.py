import pytest


@pytest.mark.parametrize("path", ["/users/me", "/users/me/", "/users/{}", "/users/{}/", "/user/{}"])
def test_people_see_themselves(api, user, path):
    response = api.get(path.format(user.pk))

    assert response.status_code == 200
    assert response.json()["email"] == user.email
    assert set(response.json()) == {"id", "email", "username", "created_at"}


def test_another_person_is_a_404_like_a_missing_one(api, make_user):
    grace = make_user("grace@example.com")

    strangers, nobodys = api.get(f"/users/{grace.pk}"), api.get("/users/999999999999999999999")

    assert strangers.status_code == nobodys.status_code == 404
    assert strangers.json() == nobodys.json()


def test_staff_see_anyone(api_for, staff, user):
    assert api_for(staff).get(f"/users/{user.pk}").json()["email"] == user.email


@pytest.mark.parametrize("path", ["/users", "/users/me", "/users/1", "/user/", "/user/1"])
def test_reading_requires_a_token(anonymous, db, path):
    response = anonymous.get(path)

    assert response.status_code == 401
    assert response["WWW-Authenticate"] == "Bearer"
    assert response.json()["detail"] == "Authentication credentials were not provided."
