"""`GET /model/predictions/{id}/image`."""

from uuid import uuid4

import pytest

from predictions.models import Prediction
from tests.pictures import IMAGES, picture
from tests.predictions.client import predict


@pytest.mark.parametrize("slash", ["", "/"])
def test_the_image_is_byte_for_byte_what_was_sent(api, user, ask, slash):
    response = api.get(f"/model/predictions/{ask(user, answered=False).pk}/image{slash}")
    assert response.status_code == 200
    assert b"".join(response) == (IMAGES / "coffee.png").read_bytes()


@pytest.mark.parametrize("kind", ["png", "jpeg", "gif", "webp"])
def test_the_content_type_is_that_of_the_format(api, model, kind):
    predict(api, picture(name=f"red.{kind}"), "respond-async")
    response = api.get(f"/model/predictions/{Prediction.objects.get().pk}/image")
    assert response["Content-Type"] == f"image/{kind}"
    response.close()


def test_the_image_is_cached_by_its_browser_alone_and_cannot_run_scripts(api, user, ask):
    prediction = ask(user, answered=False)
    response = api.get(f"/model/predictions/{prediction.pk}/image")
    assert response["Cache-Control"] == "private, max-age=86400, immutable"
    assert response["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert prediction.image_file_name in response["Content-Disposition"]
    response.close()


def test_an_image_whose_file_is_gone_gets_404(api, user, ask):
    prediction = ask(user, answered=False)
    prediction.image.file.delete(save=False)
    prediction.image.refresh_from_db()
    response = api.get(f"/model/predictions/{prediction.pk}/image")
    assert response.status_code == 404
    assert list(response.json()) == ["detail", "code"]


ACCEPT = pytest.mark.parametrize("accept", ["image/*", "image/png", "text/html", "*/*"])


@ACCEPT
def test_the_image_is_sent_whatever_the_accept_header_says(api, user, ask, accept):
    """`image/*` is what the schema promises, and so what Swagger UI asks for."""
    address = f"/model/predictions/{ask(user, answered=False).pk}/image"
    response = api.get(address, headers={"Accept": accept})
    assert (response.status_code, response["Content-Type"]) == (200, "image/png")
    response.close()


@ACCEPT
def test_an_error_is_json_whatever_the_accept_header_says(api, accept):
    response = api.get(f"/model/predictions/{uuid4()}/image", headers={"Accept": accept})
    assert (response.status_code, response["Content-Type"]) == (404, "application/json")
