"""What staff may not do to those above them."""

import pytest

pytestmark = pytest.mark.django_db


@pytest.fixture
def boss(make_user):
    return make_user("boss@example.com", is_staff=True, is_superuser=True)


@pytest.fixture
def clerk(make_user):
    return make_user("clerk@example.com", is_staff=True)


def test_staff_may_not_change_the_password_of_a_superuser(api_for, boss, clerk):
    answer = api_for(clerk).patch(f"/users/{boss.pk}", {"password": "correct horse"})
    assert answer.status_code == 404
    boss.refresh_from_db()
    assert not boss.check_password("correct horse")


def test_staff_may_not_delete_a_superuser(api_for, boss, clerk):
    assert api_for(clerk).delete(f"/users/{boss.pk}").status_code == 404
    boss.refresh_from_db()


def test_staff_may_change_themselves_and_other_people(api_for, clerk, user):
    assert api_for(clerk).patch(f"/users/{clerk.pk}", {"username": "C"}).status_code == 200
    assert api_for(clerk).patch(f"/users/{user.pk}", {"username": "A"}).status_code == 200


def test_a_superuser_may_change_another(api_for, boss, staff):
    assert api_for(boss).patch(f"/users/{staff.pk}", {"username": "S"}).status_code == 200


@pytest.mark.parametrize("method", ["patch", "delete"])
def test_staff_may_not_change_other_staff(api_for, clerk, make_user, method):
    """Whose password would give them those people's rights."""
    other = make_user("other@example.com", is_staff=True)
    answer = getattr(api_for(clerk), method)(f"/users/{other.pk}", {"password": "correct horse"})
    assert answer.status_code == 404
    other.refresh_from_db()
    assert not other.check_password("correct horse")
