import pytest
from django.contrib.auth.models import Group, Permission

from accounts.models import User

USERS = "/admin/accounts/user/"


@pytest.fixture
def admin(page_for, staff):
    return page_for(staff)


def test_the_admin_uses_the_sites_sign_in_page(client, db):
    assert client.get("/admin/")["Location"] == "/admin/login/?next=/admin/"

    response = client.get("/admin/login/?next=/admin/")

    assert response.status_code == 302
    assert response["Location"] == "/accounts/login?next=/admin/"


def test_signing_in_returns_staff_to_the_admin(client, staff, password):
    staff.set_password(password)
    staff.save()

    form = {"username": staff.email, "password": password, "next": "/admin/"}
    response = client.post("/accounts/login", form, follow=True)

    assert response.redirect_chain == [("/admin/", 302)]
    assert "Administration" in response.content.decode()


@pytest.mark.parametrize("path", ["/admin", "/admin/"])
def test_admin_pages_answer_with_and_without_trailing_slash(admin, path):
    assert admin.get(path).status_code == 200


def test_people_who_are_not_staff_get_a_403_without_a_redirect_loop(page, log_lines):
    response = page.get("/admin/", follow=True)

    assert response.status_code == 403
    assert "The administration is for staff only." in response.content.decode()
    assert "GET /admin/login/ 403" in [line["event"] for line in log_lines()]
    assert "Traceback" not in str(log_lines())


def test_a_refusal_is_logged_without_a_traceback(page_for, staff_with, log_lines):
    clerk = page_for(staff_with("feedback.view_feedback"))

    assert clerk.get(USERS).status_code == 403
    assert any(line["event"].endswith(" 403") for line in log_lines())
    assert "Traceback" not in str(log_lines())


def test_signed_in_staff_reach_the_admin_directly(admin):
    assert admin.get("/admin/login/")["Location"] == "/admin/"


def test_people_are_listed_and_found_by_email_and_name(admin, user, make_user):
    make_user("grace@example.com")

    listed = admin.get(USERS).content.decode()
    found = admin.get(USERS, {"q": "grace"}).content.decode()

    assert "ada@example.com" in listed
    assert "grace@example.com" in listed
    assert "ada@example.com" not in found
    assert "grace@example.com" in found


def test_a_user_added_in_the_admin_can_sign_in(admin, login):
    assert admin.get(f"{USERS}add/").status_code == 200
    form = {"email": "Grace@Example.com", "username": "Grace"}
    form |= {"password1": "correct horse", "password2": "correct horse"}

    response = admin.post(f"{USERS}add/", form)

    grace = User.objects.get(email="grace@example.com")
    assert response["Location"] == f"{USERS}{grace.pk}/change/"
    assert admin.get(response["Location"]).status_code == 200
    assert login("grace@example.com").status_code == 200


def test_an_inactive_user_cannot_sign_in(admin, user, api):
    form = {"email": user.email, "username": user.username}

    assert admin.post(f"{USERS}{user.pk}/change/", form).status_code == 302
    assert api.get("/users/me").status_code == 401


def test_staff_can_set_a_password(admin, user, login):
    form = {"password1": "battery staple", "password2": "battery staple", "usable_password": "true"}

    assert admin.post(f"{USERS}{user.pk}/password/", form).status_code == 302
    assert login(password="battery staple").status_code == 200


@pytest.fixture
def clerk(staff_with):
    """Staff who may change people, and no more."""
    return staff_with("accounts.view_user", "accounts.change_user", "accounts.delete_user")


def test_staff_cannot_grant_themselves_permissions_through_a_group(page_for, staff_with):
    clerk = staff_with("auth.add_group", "auth.change_group")
    group = Group.objects.create(name="clerks")
    clerk.groups.add(group)
    every = [right.pk for right in Permission.objects.all()]
    browser, form = page_for(clerk), {"name": "all", "permissions": every}
    assert browser.post("/admin/auth/group/add/", form).status_code == 403
    assert browser.post(f"/admin/auth/group/{group.pk}/change/", form).status_code == 403
    assert not group.permissions.exists()


def test_staff_cannot_make_themselves_a_superuser(page_for, clerk):
    address = f"/admin/accounts/user/{clerk.pk}/change/"
    sent = {"email": clerk.email, "username": "clerk", "is_active": "on", "is_staff": "on"}
    response = page_for(clerk).post(address, {**sent, "is_superuser": "on"})
    assert response.status_code == 302
    clerk.refresh_from_db()
    assert not clerk.is_superuser
    assert clerk.user_permissions.count() == 3


@pytest.mark.parametrize("above", [{"is_superuser": True}, {}])
def test_staff_can_neither_change_nor_delete_other_staff(page_for, clerk, make_user, above):
    staff = make_user("staff@example.com", is_staff=True, **above)
    browser, address = page_for(clerk), f"/admin/accounts/user/{staff.pk}"
    password = {"password1": "correct horse", "password2": "correct horse"}
    assert browser.post(f"{address}/password/", password).status_code == 403
    assert browser.post(f"{address}/change/", {"username": "x"}).status_code == 403
    assert browser.post(f"{address}/delete/", {"post": "yes"}).status_code == 403
    staff.refresh_from_db()
    assert not staff.check_password("correct horse")


def test_the_last_superuser_cannot_be_deleted_or_demoted(admin, staff, make_user):
    clerk = make_user("clerk@example.com", is_staff=True)
    selected = {"action": "delete_selected", "_selected_action": [staff.pk, clerk.pk]}
    alone = admin.post(f"{USERS}{staff.pk}/delete/", {"post": "yes"})
    with_others = admin.post(USERS, {**selected, "post": "yes"})
    for response in (alone, with_others):
        assert "You are the last active superuser" in response.content.decode()
    sent = {"email": staff.email, "username": "boss"}  # no box is ticked
    assert admin.post(f"{USERS}{staff.pk}/change/", sent).status_code == 302
    staff.refresh_from_db()
    assert (staff.username, staff.is_superuser, staff.is_active) == ("boss", True, True)


def test_one_of_two_superusers_can_be_deleted(admin, staff, make_user):
    other = make_user("other@example.com", is_staff=True, is_superuser=True)
    assert admin.post(f"{USERS}{other.pk}/delete/", {"post": "yes"}).status_code == 302
    assert not User.objects.filter(pk=other.pk).exists()


def test_the_admins_password_change_redirects_to_the_rate_limited_page(admin):
    assert admin.get("/admin/password_change/")["Location"] == "/accounts"
