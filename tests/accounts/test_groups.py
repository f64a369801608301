"""The groups of staff that there are from the beginning."""

import pytest
from django.contrib.auth.models import Group

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("group", "may", "may_not"),
    [
        ("Reviewer", "review.add_decision", "accounts.view_user"),
        ("Model manager", "predictions.change_modelversion", "review.add_decision"),
        ("Support", "accounts.change_user", "predictions.change_modelversion"),
        ("Administrator", "accounts.view_auditevent", "auth.change_group"),
    ],
)
def test_a_group_has_what_its_work_takes(make_user, group, may, may_not):
    person = make_user(is_staff=True)
    person.groups.add(Group.objects.get(name=group))
    assert person.has_perm(may)
    assert not person.has_perm(may_not)


def test_administrators_may_all_that_the_others_may():
    rights = {
        group.name: set(group.permissions.values_list("content_type__app_label", "codename"))
        for group in Group.objects.all()
    }
    assert rights["Administrator"] > set().union(
        *(rights[name] for name in ("Reviewer", "Model manager", "Support"))
    )
