"""Classifiers of people: who makes them, who may ask and teach them, and how they go."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from accounts.audit import Action
from predictions.classifiers import DEFAULT, Classifier, ModelVersion
from predictions.registry import ownership
from predictions.registry.deleting import classifier_deleted
from predictions.registry.ownership import (
    Change,
    OwnershipRefused,
    delete_classifier,
    new_classifier,
    rename,
    set_public,
    share,
    unshare,
)
from predictions.registry.roles import Changes, RoleRefused
from tests.predictions.versions import version_like

pytestmark = pytest.mark.django_db


@pytest.fixture
def grace(make_user):
    return make_user("grace@example.com")


@pytest.fixture
def own(user):
    return new_classifier(user, "Blue things")


def opened(person):
    """Beside what is the server's: the bundled model's, which is there in all tests."""
    return set(Classifier.objects.open_to(person).exclude(owner=None))


def taught(person):
    return set(Classifier.objects.taught_by(person).exclude(owner=None))


def test_its_name_comes_from_its_title_but_cannot_be_guessed(user):
    first, second = (new_classifier(user, "Ada's  things ") for _ in range(2))
    assert (first.title, first.owner) == ("Ada's things", user)
    assert first.name.startswith("adas-things-")
    assert len(first.name) == len("adas-things-") + 8
    assert first.name != second.name


def test_a_title_without_latin_letters_makes_a_name(user):
    assert new_classifier(user, "собаки").name.startswith("classifier-")


def test_a_longest_title_makes_a_name_that_fits(user):
    assert len(new_classifier(user, "x" * 100).name) <= 64


@pytest.mark.parametrize("title", ["", " \0 ", "x" * 101, "\u202e"])
def test_a_title_has_1_to_100_characters(user, title):
    with pytest.raises(OwnershipRefused, match="1 to 100 characters"):
        new_classifier(user, title)


def test_a_name_in_use_is_drawn_again(user, own, monkeypatch):
    drawn = iter([own.name, "another"])
    monkeypatch.setattr(ownership, "name_for", lambda title: next(drawn))
    assert new_classifier(user, "Blue things").name == "another"


def test_one_person_has_so_many_at_most(user, grace, own, settings):
    settings.CLASSIFIERS_PER_PERSON = 2
    new_classifier(user, "two")
    with pytest.raises(OwnershipRefused, match="You have 2 classifiers, the maximum"):
        new_classifier(user, "three")
    new_classifier(grace, "hers")
    delete_classifier(own)
    new_classifier(user, "three")


def test_a_server_can_let_nobody_make_any(user, settings):
    settings.CLASSIFIERS_PER_PERSON = 0
    with pytest.raises(OwnershipRefused, match="make no classifiers"):
        new_classifier(user, "one")


@pytest.mark.django_db(transaction=True)
def test_two_made_at_once_do_not_exceed_the_limit(user, settings):
    settings.CLASSIFIERS_PER_PERSON = 1

    def make(title):
        try:
            return new_classifier(user, title)
        except OwnershipRefused:
            return None
        finally:
            connection.close()

    with ThreadPoolExecutor() as pool:
        made = list(pool.map(make, "abcd"))
    assert len([one for one in made if one]) == 1


def test_ones_own_is_open_to_oneself_and_what_is_the_servers_to_all(user, grace, own, model):
    assert set(Classifier.objects.open_to(user)) == {own, model.classifier}
    assert set(Classifier.objects.open_to(grace)) == {model.classifier}
    assert (taught(user), taught(grace)) == ({own}, set())


def test_what_is_shared_is_open_to_that_person_until_it_is_withdrawn(user, grace, make_user, own):
    share(own, grace)
    assert (opened(grace), taught(grace)) == ({own}, set())
    assert opened(make_user("third@example.com")) == set()
    share(own, grace, may_teach=True)
    assert taught(grace) == {own}
    assert unshare(own, grace)
    assert not unshare(own, grace)
    assert (opened(grace), taught(grace)) == (set(), set())


def test_what_is_public_is_open_to_all_but_taught_by_its_owner(grace, own):
    set_public(own, True)
    assert (opened(grace), taught(grace)) == ({own}, set())
    set_public(own, False)
    assert opened(grace) == set()


def test_staff_need_the_permission(staff_with, own):
    assert opened(staff_with()) == set()
    viewer = staff_with("predictions.view_classifier")
    assert (opened(viewer), taught(viewer)) == ({own}, set())
    changer = staff_with("predictions.change_classifier")
    assert (opened(changer), taught(changer)) == ({own}, {own})
    assert own not in Classifier.objects.offered_to(changer)


def test_without_the_required_second_factor_staff_see_what_all_see(staff, own, settings):
    settings.REQUIRE_TWO_FACTOR_FOR_STAFF = True
    assert (opened(staff), taught(staff)) == (set(), set())


def test_nobody_shares_with_the_owner_nor_what_is_the_servers(user, grace, own, model):
    with pytest.raises(OwnershipRefused, match="belongs to this person already"):
        share(own, user)
    for change in (share, unshare):
        with pytest.raises(OwnershipRefused, match="belongs to the server"):
            change(model.classifier, grace)
    with pytest.raises(OwnershipRefused, match="belongs to the server"):
        set_public(model.classifier, True)


def test_a_classifier_is_shared_with_so_many_people_at_most(own, grace, make_user, monkeypatch):
    monkeypatch.setattr(ownership, "MOST_SHARES", 1)
    share(own, grace)
    share(own, grace, may_teach=True)
    with pytest.raises(OwnershipRefused, match="at most 1 people"):
        share(own, make_user("third@example.com"))


def test_each_change_renews_the_revision_and_is_in_the_audit_log(user, grace, logged):
    own = new_classifier(user, "Blue things")
    change = Change(user)
    share(own, grace, True, change)
    changes = [
        lambda: share(own, grace, False, change),
        lambda: unshare(own, grace, change),
        lambda: set_public(own, True, change),
        lambda: delete_classifier(own, change),
    ]
    for make in changes:
        before = Classifier.everything.get(pk=own.pk).revision
        make()
        assert Classifier.everything.get(pk=own.pk).revision != before
    renamed = new_classifier(user, "Blue things")
    assert rename(renamed, "Red things", change).revision == renamed.revision
    said = logged(
        Action.CLASSIFIER_CREATED,
        Action.CLASSIFIER_SHARED,
        Action.CLASSIFIER_UNSHARED,
        Action.CLASSIFIER_CHANGED,
        Action.CLASSIFIER_DELETED,
    )
    assert {event.actor_email for event in said} == {user.email}
    assert {event.target_text for event in said} == {own.name, renamed.name}
    assert [event.detail for event in said] == [
        {"title": "Blue things"},
        {"with": grace.email, "may_teach": True},
        {"with": grace.email, "may_teach": False},
        {"with": grace.email},
        {"is_public": True},
        {"title": "Blue things"},
        {"title": "Blue things"},
        {"before": "Blue things", "title": "Red things"},
    ]


def test_a_deleted_one_answers_nobody_and_is_found_by_nobody(user, grace, staff, own, model):
    version = version_like(model, "own", classifier=own, role=ModelVersion.Role.CHAMPION)
    share(own, grace, True)
    told = []

    def tell(classifier, **kwargs):
        told.append(classifier)

    classifier_deleted.connect(tell)
    delete_classifier(own)
    version.refresh_from_db()
    assert version.role == ModelVersion.Role.RETIRED
    for person in (user, grace, staff):
        assert (opened(person), taught(person)) == (set(), set())
    assert Classifier.everything.get(pk=own.pk).deleted_at
    assert told == [own]
    with pytest.raises(RoleRefused, match="has been deleted"):
        Changes().promote(version)
    with pytest.raises(OwnershipRefused, match="has been deleted"):
        set_public(own, True)


def test_the_one_that_answers_who_names_none_is_not_deleted(model):
    with pytest.raises(OwnershipRefused, match="cannot be deleted"):
        delete_classifier(model.classifier)


def test_an_account_takes_its_private_classifiers_along(user, grace, own):
    public, shared = new_classifier(user, "public"), new_classifier(user, "shared")
    hers = new_classifier(grace, "hers")
    set_public(public, True)
    share(shared, grace)
    share(hers, user)
    user.delete()
    assert set(Classifier.objects.offered_to(grace).exclude(name=DEFAULT)) == {hers, public}
    assert Classifier.objects.get(pk=public.pk).owner is None
    assert not hers.shares.exists()
    deleted = Classifier.everything.exclude(deleted_at=None)
    assert set(deleted) == {own, shared}
