"""`GET /model/bulk/{id}`: how far a bulk request is."""

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile

from predictions.bulk.models import Bulk
from predictions.models import Inference
from tests.pictures import photograph, shades
from tests.predictions.client import NOBODYS, when_finished


def send(api, *files):
    return api.post("/model/predictions", {"file": list(files)}, format="multipart")


def notes():
    return SimpleUploadedFile("notes.txt", b"hello")


def test_a_bulk_request_is_followed_until_it_is_done(api, worker):
    response = send(api, photograph("coffee.png"), notes(), photograph("rocket.jpg"))
    for entry in response.json():
        if "url" in entry:
            when_finished(api, entry["url"])
    found = api.get(response["Location"]).json()
    assert found["total"] == 3
    assert found["counts"] == {"queued": 0, "running": 0, "done": 2, "failed": 0, "refused": 1}
    assert found["percent"] == 100
    coffee, refused, rocket = found["entries"]
    assert (coffee["prediction"], rocket["prediction"]) == ("espresso", "missile")
    assert coffee["url"] == response.json()[0]["url"]
    assert refused == response.json()[1]


def test_what_waits_and_what_failed_is_counted(api, model):
    response = send(api, *shades(4))
    first, second, *_ = Inference.objects.order_by("pk")
    Inference.objects.filter(pk=first.pk).update(status="running")
    Inference.objects.filter(pk=second.pk).fail("The picture could not be classified.")
    found = api.get(response["Location"]).json()
    assert found["counts"] == {"queued": 2, "running": 1, "done": 0, "failed": 1, "refused": 0}
    assert found["percent"] == 25
    assert found["entries"][1]["detail"] == "The picture could not be classified."


def test_entries_come_in_pages_in_the_order_of_the_files(api, model):
    response = send(api, *shades(5))
    names, address = [], response["Location"] + "?limit=2"
    while address:
        page = api.get(address)
        assert page.json()["total"] == 5
        names += [entry["file_name"] for entry in page.json()["entries"]]
        link = page.get("Link")
        address = link and link[1:].partition(">")[0]
    assert names == [f"{shade}.png" for shade in range(5)]


def test_a_deleted_prediction_is_no_longer_counted(api, model):
    response = send(api, *shades(2))
    api.delete(response.json()[0]["url"])
    found = api.get(response["Location"]).json()
    assert [entry["file_name"] for entry in found["entries"]] == ["1.png"]
    assert found["total"] == 1


def test_another_persons_request_is_not_found(api, api_for, make_user, model):
    address = send(api, *shades(1))["Location"]
    eve = api_for(make_user("eve@example.com"))
    for path in (address, f"/model/bulk/{NOBODYS}"):
        response = eve.get(path)
        assert response.status_code == 404
        assert response.json()["detail"] == "No Bulk matches the given query."


@pytest.mark.django_db(transaction=True)
def test_an_account_is_deleted_with_its_requests(api, user, model):
    send(api, *shades(2))
    user.delete()
    assert not Bulk.objects.exists()


def test_a_bulk_request_costs_few_statements_more_than_its_pictures(
    api, model, django_assert_max_num_queries
):
    cache.clear()  # of pictures that other tests have sent
    # Who; a picture each; the request, its entries and the savepoint around them; the webhooks.
    with django_assert_max_num_queries(1 + 3 + 4 + 1):
        send(api, *shades(3))
