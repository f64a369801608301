"""Finding one's own pictures: page by page, by day, in an order, through filters."""

import re
from datetime import UTC, timedelta
from urllib.parse import quote

import pytest
from django.utils import timezone
from django.utils.formats import date_format

from feedback.models import Feedback
from feedback.services import give_feedback
from predictions.models import Inference, Prediction
from predictions.pages import history
from predictions.pages.orders import ORDERS
from tests.predictions.client import NOBODYS
from tests.predictions.pages.test_pages import text


@pytest.fixture
def many(user, ask):
    """So many predictions of one picture, a second apart, numbered from the oldest."""

    def make(number):
        one = ask(user)
        now = timezone.now()
        rows = [
            Prediction(
                user=user,
                image=one.image,
                inference=one.inference,
                file_name=f"{index:05}.png",
                created_at=now - timedelta(seconds=number - index),
            )
            for index in range(number)
        ]
        Prediction.objects.bulk_create(rows)
        Prediction.objects.filter(pk=one.pk).update(created_at=now - timedelta(days=9))
        return rows

    return make


def names(response):
    return [p.file_name for p in response.context["predictions"]]


def test_pages_follow_each_other_without_gap_or_repetition(page, many):
    many(60)
    found, address = [], "/history"
    while address:
        response = page.get(address)
        found += names(response)
        following = response.context["following"]
        address = following and page_address(following)
    assert found == [f"{index:05}.png" for index in reversed(range(60))] + ["coffee.png"]


def page_address(place):
    return f"/history?after={quote(place)}"


def test_a_new_picture_does_not_shift_the_next_page(page, user, ask, many):
    many(30)
    first = page.get("/history")
    ask(user, "rocket.jpg", answered=False)
    second = page.get(page_address(first.context["following"]))
    assert not set(names(first)) & set(names(second))
    assert names(second)[0] == "00005.png"


@pytest.mark.parametrize(
    ("order", "place"),
    [
        ("newest", "nonsense"),
        ("newest", "2026-01-01T00:00:00+00:00~x"),
        ("newest", f"2026-01-01T00:00:00~{NOBODYS}"),  # where?
        ("newest", f"2026-13-01T00:00:00Z~{NOBODYS}"),
        ("surest", f"nan~{NOBODYS}"),
        ("surest", f"coffee.png~{NOBODYS}"),
        ("name", f"\0~{NOBODYS}"),
    ],
)
def test_a_made_up_place_gets_404(page, order, place):
    assert page.get(f"{page_address(place)}&order={order}").status_code == 404


@pytest.mark.parametrize("order", ORDERS)
def test_every_order_has_each_picture_once_page_by_page(page, user, ask, many, order):
    """Half of them have one name and one score, which is where a place is ambiguous."""
    rows = many(60)
    waiting = ask(user, "rocket.jpg", answered=False)
    Prediction.objects.filter(pk__in=[row.pk for row in rows[::2]]).update(file_name="B.png")
    found, address = [], f"/history?order={order}"
    while address:
        response = page.get(address)
        found += response.context["predictions"]
        following = response.context["following"]
        address = following and f"{page_address(following)}&order={order}"
    assert len(found) == len({prediction.pk for prediction in found}) == 62
    keys = {
        "newest": lambda p: -p.created_at.timestamp(),
        "oldest": lambda p: p.created_at.timestamp(),
        "surest": lambda p: -(p.inference.score or -1),
        "unsure": lambda p: p.inference.score or -1,
        "name": lambda p: p.file_name.lower(),
    }
    assert found == sorted(found, key=keys[order])
    ends = {"newest": 0, "unsure": 0, "oldest": -1, "surest": -1, "name": -1}
    assert found[ends[order]] == waiting


def test_ten_thousand_pictures_cost_as_many_queries_as_thirty(
    page, many, django_assert_num_queries
):
    many(10_000)
    page.get("/history")  # loads what a process loads once
    # Session, user; which are on the page, they, what was said of them, how many there are; the
    # classifiers that are offered, and those that have answered.
    with django_assert_num_queries(8):
        assert len(names(page.get("/history"))) == 24
    with django_assert_num_queries(4):
        page.get("/")
    place = page.get("/history").context["following"]
    with django_assert_num_queries(7):
        page.get(page_address(place))


def test_the_number_of_pictures_that_match_is_shown(page, many, monkeypatch):
    many(40)
    assert "41 pictures" in text(page.get("/history"))
    assert "1 picture " in text(page.get("/history?search=coffee.png"))
    assert "More than" not in text(page.get("/history"))
    monkeypatch.setattr(history, "COUNTED", 40)
    assert "More than 40 pictures" in text(page.get("/history"))


def test_pictures_stand_under_their_days(page, user, ask):
    today = timezone.now().astimezone(UTC).replace(hour=12, minute=0)
    asked = [ask(user, name) for name in ("chelsea.png", "rocket.jpg", "coffee.png", "coffee.png")]
    for prediction, age in zip(asked, (40, 1, 0, 0), strict=True):
        prediction.created_at = today - timedelta(days=age)
        prediction.save(update_fields=["created_at"])
    html = page.get("/history").content.decode()
    day = date_format((today - timedelta(days=40)).date())
    assert headings(html) == [
        "Today",
        "espresso",
        "espresso",
        "Yesterday",
        "missile (rocket)",
        day,
        "tiger cat",
    ]
    noon_there = page.get("/history?zone=Pacific/Kiritimati").content.decode()  # UTC+14
    assert headings(noon_there)[0] != "Yesterday"
    assert len(headings(noon_there)) == 7
    assert headings(page.get("/history?order=name").content.decode()) == [
        *("tiger cat", "espresso", "espresso", "missile (rocket)")
    ]


def headings(html):
    """Days and answers, in the order of the page."""
    found = re.findall(r"<h2>(.*)</h2>|<strong>([^<\d]*)</strong>", html)
    return [day or answer.strip() for day, answer in found]


FILTERS = [
    ("search=espr", ["coffee.png"]),
    ("search=MISS", ["rocket.jpg"]),
    ("search=tiger cat", ["chelsea.png"]),
    ("search=tiger_cat", ["chelsea.png"]),
    ("search=cat", ["chelsea.png"]),
    ("search=feline", ["chelsea.png"]),  # a group
    ("search=gato", ["chelsea.png"]),
    ("search=dog", []),
    ("search=ELSEA.p", ["chelsea.png"]),  # the file's name
    ("search=%25", []),  # no wildcard
    ("confidence=sure", ["coffee.png"]),
    ("confidence=unsure", ["rocket.jpg", "chelsea.png"]),
    ("feedback=given", ["chelsea.png"]),
    ("feedback=none", ["coffee.png", "rocket.jpg"]),
    ("feedback=right", ["chelsea.png"]),
    ("feedback=wrong", []),
    ("feedback=unknown", ["coffee.png", "rocket.jpg"]),
    ("status=done", ["coffee.png", "rocket.jpg", "chelsea.png"]),
    ("status=queued", []),
    ("since=2026-01-01&until=2026-01-31", ["chelsea.png"]),
    ("until=2026-01-14", []),
    ("until=2026-01-15", ["chelsea.png"]),  # that day included
    ("since=2026-01-15&until=2026-01-15&zone=Pacific/Auckland", []),  # the 16th by then
    ("since=2026-01-16&until=2026-01-16&zone=Pacific/Auckland", ["chelsea.png"]),
    ("since=2026-01-15&until=2026-01-15&zone=../Auckland", ["chelsea.png"]),  # no zone: UTC
    ("search=%20", ["coffee.png", "rocket.jpg", "chelsea.png"]),
    ("search=&confidence=&status=", ["coffee.png", "rocket.jpg", "chelsea.png"]),
]


@pytest.mark.parametrize(("query", "expected"), FILTERS)
def test_every_filter_finds_the_matching_pictures(page, three, query, expected):
    response = page.get(f"/history?{query}")
    assert response.status_code == 200
    assert names(response) == expected


def test_the_steps_of_the_confidence_filter_follow_the_setting(page, three, settings):
    settings.UNSURE_BELOW = 0.25
    response = page.get("/history?confidence=unsure")
    assert "&lt; 25%" in response.content.decode()
    assert names(response) == []
    assert names(page.get("/history?confidence=likely")) == ["rocket.jpg", "chelsea.png"]


def test_an_invalid_filter_shows_a_message(page, three):
    for query in (
        "status=asleep",
        "until=9999-12-31",
        "since=someday",
        "since=0001-01-01&zone=Europe/Berlin",
    ):
        response = page.get(f"/history?{query}")
        assert response.status_code == (200 if "9999" in query else 400), query
        assert ("These filters contradict" in text(response)) == ("9999" not in query)


def test_a_search_without_results_offers_to_show_all(page, three):
    response = page.get("/history?search=zebra")
    assert "None of your pictures match. Show all" in text(response)


def test_filters_are_kept_in_links_and_fields(page, three):
    html = page.get("/history?search=cat&confidence=unsure").content.decode()
    assert 'value="cat"' in html
    assert '<option value="unsure" selected>' in html
    assert 'href="/history/export.csv?search=cat&amp;confidence=unsure"' in html


def test_what_counts_is_what_was_said_last(page, user, three):
    Feedback.objects.create(
        user=user, prediction=three[0], correct=False, predicted_class="x", score=0.5
    )
    Feedback.objects.create(
        user=user, prediction=three[1], feedback="Hm.", predicted_class="x", score=0.5
    )
    assert names(page.get("/history?feedback=right")) == []
    assert names(page.get("/history?feedback=wrong")) == ["chelsea.png"]
    assert names(page.get("/history?feedback=unknown")) == ["coffee.png", "rocket.jpg"]
    assert names(page.get("/history?feedback=given")) == ["rocket.jpg", "chelsea.png"]
    html = page.get("/history").content.decode()
    assert html.count('<span class="bad">✗ wrong</span>') == 1
    assert '<span class="good">' not in html
    give_feedback(three[0], correct=True, label="")
    assert '<span class="good">✓ right</span>' in page.get("/history").content.decode()


def test_a_score_on_a_border_is_of_the_upper_step_only(page, page_for, staff, three):
    """On pages as in the admin."""
    Inference.objects.filter(pk=three[1].inference_id).update(score=0.9)
    assert names(page.get("/history?confidence=sure")) == ["coffee.png", "rocket.jpg"]
    assert names(page.get("/history?confidence=likely")) == []
    admin = page_for(staff).get("/admin/predictions/prediction/?score=likely")
    assert admin.context["cl"].result_count == 0
