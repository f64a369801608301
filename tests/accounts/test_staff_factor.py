"""REQUIRE_TWO_FACTOR_FOR_STAFF, and staff who help people that are locked out."""

import re
from io import StringIO

import pyotp
import pytest
from django.contrib.auth.models import Permission
from django.core.management import CommandError, call_command
from rest_framework.test import APIClient

from accounts import second_factor, staff_factor
from accounts.models import AuditEvent, User
from predictions.registry.ownership import new_classifier
from tests.accounts.conftest import pass_second_step

USERS = "/admin/accounts/user/"


@pytest.fixture
def required(settings):
    settings.REQUIRE_TWO_FACTOR_FOR_STAFF = True


def give_factor(user):
    user.passkeys.create(name="key", credential_id=bytes(user.pk), credential=b"")


@pytest.mark.parametrize(
    "path",
    [
        *("/admin/", USERS, "/admin/django_rq/queue/", "/admin/x", "/staff/comparisons/x"),
        *("/data-sets", "/review", "/review/accuracy", "/review/imagenet/feedback"),
    ],
)
def test_staff_without_a_factor_are_redirected_to_set_one_up(page_for, staff, required, path):
    page = page_for(staff)
    assert page.get(path)["Location"] == "/accounts/two-factor/app"
    assert "Staff must use two-factor sign-in." in page.get("/accounts").content.decode()
    assert page.post(USERS, {"action": "delete_selected"}).status_code == 302


def test_a_session_with_a_second_factor_reaches_the_admin(page_for, staff, required):
    give_factor(staff)
    page = page_for(staff)
    pass_second_step(page)
    assert page.get("/admin/").status_code == 200
    # Not refused, but not found.
    assert page.get("/staff/models/x/compare").status_code == 404
    for path in ("/review", "/review/accuracy", "/data-sets"):
        assert page.get(path).status_code == 200, path
    staff.passkeys.all().delete()
    assert page.get("/admin/")["Location"] == "/accounts/two-factor/app"


def test_a_second_factor_gives_staff_their_rights_on_the_pages_of_people(
    page_for, staff, ada, required
):
    page, theirs = page_for(staff), f"/teach/{new_classifier(ada, 'Waste').name}"
    give_factor(staff)
    assert page.get(theirs).status_code == 404
    pass_second_step(page)
    assert page.get(theirs).status_code == 200


def test_a_session_from_before_the_factor_is_asked_for_it(page_for, staff, required):
    page = page_for(staff)
    code = second_factor.new_recovery_codes(staff)[0]
    give_factor(staff)
    assert page.get(f"{USERS}?q=ada")["Location"] == "/accounts/login/second-step"
    assert page.post(USERS, {"action": "delete_selected"}).status_code == 302
    assert page.get(f"{USERS}?q=ada").status_code == 302
    second_step = page.post("/accounts/login/second-step", {"code": code})
    assert second_step["Location"] == f"{USERS}?q=ada"
    assert page.get(USERS).status_code == 200


def test_setting_up_a_factor_opens_the_admin_at_once(page_for, staff, required):
    page = page_for(staff)
    page.get("/accounts/two-factor/app")
    secret = second_factor.decrypt(page.session["new_app"])
    page.post("/accounts/two-factor/app", {"code": pyotp.TOTP(secret).now()})
    assert page.get("/admin/").status_code == 200


def test_by_default_staff_do_not_need_one(page_for, staff, api_for):
    assert page_for(staff).get("/admin/").status_code == 200
    assert api_for(staff).get("/users").status_code == 200


@pytest.mark.parametrize("path", ["/users", "/users/{ada}", "/feedback"])
def test_staff_permissions_in_the_api_require_a_second_factor(api_for, staff, ada, required, path):
    api, path = api_for(staff), path.format(ada=ada.pk)
    response = api.get(path)
    assert (response.status_code, response.json()["detail"]) == (403, staff_factor.REFUSED)
    give_factor(staff)
    assert api.get(path).status_code == 403  # the token is from before
    staff.passed_second_factor = True
    assert api_for(staff).get(path).status_code == 200


def test_tokens_record_whether_a_second_factor_was_used(
    login, staff, anonymous, required, password
):
    staff.set_password(password)
    staff.save()
    before = login(staff.email).json()
    codes = second_factor.new_recovery_codes(staff)
    give_factor(staff)
    form = {"username": staff.email, "password": password, "otp": codes[0]}
    after = anonymous.post("/login", form).json()
    for pair, status in ((before, 403), (after, 200)):
        anonymous.credentials(HTTP_AUTHORIZATION=f"Bearer {pair['access_token']}")
        assert anonymous.get("/users").status_code == status
        anonymous.credentials()
        renewed = anonymous.post("/login/refresh", {"refresh_token": pair["refresh_token"]}).json()
        anonymous.credentials(HTTP_AUTHORIZATION=f"Bearer {renewed['access_token']}")
        assert anonymous.get("/users").status_code == status
        anonymous.credentials()


def test_an_api_token_inherits_the_second_factor_of_its_session(page_for, staff, required):
    def make():
        made = page.post("/accounts/tokens", {"name": "script"}).content.decode()
        [secret] = re.findall(r"ic_[\w-]{43}", made)
        return APIClient(HTTP_AUTHORIZATION=f"Bearer {secret}")

    page = page_for(staff)
    before = make()
    give_factor(staff)
    pass_second_step(page)
    after = make()
    assert before.get("/users/me").status_code == 200
    assert before.get("/users").json()["detail"] == staff_factor.REFUSED
    assert after.get("/users").status_code == 200


@pytest.mark.parametrize("method", ["patch", "delete"])
def test_staff_cannot_change_or_delete_people_without_a_second_factor(
    api_for, staff, ada, required, method
):
    response = getattr(api_for(staff), method)(f"/users/{ada.pk}", {"username": "x"})
    assert response.status_code == 403
    assert User.objects.get(pk=ada.pk).username == "ada"


def test_staff_can_use_their_own_account_without_a_second_factor(api_for, staff, required):
    api = api_for(staff)
    assert api.get("/users/me").status_code == api.get(f"/users/{staff.pk}").status_code == 200
    assert api.get("/model/predictions").status_code == 200


def test_people_who_are_not_staff_need_no_second_factor(
    page_for, ada, api_for, required, django_assert_num_queries
):
    api = api_for(ada)
    with django_assert_num_queries(1):
        assert api.get("/users/me").status_code == 200
    assert page_for(ada).get("/accounts").status_code == 200


@pytest.fixture
def clerk(make_user):
    """Staff who may change people, and no more."""
    person = make_user("clerk@example.com", is_staff=True)
    names = ["view_user", "change_user"]
    person.user_permissions.set(Permission.objects.filter(codename__in=names))
    return person


def remove(page, *people):
    selected = {"_selected_action": [person.pk for person in people]}
    return page.post(USERS, {"action": "remove_second_factor", **selected})


def test_staff_can_remove_a_persons_second_factor(page_for, clerk, ada, app):
    second_factor.new_recovery_codes(ada)
    assert remove(page_for(clerk), ada).status_code == 302
    assert not second_factor.is_set_up(ada) and not ada.recovery_codes.exists()
    [event] = AuditEvent.objects.filter(action="second_factor_removed")
    assert (event.actor_id, event.target_id) == (clerk.pk, str(ada.pk))
    assert event.detail == {"kind": "all", "by": "staff"}


def test_only_superusers_can_remove_the_second_factor_of_staff(page_for, clerk, staff, make_user):
    other = make_user("other@example.com", is_staff=True)
    give_factor(other)
    give_factor(staff)
    remove(page_for(clerk), other, staff)
    assert second_factor.is_set_up(other) and second_factor.is_set_up(staff)
    remove(page_for(staff), other)
    assert not second_factor.is_set_up(other)


def test_removing_a_second_factor_requires_permission_to_change_people(page_for, clerk, ada, app):
    clerk.user_permissions.set(Permission.objects.filter(codename="view_user"))
    remove(page_for(clerk), ada)
    assert second_factor.is_set_up(ada)


def test_the_admin_shows_who_has_a_second_factor(page_for, staff, ada, app):
    assert "icon-yes" in page_for(staff).get(f"{USERS}{ada.pk}/change/").content.decode()


def test_the_admin_shows_no_secrets(page_for, staff, ada, app):
    page = page_for(staff).get("/admin/").content.decode()
    for model in ("authenticator", "passkey", "recoverycode", "session"):
        assert f"/admin/accounts/{model}/" not in page


def test_the_command_removes_the_last_superusers_second_factor(staff):
    give_factor(staff)
    said = StringIO()
    call_command("remove_second_factor", "STAFF@example.com", stdout=said)
    assert said.getvalue() == "staff@example.com can now sign in with the password alone.\n"
    assert not second_factor.is_set_up(staff)
    [event] = AuditEvent.objects.filter(action="second_factor_removed")
    assert event.detail == {"kind": "all", "by": "command line"}


@pytest.mark.parametrize(
    ("email", "said"),
    [
        ("nobody@example.com", "No account uses the email"),
        ("ada@example.com", "has no second factor"),
    ],
)
def test_the_command_reports_errors(ada, email, said):
    with pytest.raises(CommandError, match=said):
        call_command("remove_second_factor", email)
