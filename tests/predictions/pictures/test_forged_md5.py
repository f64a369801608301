"""Files are named by their MD5, which can be forged: a second picture of that name is refused."""

import pytest

from predictions.models import Image, Prediction
from tests.pictures import photograph, upload
from tests.predictions.client import predict


@pytest.fixture
def twin(model):
    """Somebody's picture whose MD5 was forged to be that of coffee.png."""
    with upload() as coffee:
        md5 = coffee.md5
    return Image.objects.create(
        sha256="0" * 64, md5=md5, format="PNG", width=1, height=1, size=1, file="twin.png"
    )


def test_a_second_picture_with_the_same_md5_is_refused(api, twin, media):
    response = predict(api)
    assert response.status_code == 400
    assert "same MD5" in response.json()["detail"]
    assert Image.objects.get() == twin
    assert not Prediction.objects.exists()
    assert not media()


def test_a_bulk_request_refuses_only_the_second_picture_with_the_same_md5(api, twin, media):
    files = [photograph("coffee.png"), photograph("rocket.jpg")]
    response = api.post("/model/predictions", {"file": files}, format="multipart")
    assert [entry["status"] for entry in response.json()] == ["refused", "queued"]
    assert len(media()) == 1
