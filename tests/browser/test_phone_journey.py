"""Somebody with a phone sends an evening's photographs, in Spanish, and tidies up."""

from playwright.sync_api import expect

from feedback.models import Feedback
from predictions.labels.words import class_name
from predictions.models import Inference, Prediction
from tests.browser.test_many import PHONE, twenty_pictures

__all__ = ["twenty_pictures"]
GOLDEN_RETRIEVER = {"label": "golden_retriever", "class_key": "n02099601"}


def test_twenty_photographs_are_sent_corrected_deleted_restored_and_found(
    open_browser, user, worker, twenty_pictures
):
    page = open_browser(user, locale="es", **PHONE)
    page.goto("/")
    page.set_input_files("#file", twenty_pictures)
    expect(page.locator(".card .answer")).to_have_count(20, timeout=30_000)

    chosen = []
    for number in range(3):  # one tap each: on the first of the other answers
        card = page.locator(".card").nth(number)
        other = card.locator("button[name=class_key]").first
        chosen.append(other.text_content())
        other.tap()
        expect(card.locator(".said")).to_contain_text(f"Corregido: {chosen[-1]}.")
    labels = Feedback.objects.values_list("label", flat=True)
    assert sorted(class_name(label, "es") for label in labels) == sorted(chosen)

    card = page.locator(".card").nth(3)
    card.get_by_text("Otra…").tap()
    card.get_by_role("combobox").press_sequentially("gato")
    tabby = class_name("tabby", "es")
    card.get_by_role("option", name=tabby).first.tap()
    expect(card.locator(".said")).to_contain_text(f"Corregido: {tabby}.")
    assert Feedback.objects.filter(label="tabby", correct=False).count() == 1

    # No photograph of the tests shows a dog.
    dog = Prediction.objects.latest("created_at", "id")
    Inference.objects.filter(pk=dog.inference_id).update(**GOLDEN_RETRIEVER)
    page.goto("/history")
    boxes = page.locator(".grid").get_by_role("checkbox")
    expect(boxes).to_have_count(20)
    for box in boxes.all()[:2]:
        box.check()
    page.locator("#selection .danger").tap()
    page.locator("button.danger").tap()
    expect(page.locator(".grid li")).to_have_count(18)
    page.get_by_role("button", name="Deshacer").tap()
    expect(page.locator(".grid li")).to_have_count(20)

    page.locator("input[type=search]").fill("dog")
    page.keyboard.press("Enter")
    expect(page.locator(".grid li strong")).to_have_text([class_name("golden_retriever", "es")])
