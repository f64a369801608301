from pathlib import Path

import pytest

from accounts import tokens
from accounts.models import ApiToken, User
from feedback.models import Feedback
from feedback.services import give_feedback
from predictions.models import Image, Inference, Prediction

pytestmark = pytest.mark.django_db(transaction=True)  # files are deleted when it is committed

DELETE = "/accounts/delete"
LAST = "You are the last active superuser"


@pytest.fixture
def browser(page_for, ada):
    return page_for(ada)


@pytest.fixture
def send(browser, password):
    return lambda: browser.post(DELETE, {"current_password": password}, follow=True)


def test_the_page_lists_what_is_deleted(browser):
    page = browser.get(DELETE).content.decode()

    for sentence in ("all pictures you sent", "ada@example.com", "This cannot be undone."):
        assert sentence in page
    assert User.objects.exists()


def test_deletion_removes_all_their_data_and_signs_out(browser, ada, ask, send):
    prediction = ask(ada)
    give_feedback(prediction, correct=True, label="", text="")
    tokens.issue(ada, "nightly job")
    file = Path(prediction.image.file.path)
    assert file.exists()

    response = send()

    assert response.redirect_chain[0] == ("/", 302)
    assert "Your account and all its data" in response.content.decode()
    assert browser.get("/accounts").status_code == 302
    assert not file.exists()
    for model in (User, ApiToken, Prediction, Image, Inference, Feedback):
        assert not model.objects.exists(), model


def test_deletion_keeps_data_of_others(make_user, ada, ask, send):
    grace = make_user("grace@example.com")
    ask(ada)
    hers = ask(grace)

    send()

    assert list(User.objects.all()) == [grace]
    assert list(Prediction.objects.all()) == [hers]
    assert Path(hers.image.file.path).exists()


@pytest.mark.parametrize("password", ["", "wrong horse"])
def test_deletion_requires_the_password(send):
    assert 'aria-invalid="true"' in send().content.decode()
    assert User.objects.exists()


def test_deletion_requires_sign_in(client):
    assert client.get(DELETE)["Location"] == f"/accounts/login?next={DELETE}"
    assert client.post(DELETE)["Location"] == f"/accounts/login?next={DELETE}"


def promote(person, **extra):
    User.objects.filter(pk=person.pk).update(is_superuser=True, **extra)


def test_the_last_superuser_cannot_delete_their_account(make_user, ada, send):
    promote(ada)
    promote(make_user("locked@example.com"), is_active=False)

    assert LAST in send().content.decode()
    assert User.objects.filter(pk=ada.pk).exists()


def test_a_superuser_can_be_deleted_while_another_exists(staff, ada, send):
    promote(ada)

    send()

    assert list(User.objects.all()) == [staff]


def test_the_api_refuses_to_delete_the_last_superuser(api_for, staff, password):
    staff.set_password(password)
    staff.save()
    response = api_for(staff).delete(f"/users/{staff.pk}", {"current_password": password})

    assert response.status_code == 403
    assert LAST in response.json()["detail"]
    assert User.objects.filter(pk=staff.pk).exists()
