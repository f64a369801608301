from pathlib import Path

import pytest

from accounts.models import User
from feedback.models import Feedback
from predictions.models import Image, Inference, Prediction

pytestmark = pytest.mark.django_db(transaction=True)  # files are deleted when it is committed


@pytest.mark.parametrize("path", ["/users/{}", "/users/{}/", "/user/{}"])
def test_people_can_delete_themselves(api_for, ada, password, path):
    api = api_for(ada)
    response = api.delete(path.format(ada.pk), {"current_password": password})

    assert response.status_code == 204
    assert not User.objects.exists()
    assert api.get("/users/me").status_code == 401


def test_deletion_removes_predictions_files_and_feedback(api_for, ada, password, ask):
    api, prediction = api_for(ada), ask(ada)
    file = Path(prediction.image.file.path)
    said = {"feedback": "", "score": 0.9, "predicted_class": "espresso"}
    api.post("/feedback", said | {"image_file_name": prediction.image_file_name})
    assert file.exists()
    assert Feedback.objects.count() == 1

    proof = {"current_password": password}
    assert api.delete(f"/users/{ada.pk}", proof).status_code == 204

    assert not file.exists()
    for model in (Prediction, Image, Inference, Feedback):
        assert not model.objects.exists(), model


def test_a_picture_that_others_sent_too_is_kept(ada, password, make_user, api_for, ask):
    grace = make_user("grace@example.com")
    ask(ada)
    hers = ask(grace)

    proof = {"current_password": password}
    assert api_for(ada).delete(f"/users/{ada.pk}", proof).status_code == 204

    assert list(Prediction.objects.all()) == [hers]
    response = api_for(grace).get(f"/model/predictions/{hers.pk}/image")
    assert response.status_code == 200
    assert len(response.getvalue()) == hers.image.size


def test_staff_can_delete_anyone(api_for, staff, user):
    assert api_for(staff).delete(f"/users/{user.pk}").status_code == 204
    assert list(User.objects.all()) == [staff]


def test_deleting_another_person_is_a_404(api, make_user):
    grace = make_user("grace@example.com")

    assert api.delete(f"/users/{grace.pk}").status_code == 404
    assert User.objects.filter(pk=grace.pk).exists()


def test_deleting_requires_a_token(anonymous, user):
    response = anonymous.delete(f"/users/{user.pk}")

    assert response.status_code == 401
    assert response["WWW-Authenticate"] == "Bearer"
    assert User.objects.filter(pk=user.pk).exists()
