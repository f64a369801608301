import pytest
from redis import Redis
from rq import Queue

from learning.classes import add_class
from learning.examples import add_upload
from predictions import quotas
from predictions.models import Prediction
from predictions.queueing.queue import queues
from predictions.refusals import QuotaOfBytes, QuotaOfPictures
from predictions.registry.ownership import new_classifier
from tests.pictures import IMAGES, upload

pytestmark = pytest.mark.django_db
NAMES = ["coffee.png", "rocket.jpg", "chelsea.png"]


@pytest.fixture(autouse=True)
def nothing_remembered():
    connection = queues()[0].connection
    for key in connection.keys(quotas.KEY.format("*")):
        connection.delete(key)


def refusal(detail):
    return {"detail": detail, "code": "quota"}


def give(user, **quota):
    for name, value in quota.items():
        setattr(user, f"quota_{name}", value)
    user.save()


def send(api, number):
    with upload(NAMES[number]) as file:
        return api.post(
            "/model/predict",
            {"file": file},
            format="multipart",
            headers={"Prefer": "respond-async"},
        )


def statuses(api, numbers):
    return [send(api, number).status_code for number in numbers]


def test_the_api_refuses_one_picture_too_many_and_says_so(api, model, settings):
    settings.QUOTA_PICTURES = 2
    assert statuses(api, [0, 1]) == [202, 202]
    refused = send(api, 2)
    assert (refused.status_code, refused.json()) == (403, refusal(QuotaOfPictures.detail))
    assert "Retry-After" not in refused
    assert Prediction.objects.count() == 2


def test_bytes_are_limited_too_and_a_smaller_picture_may_still_fit(api, user, model):
    sizes = [(IMAGES / name).stat().st_size for name in NAMES]
    largest, smallest = sizes.index(max(sizes)), sizes.index(min(sizes))
    other = ({0, 1, 2} - {largest, smallest}).pop()
    give(user, bytes=sizes[other] + sizes[smallest])
    assert statuses(api, [other]) == [202]
    refused = send(api, largest)
    assert (refused.status_code, refused.json()) == (403, refusal(QuotaOfBytes.detail))
    assert statuses(api, [smallest]) == [202]


def test_a_picture_that_is_kept_already_costs_nothing(api, model, settings):
    settings.QUOTA_PICTURES = 1
    assert statuses(api, [0, 0, 0]) == [202] * 3
    assert statuses(api, [1]) == [403]
    assert statuses(api, [0]) == [202]


def test_a_deletion_makes_room_at_once(api, model, settings):
    settings.QUOTA_PICTURES = 1
    made = send(api, 0).json()["id"]
    assert statuses(api, [1]) == [403]
    assert api.delete(f"/model/predictions/{made}").status_code == 204
    assert statuses(api, [1, 2]) == [202, 403]


def test_what_is_in_the_trash_is_kept(api, user, model, settings):
    settings.QUOTA_PICTURES = 1
    send(api, 0)
    Prediction.objects.all().move_to_trash()
    assert statuses(api, [1]) == [403]


def test_in_bulk_each_picture_is_refused_on_its_own(api, model, settings):
    settings.QUOTA_PICTURES = 2
    with upload(NAMES[0]) as a, upload(NAMES[1]) as b, upload(NAMES[2]) as c:
        sent = api.post("/model/predictions", {"file": [a, b, c]}, format="multipart")
    assert [entry["status"] for entry in sent.json()] == ["queued", "queued", "refused"]
    assert sent.json()[2]["detail"] == QuotaOfPictures.detail


def test_pages_refuse_with_the_sentence(page, user, model):
    give(user, pictures=0)
    with upload("coffee.png") as file:
        form = page.post("/", {"file": file})
    assert form.status_code == 403 and QuotaOfPictures.detail in form.content.decode()
    with upload("coffee.png") as file:
        card = page.post("/history/cards", {"file": file}, headers={"Accept": "text/plain"})
    assert (card.status_code, card.content.decode()) == (403, QuotaOfPictures.detail)


def test_ones_own_quota_goes_before_everybodys(api, user, model, settings):
    settings.QUOTA_PICTURES = 1
    give(user, pictures=2)
    assert statuses(api, [0, 1, 2]) == [202, 202, 403]


def test_others_do_not_count(api, make_user, api_for, model, settings):
    settings.QUOTA_PICTURES = 1
    assert statuses(api_for(make_user("eve@example.com")), [0, 1]) == [202, 403]
    assert statuses(api, [0, 1]) == [202, 403]


def test_examples_count(user, model):
    classifier = new_classifier(user, "Cups")
    cups = add_class(classifier, "Cup")
    give(user, pictures=1)
    add_upload(user, cups, upload("coffee.png"))
    with pytest.raises(QuotaOfPictures):
        add_upload(user, cups, upload("rocket.jpg"))
    assert quotas.use_of(user).pictures == 1


def test_the_count_is_not_repeated_for_each_picture(user, django_assert_num_queries):
    give(user, pictures=10)
    with django_assert_num_queries(3):  # what is kept, and whether this is, in two places
        for number in range(10):
            quotas.check(user, f"{number:064}", 100)
    give(user, pictures=0)
    with pytest.raises(QuotaOfPictures):
        quotas.check(user, "0" * 64, 100)


def test_without_a_quota_nothing_is_counted(user, django_assert_num_queries):
    with django_assert_num_queries(0):
        quotas.check(user, "0" * 64, 100)


def test_without_redis_it_is_counted_each_time(user, settings, monkeypatch):
    monkeypatch.setattr(quotas, "queues", dead_queues)
    give(user, pictures=0)
    with pytest.raises(QuotaOfPictures):
        quotas.check(user, "0" * 64, 100)
    give(user, pictures=1)
    quotas.check(user, "0" * 64, 100)


def dead_queues():
    return [Queue("predictions", connection=Redis(port=1))]


def test_the_page_says_how_much_is_kept_and_may_be(page, user, ask):
    prediction = ask(user)
    shown = page.get("/accounts/storage").content.decode()
    assert "1 picture of yours is kept" in shown and "no limit" in shown
    give(user, pictures=4, bytes=2 * 1024 * 1024)
    shown = page.get("/accounts/storage").content.decode()
    assert "1 of 4 pictures" in shown and "2.0" in shown and "no limit" not in shown
    assert f'value="{prediction.image.size}"' in shown
    assert "/accounts/storage" in page.get("/accounts").content.decode()


def test_staff_give_somebody_a_quota_in_the_admin(page_for, staff, user, logged):
    desk = page_for(staff)
    path = f"/admin/accounts/user/{user.pk}/change/"
    said = {"email": user.email, "username": user.username, "is_active": "on"}
    said |= {"quota_pictures": "7", "quota_bytes": ""}
    assert desk.post(path, said).status_code == 302
    user.refresh_from_db()
    assert quotas.quota_of(user) == quotas.Quota(7, None)
    assert {"changed": ["quota_pictures"]} in [e.detail for e in logged("account_changed")]
