"""What staff may do to people over the API: what Django's permissions let them do in the admin."""

import pytest

from accounts.models import User

pytestmark = pytest.mark.django_db
DENIED = "You do not have permission to perform this action."


@pytest.fixture
def clerk(staff_with):
    """Staff who may do everything to people, but are no superuser."""
    return staff_with("accounts.view_user", "accounts.change_user", "accounts.delete_user")


@pytest.fixture
def boss(make_user):
    return make_user("boss@example.com", is_staff=True, is_superuser=True)


def test_staff_without_permissions_have_no_access_to_others(api_for, staff_with, user):
    api = api_for(staff_with())
    assert api.get("/users").status_code == 403
    assert api.get(f"/users/{user.pk}").status_code == 404
    taken_over = {"email": "mallory@example.com", "password": "correct horse"}
    assert api.patch(f"/users/{user.pk}", taken_over).status_code == 404
    assert api.delete(f"/users/{user.pk}").status_code == 404
    user.refresh_from_db()
    assert user.email == "ada@example.com"
    assert not user.check_password("correct horse")


@pytest.mark.parametrize("right", ["accounts.view_user", "accounts.change_user"])
def test_permission_to_view_or_change_allows_viewing_as_in_the_admin(
    api_for, page_for, staff_with, user, right
):
    viewer = staff_with(right)
    assert page_for(viewer).get("/admin/accounts/user/").status_code == 200
    assert len(api_for(viewer).get("/users").json()) == 2
    assert api_for(viewer).get(f"/users/{user.pk}").json()["email"] == user.email


@pytest.mark.parametrize("method", ["patch", "delete"])
def test_permission_to_view_does_not_allow_changes(api_for, staff_with, user, method):
    viewer = staff_with("accounts.view_user")
    answer = getattr(api_for(viewer), method)(f"/users/{user.pk}", {"username": "Mallory"})
    assert (answer.status_code, answer.json()["detail"]) == (403, DENIED)
    user.refresh_from_db()
    assert user.username == "ada"


def test_permission_to_change_does_not_allow_deletion(api_for, staff_with, user):
    api = api_for(staff_with("accounts.change_user"))
    assert api.delete(f"/users/{user.pk}").status_code == 403
    changed = api.patch(f"/users/{user.pk}", {"username": "Countess"})
    assert changed.json()["username"] == "Countess"


def test_permission_to_delete_does_not_require_viewing(api_for, staff_with, user):
    api = api_for(staff_with("accounts.delete_user"))
    assert api.get("/users").status_code == 403
    assert api.get(f"/users/{user.pk}").status_code == 404
    assert api.patch(f"/users/{user.pk}", {"username": "A"}).status_code == 404
    assert api.delete(f"/users/{user.pk}").status_code == 204
    assert not User.objects.filter(pk=user.pk).exists()


def test_a_missing_person_is_a_404(api_for, clerk):
    assert api_for(clerk).delete("/users/999999999").status_code == 404


def test_permissions_require_being_staff(api_for, staff_with, user):
    former = staff_with("accounts.view_user")
    User.objects.filter(pk=former.pk).update(is_staff=False)
    assert api_for(former).get("/users").status_code == 403
    assert api_for(former).get(f"/users/{user.pk}").status_code == 404


@pytest.mark.parametrize("above", [{"is_superuser": True}, {}])
@pytest.mark.parametrize("method", ["patch", "delete"])
def test_only_superusers_can_change_or_delete_other_staff(api_for, clerk, make_user, method, above):
    """Whose password would give the clerk those people's rights."""
    other = make_user("other@example.com", is_staff=True, **above)
    sent = {"password": "correct horse"}
    assert getattr(api_for(clerk), method)(f"/users/{other.pk}", sent).status_code == 403
    other.refresh_from_db()
    assert not other.check_password("correct horse")


def test_staff_may_change_themselves(api_for, staff_with):
    nobody = staff_with()
    assert api_for(nobody).patch(f"/users/{nobody.pk}", {"username": "C"}).status_code == 200


def test_a_superuser_may_change_another(api_for, boss, staff):
    assert api_for(boss).patch(f"/users/{staff.pk}", {"username": "S"}).status_code == 200
