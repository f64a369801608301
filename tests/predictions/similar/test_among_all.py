"""More like this among everybody's pictures, for staff who may be shown them."""

import pytest

from accounts.audit import Action
from predictions.models import Inference
from predictions.similar.models import Vector
from tests.predictions.heads import add_colours
from tests.predictions.similar.vectors import seen_by, somebodys

pytestmark = pytest.mark.django_db


def address(image):
    return f"/staff/pictures/{image.pk}/similar"


def text_of(response):
    assert response.status_code == 200
    return " ".join(response.content.decode().split())


@pytest.fixture
def images(user, make_user, model):
    """Of two people, with vectors that are ever less like the first."""
    people = [user, make_user("grace@example.com")]
    return [somebodys(people[n % 2], model, [10, n, 0]).image for n in (0, 1, 3, 9)]


def test_staff_see_those_of_everybody_the_most_similar_first(page_for, staff_with, images):
    page = page_for(staff_with("predictions.view_image"))
    said = text_of(page.get(address(images[1])))
    places = [said.index(f'href="{address(image)}"') for image in (images[0], images[2], images[3])]
    assert places == sorted(places)
    assert said.count("Nearly the same picture") == 2
    assert "99.5% alike" in said
    assert "Each picture you see is in the audit log." in said


def test_each_picture_is_loaded_from_where_a_look_is_recorded(page_for, staff, ask, user, logged):
    image = ask(user).image
    page = page_for(staff)
    said = text_of(page.get(address(image)))
    assert logged(Action.PICTURE_OPENED) == []  # the page alone shows none
    source = f"/admin/predictions/image/{image.pk}/picture"
    assert f'<img src="{source}"' in said
    assert page.get(source).status_code == 200
    [event] = logged(Action.PICTURE_OPENED)
    assert (event.actor_id, event.target_id) == (staff.pk, str(image.pk))


def test_staff_without_the_right_and_people_are_refused(page_for, staff_with, user, images):
    for person in (user, staff_with("predictions.view_modelversion")):
        assert page_for(person).get(address(images[0])).status_code == 403
    assert page_for(staff_with("feedback.view_feedback")).get(address(images[0])).status_code == 200


def test_the_page_of_a_prediction_leads_there_for_staff_alone(page_for, staff, user, ask):
    for person, leads in ((staff, True), (user, False)):
        asked = ask(person)
        said = text_of(page_for(person).get(asked.get_absolute_url()))
        assert (address(asked.image) in said) is leads


def test_answers_of_classifiers_that_are_not_open_to_staff_are_not_shown(
    page_for, staff_with, user, make_user, model, images
):
    private = add_colours(model)
    private.classifier.owner = user
    private.classifier.save(update_fields=["owner"])
    Inference.objects.filter(image=images[0]).update(model_version=private, label="a secret")
    page = page_for(staff_with("predictions.view_image"))
    assert "a secret" not in text_of(page.get(address(images[1])))
    assert page.get(address(images[0])).status_code == 404


def test_what_lacks_is_said(page_for, staff, images):
    page = page_for(staff)
    Vector.objects.all().delete()
    assert "from before that was possible" in text_of(page.get(address(images[0])))


def test_without_pgvector_that_is_said(page_for, staff, images, without_vectors):
    assert "lacks pgvector" in text_of(page_for(staff).get(address(images[0])))


def test_a_picture_alone_has_nothing_to_compare_with(page_for, staff, user, model):
    image = somebodys(user, model, [1, 2, 3]).image
    said = text_of(page_for(staff).get(address(image)))
    assert "There is no other picture like this one." in said
    assert seen_by(model) == 1
