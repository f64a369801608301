"""What the owner of a classifier decides, and nobody else but staff with the right."""

import pytest

from accounts.throttles import SignupThrottle
from predictions.classifiers import Classifier
from predictions.registry.ownership import share
from tests.learning.teaching import teach


@pytest.fixture
def classifier(user, model):
    return teach(user, glass=1)


def post(page, classifier, what, **form):
    return page.post(f"/teach/{classifier.name}/{what}", form, follow=True).content.decode()


def test_it_is_renamed_and_its_name_for_programs_stays(page, classifier):
    assert "Title saved." in post(page, classifier, "title", title="Rubbish")
    renamed = Classifier.objects.get(pk=classifier.pk)
    assert (renamed.title, renamed.name) == ("Rubbish", classifier.name)


def test_it_is_shared_with_one_person_and_no_more(page, classifier, make_user):
    grace = make_user("grace@example.com")
    shown = post(page, classifier, "share", email="Grace@Example.com", may_teach="on")
    assert "Shared with grace@example.com." in shown and "may ask and teach it" in shown
    assert Classifier.objects.taught_by(grace).exists()
    post(page, classifier, "unshare", email=grace.email)
    assert not Classifier.objects.taught_by(grace).exists()


def test_an_unknown_person_is_refused_in_words(page, classifier):
    shown = post(page, classifier, "share", email="nobody@example.com")
    assert "Nobody on this server has this email address." in shown


def test_it_is_taken_back_from_somebody_whose_account_is_closed(page, classifier, make_user):
    share(classifier, grace := make_user("grace@example.com"))
    grace.is_active = False
    grace.save()
    shown = post(page, classifier, "unshare", email=grace.email)
    assert "No longer shared with grace@example.com." in shown
    assert not classifier.shares.exists()


def test_taking_it_back_does_not_tell_who_has_an_account(page, classifier, make_user):
    make_user("grace@example.com")
    for email in ("grace@example.com", "nobody@example.com"):
        shown = post(page, classifier, "unshare", email=email)
        assert "It is not shared with anybody who has this email address." in shown


def test_asking_who_has_an_account_is_limited_as_signing_up_is(page, classifier, monkeypatch):
    monkeypatch.setattr(SignupThrottle, "THROTTLE_RATES", {"signup": "1/hour"})
    assert "Nobody on this server" in post(page, classifier, "share", email="nobody@example.com")
    assert "Too many attempts." in post(page, classifier, "share", email="nobody@example.com")


def test_it_is_made_public_and_private_again(page, classifier):
    assert "Make it private" in post(page, classifier, "public", public="yes")
    assert Classifier.objects.get(pk=classifier.pk).is_public
    assert "Only you may ask it." in post(page, classifier, "public", public="no")


def test_it_is_deleted_after_a_question_that_says_what_goes(page, classifier):
    question = page.get(f"/teach/{classifier.name}/delete").content.decode()
    assert "1 picture to learn from" in question
    assert "Waste has been deleted." in post(page, classifier, "delete")
    assert page.get(f"/teach/{classifier.name}").status_code == 404


@pytest.mark.parametrize("what", ["title", "public", "share", "unshare", "delete"])
def test_who_only_teaches_it_does_not_manage_it(page_for, classifier, make_user, what):
    grace = make_user("grace@example.com")
    share(classifier, grace, may_teach=True)
    response = page_for(grace).post(f"/teach/{classifier.name}/{what}")
    assert response.status_code == 403
    assert "Who may use it" not in page_for(grace).get(f"/teach/{classifier.name}").content.decode()
