import pytest

from accounts.models import User


@pytest.mark.parametrize("path", ["/users/{}", "/users/{}/", "/user/{}"])
def test_people_change_their_own_name(api, user, path):
    response = api.patch(path.format(user.pk), {"username": "Ada Lovelace"})

    assert response.status_code == 200
    assert response.json()["username"] == "Ada Lovelace"
    user.refresh_from_db()
    assert user.username == "Ada Lovelace"


def test_name_is_accepted_for_username(api, user):
    assert api.patch(f"/users/{user.pk}", {"name": "Countess"}).json()["username"] == "Countess"


def test_a_new_password_revokes_every_token_and_signs_in(api_for, ada, login, password):
    api, old = api_for(ada), login().json()
    change = {"password": "battery staple", "current_password": password}
    response = api.patch(f"/users/{ada.pk}", change)

    assert response.status_code == 200
    assert "password" not in response.json()
    assert api.get("/users/me").status_code == 401
    refresh = api.post("/login/refresh", {"refresh_token": old["refresh_token"]})
    assert refresh.status_code == 401
    assert login(password=password).status_code == 401
    assert login(password="battery staple").status_code == 200


def test_a_new_email_signs_in_case_insensitively(api_for, ada, login, password):
    change = {"email": "Countess@Example.com", "current_password": password}
    response = api_for(ada).patch(f"/users/{ada.pk}", change)

    assert response.json()["email"] == "countess@example.com"
    assert login("COUNTESS@example.com").status_code == 200
    assert login("ada@example.com").status_code == 401


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"email": "GRACE@example.com"}, "email"),
        ({"email": "nonsense"}, "email"),
        ({"password": "short"}, "password"),
        ({"password": "password1"}, "password"),
        ({"username": ""}, "username"),
    ],
)
def test_what_signup_refuses_is_refused_here_too(api, user, make_user, change, field):
    make_user("grace@example.com")

    response = api.patch(f"/users/{user.pk}", change)

    assert response.status_code == 400
    assert list(response.json()) == [field]


def test_ones_own_email_in_another_case_is_not_taken(api_for, ada, password):
    change = {"email": ada.email.upper(), "current_password": password}
    assert api_for(ada).patch(f"/users/{ada.pk}", change).status_code == 200


def test_people_cannot_make_themselves_staff(api, user):
    change = {"is_staff": True, "is_superuser": True, "is_active": False}

    assert api.patch(f"/users/{user.pk}", change).status_code == 200
    user.refresh_from_db()
    assert (user.is_staff, user.is_superuser, user.is_active) == (False, False, True)


def test_staff_change_anyone(api_for, staff, user):
    response = api_for(staff).patch(f"/users/{user.pk}", {"username": "Countess"})

    assert response.json()["username"] == "Countess"


def test_changing_another_person_is_a_404(api, make_user):
    grace = make_user("grace@example.com")

    response = api.patch(f"/users/{grace.pk}", {"username": "Mallory"})

    assert response.status_code == 404
    assert User.objects.get(pk=grace.pk).username == "grace"


def test_changing_requires_a_token(anonymous, user):
    response = anonymous.patch(f"/users/{user.pk}", {"username": "Mallory"})

    assert response.status_code == 401
    assert response["WWW-Authenticate"] == "Bearer"
