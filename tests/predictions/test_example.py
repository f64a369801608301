"""What a stranger meets: three lines, and one picture to try."""

from accounts.models import User
from predictions.models import Inference, ModelVersion, Prediction
from tests.predictions.test_pages import text


def test_the_first_visit_says_what_this_is(client, model):
    response = client.get("/")
    assert response.status_code == 200
    assert "Send a photo and get its class" in text(response)
    assert "Classify this example" in text(response)
    assert not User.objects.exists()


def test_one_click_classifies_it_for_everybody_after(client, worker, django_assert_num_queries):
    response = client.post("/example", follow=True)
    assert "Egyptian cat" in text(response)
    client.post("/example")
    assert Prediction.objects.count() == 1
    with django_assert_num_queries(2):  # its owner; the prediction
        assert "Egyptian cat" in text(client.get("/"))


def test_its_owner_is_nobody(client, worker):
    client.post("/example")
    owner = User.objects.get()
    assert not owner.is_active
    assert not owner.has_usable_password()


def test_another_model_is_asked_again(client, worker):
    client.post("/example")
    ModelVersion.objects.update(is_current=False)
    assert "Classify this example" in text(client.get("/"))


def test_without_a_model_it_says_so(client, model):
    ModelVersion.objects.update(is_current=False)
    assert "No model is ready yet" in text(client.post("/example", follow=True))


def test_a_full_queue_says_so(client, model, settings):
    settings.QUEUE_LIMIT = 0
    assert "Too many pictures are waiting" in text(client.post("/example", follow=True))


def test_limits_that_it_does_not_keep_to_are_told_in_a_sentence(client, model, settings):
    settings.MAX_PIXELS = 1000
    said = text(client.post("/example", follow=True))
    assert "This site does not accept the example." in said


def test_a_failed_answer_is_asked_again(client, worker):
    client.post("/example")
    Inference.objects.update(status="failed")
    assert "Egyptian cat" in text(client.post("/example", follow=True))


def test_nobody_can_sign_up_as_its_owner(client, anonymous, db):
    form = {"email": "Example@example.invalid", "password": "a long enough secret"}
    client.post("/accounts/signup", form)
    assert anonymous.post("/users", form).status_code == 400
    assert not User.objects.exists()
