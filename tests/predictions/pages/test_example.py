"""The page of a signed-out visitor, with one example to try."""

from accounts.models import User
from predictions.models import Inference, Prediction
from tests.predictions.pages.test_pages import text
from tests.predictions.versions import promote, version_like, without_champion


def test_the_home_page_tells_a_new_visitor_what_the_site_does(client, model):
    response = client.get("/")
    assert response.status_code == 200
    assert "Send a photo and get its class" in text(response)
    assert "Classify this example" in text(response)
    assert not User.objects.exists()


def test_the_example_is_classified_once_for_all_visitors(client, worker, django_assert_num_queries):
    response = client.post("/example", follow=True)
    assert "espresso" in text(response)
    client.post("/example")
    assert Prediction.objects.count() == 1
    with django_assert_num_queries(2):  # its owner; the prediction
        assert "espresso" in text(client.get("/"))


def test_the_owner_of_the_example_cannot_sign_in(client, worker):
    client.post("/example")
    owner = User.objects.get()
    assert not owner.is_active
    assert not owner.has_usable_password()


def test_the_example_is_offered_again_after_a_change_of_the_model(client, worker, model):
    client.post("/example")
    promote(version_like(model, "newer"))
    assert "Classify this example" in text(client.get("/"))


def test_the_example_shows_a_message_when_there_is_no_model(client, model):
    without_champion(model)
    assert "No model is ready yet" in text(client.post("/example", follow=True))


def test_the_example_shows_a_message_when_the_queue_is_full(client, model, settings):
    settings.QUEUE_LIMIT = 0
    assert "Too many pictures are waiting" in text(client.post("/example", follow=True))


def test_an_example_that_exceeds_the_limits_of_the_site_shows_a_message(client, model, settings):
    settings.MAX_PIXELS = 1000
    said = text(client.post("/example", follow=True))
    assert "This site does not accept the example." in said


def test_an_example_that_failed_is_classified_again(client, worker):
    client.post("/example")
    Inference.objects.update(status="failed")
    assert "espresso" in text(client.post("/example", follow=True))


def test_nobody_can_sign_up_as_the_owner_of_the_example(client, anonymous, db):
    form = {"email": "Example@example.invalid", "password": "a long enough secret"}
    client.post("/accounts/signup", form)
    assert anonymous.post("/users", form).status_code == 400
    assert not User.objects.exists()
