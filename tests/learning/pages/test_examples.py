"""Who sees the pictures that are examples, and what is done with them."""

import pytest
from django.utils import timezone

from accounts.audit import Action
from learning.models import Example
from predictions.registry.ownership import share
from tests.learning.teaching import teach


@pytest.fixture
def classifier(user, model):
    classifier = teach(user, glass=2, paper=1)
    Example.objects.update(looked_at=timezone.now())
    return classifier


def thumbnail(page, classifier):
    example = Example.objects.earliest("pk")
    path = f"/teach/{classifier.name}/examples/{example.pk}/thumbnail/240"
    return page.get(path).status_code


def test_those_who_teach_it_see_its_pictures_and_nobody_else(
    page, page_for, classifier, user, make_user, logged
):
    reader, teacher, other = (make_user(f"{name}@example.com") for name in "rto")
    share(classifier, reader)
    share(classifier, teacher, may_teach=True)
    assert thumbnail(page, classifier) == thumbnail(page_for(teacher), classifier) == 200
    assert thumbnail(page_for(reader), classifier) == thumbnail(page_for(other), classifier) == 404
    assert not logged(Action.PICTURE_OPENED)


def test_staff_need_the_right_to_see_pictures_and_each_look_is_in_the_audit_log(
    page_for, classifier, staff_with, logged
):
    change = "predictions.change_classifier"
    assert thumbnail(page_for(staff_with(change)), classifier) == 404
    seeing = staff_with(change, "predictions.view_image")
    assert thumbnail(page_for(seeing), classifier) == 200
    [event] = logged(Action.PICTURE_OPENED)
    assert (event.actor_id, event.detail) == (seeing.pk, {"of": ["ada@example.com"]})


def test_a_picture_that_no_worker_has_read_is_not_shown(page, classifier):
    Example.objects.update(looked_at=None)
    assert thumbnail(page, classifier) == 404


def test_ticked_pictures_are_moved_kept_and_removed(page, classifier):
    first, second = Example.objects.filter(taught_class__name="glass")
    paper = classifier.taught_classes.get(name="paper")
    path = f"/teach/{classifier.name}/examples"

    def do(act, *examples, **more):
        ids = [example.pk for example in examples]
        return page.post(path, {"act": act, "example": ids, **more}, follow=True).content.decode()

    assert "1 picture moved to paper." in do("move", first, to=paper.pk)
    assert "Kept where it is." in do("right", second)
    assert paper.examples.count() == 2
    second.refresh_from_db()
    assert second.confirmed_at
    assert "2 pictures removed." in do("remove", first, second)
    assert Example.objects.count() == 1
    assert "Choose the pictures first." in do("remove")


def test_pictures_of_another_classifier_are_left_alone(page, classifier, make_user):
    theirs = teach(make_user("grace@example.com"), glass=1)
    example = Example.objects.of(theirs).get()
    page.post(f"/teach/{classifier.name}/examples", {"act": "remove", "example": example.pk})
    assert Example.objects.of(theirs).exists()


def test_a_form_leads_back_to_where_it_was_but_not_to_another_site(page, classifier):
    path = f"/teach/{classifier.name}/examples"
    response = page.post(path, {"next": "/teach/x/trainings/y?truth=z"})
    assert response["Location"] == "/teach/x/trainings/y?truth=z"
    for elsewhere in ("https://example.org/", "//example.org/", "teach-class"):
        response = page.post(path, {"next": elsewhere})
        assert response["Location"] == f"/teach/{classifier.name}"
