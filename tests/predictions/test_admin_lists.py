"""The admin's lists of what grows with use: what is found, and that it takes no longer for it."""

import hashlib
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from benchmarks.staff_pages import ADDRESSES
from classifier_site.demo.pictures import DemoFile
from classifier_site.demo.rows import Rows
from feedback.models import Feedback
from foundation.web import bounded_lists
from foundation.web.bounded_lists import id_at
from predictions.classifiers import ModelVersion
from predictions.models import Image, Inference, Prediction
from tests.plans import rows_read
from tests.predictions.versions import version_like

PREDICTIONS = "/admin/predictions/prediction/"
ANSWERS = "/admin/predictions/inference/"
LISTS = ("/admin/predictions/", "/admin/feedback/", "/admin/accounts/user/")
BIG = {model._meta.db_table for model in (Image, Inference, Prediction, Feedback)}


@pytest.fixture
def desk(page_for, staff):
    return page_for(staff)


def found(desk, path, query=None):
    response = desk.get(path, query or {})
    assert response.status_code == 200
    return [str(row) for row in response.context["cl"].result_list]


class TestSearch:
    @pytest.fixture(autouse=True)
    def asked(self, user, make_user, ask):
        self.coffee = ask(user)
        self.cat = ask(make_user("grace@example.com"), "chelsea.png")

    @pytest.mark.parametrize(
        "words", ["espresso", "Espresso", "café expreso", "n07920052", "ada@exam", "coffee", "OFFE"]
    )
    def test_a_prediction_is_found_by_class_email_and_file_name(self, desk, staff, words):
        staff.language = "es"
        staff.save()
        assert found(desk, PREDICTIONS, {"q": words}) == ["coffee.png"]

    @pytest.mark.parametrize("words", ["{md5}", "{md5}.png", "{sha256}", "{id}", "ada@ {md5}"])
    def test_a_prediction_is_found_by_what_identifies_it(self, desk, words):
        image = self.coffee.image
        words = words.format(md5=image.md5, sha256=image.sha256, id=self.coffee.pk)
        assert found(desk, PREDICTIONS, {"q": words}) == ["coffee.png"]

    @pytest.mark.parametrize("words", ["nobody@", "grace@ coffee", "0" * 32])
    def test_nothing_is_found_where_a_word_does_not_fit(self, desk, words):
        assert found(desk, PREDICTIONS, {"q": words}) == []

    @pytest.mark.parametrize("label", ["espresso", "Espresso", "café expreso", "n07920052"])
    def test_a_class_is_typed_into_its_filter(self, desk, staff, label):
        staff.language = "es"
        staff.save()
        assert found(desk, PREDICTIONS, {"inference__label": label}) == ["coffee.png"]
        assert found(desk, ANSWERS, {"label": label}) == ["espresso"]

    def test_a_filter_that_is_typed_in_keeps_the_others(self, desk):
        query = {"q": "coffee", "inference__status__exact": "done", "inference__label": "cup"}
        html = desk.get(PREDICTIONS, query).content.decode()
        period = html.partition('data-filter-title="time"')[2].partition("</details>")[0]
        for name, value in query.items():
            assert f'<input type="hidden" name="{name}" value="{value}">' in period


def test_predictions_are_found_by_a_day(desk, user, ask):
    coffee, cat = ask(user), ask(user, "chelsea.png")
    long_ago = datetime(2024, 5, 17, 12, tzinfo=UTC)
    for row in (coffee, coffee.inference, coffee.image):
        type(row)._base_manager.filter(pk=row.pk).update(created_at=long_ago)
    day = {"created_at__gte": "2024-05-17", "created_at__lt": "2024-05-18"}
    assert found(desk, PREDICTIONS, day) == ["coffee.png"]
    assert found(desk, ANSWERS, day) == ["espresso"]
    assert found(desk, ANSWERS, {**day, "label": "espresso"}) == ["espresso"]
    assert found(desk, "/admin/predictions/image/", day) == [str(coffee.image)]
    since = {"created_at__gte": "2024-05-18", "created_at__lt": ""}
    assert found(desk, PREDICTIONS, since) == ["chelsea.png"]
    assert found(desk, ANSWERS, since) == [str(cat.inference)]
    html = desk.get(PREDICTIONS, day).content.decode()
    assert 'type="date" name="created_at__gte" value="2024-05-17"' in html


def test_a_day_that_is_none_shows_the_whole_list(desk, user, ask):
    ask(user)
    for path in (PREDICTIONS, ANSWERS):
        response = desk.get(path, {"created_at__gte": "2024-02-31"})
        assert response["Location"] == f"{path}?e=1"


def test_ids_are_found_by_time_across_gaps(db):
    began = timezone.now() - timedelta(days=100)
    for number in range(40):
        digest = hashlib.sha256(str(number).encode()).hexdigest()
        image = Image.objects.create(
            sha256=digest, md5=digest[:32], format="PNG", width=1, height=1, size=1, file=digest
        )
        Image.objects.filter(pk=image.pk).update(created_at=began + timedelta(days=number))
    Image.objects.filter(
        created_at__range=(began + timedelta(9.5), began + timedelta(22.5))
    ).delete()
    for days in (-1, 0, 0.5, 9, 10, 15, 23, 38.5, 39):
        time = began + timedelta(days=days)
        first = Image.objects.filter(created_at__gte=time).earliest("pk")
        older = Image.objects.filter(created_at__lt=time)
        at = id_at(Image, time)
        assert at <= first.pk and all(image.pk < at for image in older)
    assert id_at(Image, timezone.now()) > Image.objects.latest("pk").pk
    Image.objects.all().delete()
    assert id_at(Image, began) == 0


def test_it_is_said_when_older_rows_are_left_out(desk, user, ask, monkeypatch):
    said = "Of the newest 2. Choose a time, a filter or a search to see older ones."
    for name in ("coffee.png", "chelsea.png"):
        ask(user, name)
    monkeypatch.setattr(bounded_lists, "MOST", 2)
    assert said not in desk.get(PREDICTIONS).content.decode()
    ask(user, "rocket.jpg")
    for path in (PREDICTIONS, ANSWERS, "/admin/predictions/image/"):
        response = desk.get(path)
        assert said in response.content.decode()
        assert len(response.context["cl"].result_list) == 2
    assert said in desk.get(PREDICTIONS, {"user": user.pk}).content.decode()
    assert found(desk, PREDICTIONS, {"q": "coffee"}) == []
    assert found(desk, PREDICTIONS, {"inference__label": "espresso"}) == ["coffee.png"]


@pytest.fixture
def many(model, user):
    """Thousands of predictions, and what the planner has to know of them."""
    older = version_like(model, "older")
    files = [DemoFile("images/demo/000.jpeg", 1)]
    [chunk] = Rows(model, older, [user], files, 6000, timezone.now()).chunks(6000)
    chunk.save()
    with connection.cursor() as cursor:
        cursor.execute(f"ANALYZE {', '.join(sorted(BIG))}")


def test_no_page_reads_more_than_a_few_of_many_rows(desk, many, user, monkeypatch):
    """As EXPLAIN counts them, each statement of each page that the benchmark measures."""
    monkeypatch.setattr(bounded_lists, "MOST", 20)
    some = Prediction.objects.filter(inference__status="done").select_related("image", "inference")
    one = some.order_by("created_at")[2000]
    example = {
        "prediction": one.pk, "user": user.pk, "email": user.email, "md5": one.image.md5,
        "class": one.inference.label, "inference": one.inference_id, "image": one.image_id,
        "name": one.file_name[:6], "older": ModelVersion.objects.get(version="older").pk,
        "day": one.created_at.date().isoformat(),
        "next": (one.created_at + timedelta(days=1)).date().isoformat(),
    }  # fmt: skip
    wrong = []
    lists = [path for path in ADDRESSES if path.startswith(LISTS)]
    for address in [path.format(**example) for path in lists]:
        with CaptureQueriesContext(connection) as statements:
            assert desk.get(address).status_code == 200, address
        if len(statements) > 16:
            wrong.append(f"{address}: {len(statements)} statements")
        for statement in statements.captured_queries:
            if (read := rows_read(statement["sql"], BIG)) > 300:
                wrong.append(f"{address}: {read} rows by {statement['sql'][:300]}")
    assert not wrong, "\n".join(wrong)
