"""What staff change of people and groups in the admin leaves one event, with before and after."""

import pytest
from django.contrib.auth.models import Group, Permission

from accounts.audit import Action

USERS = "/admin/accounts/user/"
GROUPS = "/admin/auth/group/"


@pytest.fixture
def admin(page_for, staff):
    return page_for(staff)


@pytest.fixture
def changes(admin, logged):
    return lambda: [event for event in logged() if event.action != Action.SIGNED_IN]


@pytest.fixture
def save(admin, user):
    """Saves the form of a user with all that is ticked in it."""

    def save(**form):
        form = {"email": user.email, "username": user.username, "is_active": "on"} | form
        form = {name: value for name, value in form.items() if value}
        assert admin.post(f"{USERS}{user.pk}/change/", form).status_code == 302

    return save


@pytest.fixture
def reviewers(db):
    group = Group.objects.create(name="reviewers")
    group.permissions.set(Permission.objects.filter(codename="view_image"))
    return group


def assert_by_and_to(event, actor, target):
    assert (event.actor_id, event.target_id) == (actor.pk, str(target.pk))
    assert event.target_text == str(target)


@pytest.mark.parametrize(
    ("form", "detail"),
    [
        ({"is_staff": "on"}, {"is_staff": {"before": False, "after": True}}),
        ({"is_active": ""}, {"is_active": {"before": True, "after": False}}),
        (
            {"is_staff": "on", "is_superuser": "on"},
            {
                "is_staff": {"before": False, "after": True},
                "is_superuser": {"before": False, "after": True},
            },
        ),
    ],
)
def test_a_changed_flag_is_recorded(save, staff, user, changes, form, detail):
    save(**form)
    [event] = changes()
    assert event.action == Action.RIGHTS_CHANGED
    assert event.detail == detail
    assert_by_and_to(event, staff, user)


def test_changed_groups_and_permissions_are_recorded(save, user, reviewers, changes):
    user.groups.add(reviewers)
    permission = Permission.objects.get(codename="view_auditevent")
    save(user_permissions=[permission.pk])
    [event] = changes()
    assert event.action == Action.RIGHTS_CHANGED
    assert event.detail == {
        "groups": {"before": ["reviewers"], "after": []},
        "user_permissions": {"before": [], "after": ["accounts.view_auditevent"]},
    }


def test_changed_email_and_name_are_recorded(save, staff, user, changes):
    save(email="new@example.com", username="Countess")
    user.refresh_from_db()
    email, name = changes()
    assert (email.action, email.detail) == (Action.EMAIL_CHANGED, {"before": "ada@example.com"})
    assert (name.action, name.detail) == (Action.ACCOUNT_CHANGED, {"changed": ["username"]})
    assert_by_and_to(email, staff, user)


def test_saving_without_changes_is_not_recorded(save, changes):
    save()
    assert changes() == []


def test_a_password_set_in_the_admin_is_recorded(admin, staff, user, changes):
    form = {"password1": "battery staple", "password2": "battery staple", "usable_password": "true"}
    address = f"{USERS}{user.pk}/password/"
    assert admin.get(address).status_code == 200
    assert admin.post(address, {**form, "password2": "other"}).status_code == 200
    assert changes() == []
    assert admin.post(address, form).status_code == 302
    [event] = changes()
    assert event.action == Action.PASSWORD_CHANGED
    assert_by_and_to(event, staff, user)


def test_the_password_page_of_a_missing_user_is_a_404(admin):
    assert admin.get(f"{USERS}4711/password/").status_code == 404


def test_an_account_added_in_the_admin_is_recorded(admin, staff, changes):
    form = {"email": "Grace@Example.com", "username": "Grace"}
    admin.post(f"{USERS}add/", {**form, "password1": "correct horse", "password2": "correct horse"})
    [event] = changes()
    assert event.action == Action.ACCOUNT_CREATED
    assert (event.actor_id, event.target_text) == (staff.pk, "grace@example.com")


def test_changed_permissions_of_a_group_are_recorded(admin, staff, reviewers, changes):
    more = Permission.objects.get(codename="view_prediction")
    admin.post(f"{GROUPS}{reviewers.pk}/change/", {"name": "reviewers", "permissions": [more.pk]})
    [event] = changes()
    assert event.action == Action.RIGHTS_CHANGED
    assert event.detail == {
        "permissions": {
            "before": ["predictions.view_image"],
            "after": ["predictions.view_prediction"],
        }
    }
    assert_by_and_to(event, staff, reviewers)


@pytest.mark.parametrize("from_list", [False, True])
def test_deleting_a_group_records_the_lost_permissions(
    admin, staff, user, reviewers, changes, from_list
):
    user.groups.add(reviewers)
    number = reviewers.pk
    if from_list:
        chosen = {"action": "delete_selected", "_selected_action": [number], "post": "yes"}
        admin.post(GROUPS, chosen)
    else:
        admin.post(f"{GROUPS}{number}/delete/", {"post": "yes"})
    [event] = changes()
    assert event.action == Action.RIGHTS_CHANGED
    assert (event.actor_id, event.target_id) == (staff.pk, str(number))
    assert event.detail == {
        "permissions": {"before": ["predictions.view_image"], "after": []},
        "user_set": {"before": [user.email], "after": []},
    }
    assert not Group.objects.filter(name="reviewers").exists()
