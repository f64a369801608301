"""Reviewers work through a queue by their keyboards, in a real browser."""

import io
from itertools import cycle

import pytest
from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from PIL import Image as PillowImage
from playwright.sync_api import expect

from feedback.services import give_feedback
from review.decisions import decide
from review.filling import fill
from review.models import Decision, Entry, Queue
from tests.predictions.comparisons.rows import CUP, asked

FEEDBACK = "/review/imagenet/feedback"


@pytest.fixture
def reviewer(staff_with):
    return staff_with("review.add_decision")


@pytest.fixture
def wait_for_review(transactional_db, user, model):
    """Corrections that wait, each of a small picture of its own."""

    def wait(number):
        for shade in range(number):
            prediction = asked(user, model, CUP)
            content = io.BytesIO()
            PillowImage.new("RGB", (32, 24), (10 * shade, 90, 160)).save(content, "PNG")
            name = default_storage.save(str(prediction.image.file), ContentFile(content.getvalue()))
            assert name == str(prediction.image.file)
            prediction.file_name = f"{shade}.png"
            prediction.save()
            give_feedback(prediction, correct=False, label="espresso")
        fill(model.classifier)
        return list(Entry.objects.waiting(Queue.FEEDBACK, model.classifier))

    return wait


def test_two_at_once_review_twenty_pictures_by_keyboard_alone(
    open_browser, reviewer, staff, wait_for_review
):
    entries = wait_for_review(20)
    pages = [open_browser(person) for person in (reviewer, staff)]
    for page in pages:
        page.goto(FEEDBACK)
    keys, pressed = cycle(["1", "2", "n", "r", "a"]), [0, 0]
    while sum(pressed) < 40:
        for number, page in enumerate(pages):
            expect(page.locator("#stage :is(.entry, .empty)")).to_be_visible()
            if page.locator("#stage .entry").count():
                page.keyboard.press(next(keys))
                pressed[number] += 1
        if all(page.locator("#stage .empty").count() for page in pages):
            break
    assert sum(pressed) == 20 and min(pressed) >= 5
    decided = Decision.objects.values_list("image", flat=True)
    assert sorted(decided) == sorted(entry.image_id for entry in entries)
    assert set(Decision.objects.values_list("verdict", flat=True)) == set(Decision.Verdict.values)
    assert not Entry.objects.filter(finished_at=None).exists()


def test_the_next_picture_is_there_before_the_decision_is_saved(
    open_browser, reviewer, wait_for_review
):
    wait_for_review(3)
    page = open_browser(reviewer)
    held = []
    page.goto(FEEDBACK)
    page.route(f"**{FEEDBACK}", lambda route: held.append(route))
    page.keyboard.press("1")
    second = page.get_by_role("img", name="The picture 1.png")
    expect(second).to_be_visible()
    assert second.evaluate("picture => picture.complete && picture.naturalWidth") == 32
    assert not Decision.objects.exists()
    held.pop().continue_()
    expect(page.locator("#said")).to_have_text("Saved: cup.")
    expect(page.locator("#progress")).to_have_text("2 left · 1 done by you today")


def test_other_keys(open_browser, reviewer, wait_for_review):
    wait_for_review(2)
    page = open_browser(reviewer)
    page.goto(FEEDBACK)
    picture = page.get_by_role("img", name="The picture 0.png")
    page.keyboard.press("z")
    expect(page.locator("#stage .frame")).to_have_class("frame close")
    page.keyboard.press("z")
    expect(page.locator("#stage .frame")).to_have_class("frame")
    page.keyboard.press("c")
    page.keyboard.type("siamese")
    expect(page.get_by_role("option", name="Siamese cat")).to_be_visible()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.locator("#said")).to_have_text("Saved: Siamese cat.")
    page.keyboard.press("u")
    expect(picture).to_be_visible()
    expect(page.get_by_text("another class: Siamese cat")).to_be_visible()
    page.keyboard.press("s")
    expect(page.locator("#said")).to_have_text("Skipped. Other reviewers get it.")
    page.keyboard.press("?")
    page.get_by_label("Keys decide without Ctrl or another key").uncheck()
    page.locator("#stage .entry").focus()
    page.keyboard.press("1")
    page.reload()
    page.keyboard.press("1")
    expect(page.get_by_role("img", name="The picture 1.png")).to_be_visible()
    assert not Decision.objects.current().exists()


def test_what_could_not_be_saved_is_said_and_comes_again(
    open_browser, page_guard, reviewer, staff, wait_for_review
):
    first, second, third, _fourth = wait_for_review(4)
    page_guard.expect(409)
    page_guard.expect_offline()
    page = open_browser(reviewer)
    page.goto(FEEDBACK)
    failed, shown = page.locator("#failed"), page.locator("#stage .entry")
    page.context.set_offline(True)
    page.keyboard.press("1")
    expect(failed).to_contain_text("0.png: No connection")
    expect(shown).to_have_attribute("aria-label", "1.png")
    page.context.set_offline(False)
    Entry.objects.filter(pk=second.pk).update(leased_by=None)
    decide(second.pk, staff, queue="feedback", class_key=CUP)
    page.keyboard.press("1")
    expect(failed).to_contain_text("1.png: Somebody else has decided about this picture meanwhile.")
    expect(shown).to_have_attribute("aria-label", "0.png")
    page.keyboard.press("1")
    expect(page.locator("#said")).to_have_text("Saved: cup.")
    expect(failed).to_be_hidden()
    page.context.clear_cookies(name=settings.SESSION_COOKIE_NAME)
    page.keyboard.press("1")
    expect(failed).to_contain_text("2.png: You are signed out")
    decided = set(Decision.objects.values_list("image", flat=True))
    assert decided == {first.image_id, second.image_id} and third.image_id not in decided
