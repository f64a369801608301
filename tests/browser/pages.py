"""The pages that are checked for accessibility and photographed; a new page is a new line.

They are made ready by names that are the same in every language.
"""

from collections.abc import Callable
from dataclasses import dataclass

from playwright.sync_api import Page, expect

from tests.pictures import IMAGES


def as_it_is(page: Page) -> None:
    """Nothing to do before the look."""


def send_stale_form(page: Page) -> None:
    """A form without the token that every form of the site has."""
    with page.expect_navigation():
        page.evaluate("""() => {
            const form = document.createElement("form");
            form.method = "post";
            document.body.append(form);
            form.submit();
        }""")


def drop_photographs(page: Page) -> None:
    """Photographs that `predictions` has sent before, answered at once, and a wrong file."""
    files = [str(IMAGES / name) for name in ("chelsea.png", "rocket.jpg", "coffee.png")]
    page.set_input_files("#file", [*files, str(IMAGES / "README.md")])
    expect(page.locator(".card .answer")).to_have_count(3)


def say_wrong(page: Page) -> None:
    """The correction of an answer, with its search open."""
    if page.locator(".other[open]").count() == 0:
        page.locator(".chips button").last.click()
    expect(page.locator(".other[open]")).to_be_visible()
    page.locator("input[data-labels]").press_sequentially("ca")
    expect(page.get_by_role("option").first).to_be_visible()


def open_details(page: Page) -> None:
    for summary in page.locator("summary").all():
        summary.click()


def select_two(page: Page) -> None:
    for box in page.get_by_role("checkbox").all()[:2]:
        box.check()


def ask_to_delete(page: Page) -> None:
    select_two(page)
    page.locator("#selection button.danger").click()


def delete_two(page: Page) -> None:
    ask_to_delete(page)
    page.locator("button[name=confirmed]").click()
    expect(page.locator(".message button")).to_be_visible()


def look_into_trash(page: Page) -> None:
    delete_two(page)
    page.goto("/history/trash")
    select_two(page)


def enlarge(page: Page) -> None:
    page.locator("a.zoom").click()


def make_token(page: Page) -> None:
    page.locator("#tokens input[name=name]").fill("The camera at the bird feeder")
    page.locator("#tokens form:has(input[name=name]) button").click()
    expect(page.locator("#new-token")).to_be_visible()


def make_webhook(page: Page) -> None:
    page.locator("main input[name=url]").fill(
        "https://a-long-name-of-a-host.example/and/a/long/path/too"
    )
    page.keyboard.press("Enter")
    expect(page.locator("#new-secret")).to_be_visible()


def give_right_password(page: Page) -> None:
    page.locator("input[name=username]").fill("locked@example.com")
    page.locator("input[name=password]").fill("a long enough secret")
    page.keyboard.press("Enter")
    expect(page.locator("input[name=code]")).to_be_visible()


def give_wrong_code(page: Page) -> None:
    give_right_password(page)
    page.locator("input[name=code]").fill("123456")
    page.keyboard.press("Enter")
    expect(page.locator(".problem p")).to_be_visible()


def ask_for_passkey(page: Page) -> None:
    page.locator("form.second button").click()
    expect(page.locator("form[data-passkey]")).to_be_visible()


def make_recovery_codes(page: Page) -> None:
    page.locator("form[action$=recovery-codes] button").click()
    expect(page.locator("#codes")).to_be_visible()


def type_weak_password(page: Page) -> None:
    page.locator("input[name=email]").fill("ada@example")
    page.locator("input[name=password]").press_sequentially("secret")
    expect(page.locator(".problem p").last).to_be_visible()


def accept_and_undo(page: Page) -> None:
    """So that the picture has decisions, which its page of a label shows."""
    page.keyboard.press("a")
    expect(page.locator("#said")).not_to_be_empty()
    page.keyboard.press("u")
    page.locator("#stage a[href*='/review/labels/']").click()
    expect(page.locator(".decide form").first).to_be_visible()


def empty_the_queue(page: Page) -> None:
    page.keyboard.press("n")
    expect(page.locator("#stage .empty")).to_be_visible()


@dataclass(frozen=True)
class Case:
    """A page, its address and how it is made to look as it is to be looked at.

    `{done}` and `{judged}` in a path are ids of the fixture `predictions`, `{comparison}` that of
    the fixture of this name, `{version}` that of its second version, `{image}` that of a picture.
    `{classifier}`, `{class}`, `{archive}`, `{package}`, `{running}` and `{training}` are of the
    fixture `taught`; `{export}`, `{running}` and `{import}` of the fixture `data_sets`;
    `{answered}` and `{verified}` of `decided`.
    """

    name: str
    path: str
    signed_in: bool = False
    newcomer: bool = False  # signed in, and has sent nothing yet
    two_factor: bool = False  # a newcomer with a second factor and several devices
    locked: bool = False  # nobody, and there is somebody with a second factor
    several: bool = False  # there is a second classifier
    taught: bool = False  # with a classifier that is taught, and what came of two trainings
    staff: bool = False  # with `predictions` of others, and a comparison
    data_sets: bool = False  # staff, with two exports and an import
    decided: bool = False  # staff, with `predictions` of the random sample that were reviewed
    status: int = 200
    prepare: Callable[[Page], None] = as_it_is


CASES = [
    Case("landing", "/"),
    Case("login", "/accounts/login"),
    Case("signup", "/accounts/signup", prepare=type_weak_password),
    Case("password-reset", "/accounts/password-reset"),
    Case("password-reset-sent", "/accounts/password-reset/sent"),
    Case("password-reset-too-old", "/accounts/password-reset/x/y"),
    Case("classify-empty", "/", newcomer=True),
    Case("history-empty", "/history", newcomer=True),
    Case("classify", "/", signed_in=True),
    Case("classify-cards", "/", signed_in=True, prepare=drop_photographs),
    Case("classify-several", "/", signed_in=True, several=True, prepare=drop_photographs),
    Case("history", "/history", signed_in=True, prepare=select_two),
    Case("history-several", "/history", signed_in=True, several=True, prepare=open_details),
    Case("history-filtered", "/history?search=espresso&confidence=sure", signed_in=True),
    Case("history-nothing", "/history?search=zebra", signed_in=True),
    Case("history-filters", "/history?feedback=wrong", signed_in=True, prepare=open_details),
    Case("history-trash", "/history/trash", signed_in=True),
    Case("delete", "/history", signed_in=True, prepare=ask_to_delete),
    Case("deleted", "/history", signed_in=True, prepare=delete_two),
    Case("trash", "/history", signed_in=True, prepare=look_into_trash),
    Case("prediction", "/history/{done}", signed_in=True, prepare=open_details),
    Case("prediction-wrong", "/history/{done}", signed_in=True, prepare=say_wrong),
    Case("prediction-large", "/history/{done}", signed_in=True, prepare=enlarge),
    Case("prediction-feedback", "/history/{judged}", signed_in=True),
    Case("account", "/accounts", signed_in=True, prepare=make_token),
    Case("account-two-factor", "/accounts", two_factor=True),
    Case("storage", "/accounts/storage", signed_in=True),
    Case("webhooks", "/accounts/webhooks", newcomer=True, prepare=make_webhook),
    Case("two-factor-app", "/accounts/two-factor/app", newcomer=True),
    Case("two-factor-passkey", "/accounts/two-factor/passkey", newcomer=True),
    Case("two-factor-remove", "/accounts/two-factor/remove", two_factor=True),
    Case("recovery-codes", "/accounts", two_factor=True, prepare=make_recovery_codes),
    Case("confirm", "/accounts/confirm?next=/accounts/two-factor/app", newcomer=True),
    Case("second-step", "/accounts/login", locked=True, prepare=give_wrong_code),
    Case("passkey-sign-in", "/accounts/login", prepare=ask_for_passkey),
    Case("account-delete", "/accounts/delete", signed_in=True),
    Case("teach-empty", "/teach", newcomer=True),
    Case("teach", "/teach", taught=True),
    Case("teach-classifier", "/teach/{classifier}", taught=True, prepare=open_details),
    Case("teach-class", "/teach/{classifier}/classes/{class}", taught=True, prepare=select_two),
    Case("teach-history", "/teach/{classifier}/history", taught=True, prepare=select_two),
    Case("teach-corrections", "/teach/{classifier}/corrections", taught=True),
    Case("teach-archive", "/teach/{classifier}/archives/{archive}", taught=True),
    Case("teach-package", "/teach/{classifier}/packages/{package}", taught=True),
    Case("training-runs", "/teach/{classifier}/trainings/{running}", taught=True),
    Case("training", "/teach/{classifier}/trainings/{training}", taught=True, prepare=open_details),
    Case("teach-try", "/teach/{classifier}/trainings/{training}/try", taught=True),
    Case("admin", "/admin/", staff=True),
    Case("models", "/staff/models", staff=True, several=True),
    Case("model", "/staff/models/imagenet", staff=True),
    Case("change-role", "/staff/versions/{version}/challenge", staff=True),
    Case("similar", "/staff/pictures/{image}/similar", staff=True),
    Case("comparisons", "/staff/models/imagenet/compare", staff=True),
    Case("comparison", "/staff/comparisons/{comparison}", staff=True),
    Case("data-sets", "/data-sets", data_sets=True, several=True),
    Case("data-set-export", "/data-sets/exports/{export}", data_sets=True),
    Case("data-set-runs", "/data-sets/exports/{running}", data_sets=True),
    Case("data-set-import", "/data-sets/imports/{import}", data_sets=True, prepare=open_details),
    Case("accuracy-empty", "/review/accuracy", staff=True),
    Case("accuracy", "/review/accuracy", decided=True),
    Case("confusion-empty", "/review/confusion", staff=True),
    Case("confusion", "/review/confusion", decided=True),
    Case(
        "confusion-pictures",
        "/review/confusion/pictures?answered={answered}&verified={verified}",
        decided=True,
    ),
    Case("review", "/review", staff=True),
    Case("review-queue", "/review/imagenet/feedback", staff=True, prepare=open_details),
    Case("review-disagreement", "/review/imagenet/disagreement", staff=True),
    Case("review-empty", "/review/imagenet/wrong", staff=True, prepare=empty_the_queue),
    Case("review-label", "/review/imagenet/feedback", staff=True, prepare=accept_and_undo),
    Case("error-403", "/accounts/login", status=403, prepare=send_stale_form),
    Case("error-404", "/history/nothing", signed_in=True, status=404),
]
