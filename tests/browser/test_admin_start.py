"""The admin's start page with a month of figures: accessible, in light and dark, on a phone."""

import random

import pytest

from classifier_site.operations.overview import days
from feedback.models import Feedback
from feedback.services import give_feedback
from tests.browser.axe import COLOURS, axe
from tests.browser.pages import open_details
from tests.browser.test_accessible import NARROW_PHONE, SPILLS
from tests.operations.overview.rows import again, answered, failed, noon
from tests.predictions.versions import version_like


@pytest.fixture
def site(serve):
    """One that remembers no figures of another test."""
    return serve()


@pytest.fixture
def month(user, make_user, model):
    """Something of each kind on each day."""
    versions = [model, version_like(model, "a-newer-version-with-a-long-name")]
    people = [user, make_user("grace@example.com")]
    chance = random.Random(23)
    for days_ago in range(days.MONTH):
        for version in chance.choices(versions, k=chance.randint(1, 3)):
            timings = {"queue": chance.uniform(1, 900), "decode": 7, "inference": 60, "save": 2}
            seconds = chance.lognormvariate(-1, 1)
            sent = answered(people[0], version, days_ago, seconds, timings=timings)
            if chance.random() < 0.5:
                again(sent, people[1], days_ago)
        if days_ago % 3 == 0:
            said = give_feedback(sent, correct=days_ago % 2 == 0, label="coffee mug")
            Feedback.objects.filter(pk=said.pk).update(created_at=noon(days_ago))
            failed(user, model, days_ago, "It takes a sentence of some length to say why.")
    for _ in range(days.MONTH):
        days.finish_now_and_then()


def test_a_month_of_figures_is_accessible_and_fits_a_narrow_phone(month, open_browser, staff):
    page = open_browser(staff, color_scheme="light", reduced_motion="reduce")
    page.goto("/admin/")
    assert page.locator(".overview rect.first").count() > days.MONTH
    open_details(page)
    axe(page)
    page.emulate_media(color_scheme="dark")
    axe(page, COLOURS)
    page.set_viewport_size(NARROW_PHONE)
    assert page.evaluate(SPILLS) == []
