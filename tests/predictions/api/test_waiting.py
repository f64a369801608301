"""An answer that is not ready in time can be fetched later."""

from predictions.models import Prediction
from tests.pictures import photograph
from tests.predictions.client import predict, when_finished


def test_a_request_without_an_answer_in_time_gets_504_with_its_url(api, stopped_worker, settings):
    settings.PREDICT_TIMEOUT = 1
    response = predict(api)
    prediction = Prediction.objects.get()
    assert response.status_code == 504
    assert response.json()["id"] == str(prediction.pk)
    assert response["Location"] == f"/model/predictions/{prediction.pk}"
    assert response["Retry-After"] == "5"
    assert api.get(response["Location"]).json()["status"] == "queued"

    go_on = stopped_worker
    go_on()
    found = when_finished(api, response["Location"])
    assert found["status"] == "done"
    assert found["prediction"] == "espresso"


def test_sending_the_picture_again_waits_for_the_same_job(api, stopped_worker, settings):
    settings.PREDICT_TIMEOUT = 1
    first, second = predict(api), predict(api)
    assert first.status_code == second.status_code == 504
    assert first["Location"] != second["Location"]
    go_on = stopped_worker
    go_on()
    assert when_finished(api, second["Location"])["prediction"] == "espresso"
    assert Prediction.objects.values("inference").distinct().count() == 1
    assert Prediction.objects.first().inference.attempts == 1


def test_the_page_says_that_the_picture_waits(page, stopped_worker, settings):
    settings.PREDICT_TIMEOUT = 1
    response = page.post("/", {"file": photograph()}, follow=True)
    assert response.status_code == 200
    assert "Waiting for an answer" in response.content.decode()
