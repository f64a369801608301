"""The admin and the API's own pages obey the site's policy and load nothing from elsewhere.

What is in the admin is accessible, in light and dark.
"""

import pytest
from playwright.sync_api import expect

from accounts import audit
from feedback.services import give_feedback
from review.decisions import verify
from tests.browser.axe import COLOURS, axe
from tests.predictions.versions import version_like

ADMIN = [
    "/admin/",
    "/admin/accounts/user/",
    "/admin/accounts/user/add/",
    "/admin/accounts/user/{user}/change/",
    "/admin/accounts/auditevent/",
    "/admin/auth/group/add/",
    "/admin/accounts/apitoken/",
    "/admin/predictions/image/",
    "/admin/predictions/image/{image}/change/",
    "/admin/predictions/inference/",
    "/admin/predictions/inference/{inference}/change/",
    "/admin/predictions/modelversion/",
    "/admin/predictions/modelversion/{retired}/roles/challenge/",
    "/admin/predictions/classifier/{classifier}/change/",
    "/admin/predictions/rolechange/",
    "/admin/predictions/prediction/",
    "/admin/predictions/prediction/{done}/change/",
    "/admin/feedback/feedback/",
    "/admin/feedback/feedback/{said}/change/",
    "/admin/review/decision/",
    "/admin/review/decision/{decision}/change/",
    "/admin/webhooks/webhook/",
]


@pytest.fixture
def there(predictions, user, staff):
    """What the addresses name."""
    done = predictions["done"]
    champion = done.inference.model_version
    audit.record(audit.Action.SIGNED_IN, None, actor=user)
    decision = verify(
        done.image, champion.classifier, "", staff, queue="page", inference=done.inference
    )
    return {
        "done": done.pk,
        "user": user.pk,
        "image": done.image_id,
        "inference": done.inference_id,
        "retired": version_like(champion, "retired").pk,
        "classifier": champion.classifier_id,
        "said": give_feedback(done, correct=False, label="cup").pk,
        "decision": decision.pk,
    }


@pytest.mark.parametrize("path", ADMIN)
def test_admin_pages_obey_the_policy_and_are_accessible(open_browser, staff, there, path):
    page = open_browser(staff, color_scheme="light", reduced_motion="reduce")
    response = page.goto(path.format(**there))
    assert response.status == 200
    page.wait_for_load_state("networkidle")
    axe(page)
    page.emulate_media(color_scheme="dark")
    page.wait_for_function("() => document.getAnimations().length === 0")  # links change slowly
    axe(page, COLOURS)


def test_queue_pages_of_the_admin_obey_the_content_security_policy(open_browser, staff, worker):
    # Its lists of jobs call a script that Django's admin has no more, and say so on the console.
    page = open_browser(staff)
    page.goto("/admin/django_rq/dashboard/")
    expect(page.get_by_text("bulk").first).to_be_visible()
    page.wait_for_load_state("networkidle")


def test_the_api_documentation_obeys_the_content_security_policy(browser_page, model):
    browser_page.goto("/docs")
    expect(browser_page.get_by_text("/model/predict").first).to_be_visible()
    browser_page.wait_for_load_state("networkidle")


def test_who_signs_in_to_the_documentation_tries_the_api_and_stays_signed_in(
    browser_page, user, model
):
    user.set_password("correct horse")
    user.save()
    browser_page.goto("/docs")
    browser_page.get_by_role("button", name="Authorize").click()
    form = browser_page.locator(".auth-container", has_text="password")
    form.get_by_label("username:").fill(user.email)
    form.get_by_label("password:").fill("correct horse")
    form.get_by_role("button", name="Apply given OAuth2 credentials").click()
    expect(form.get_by_role("button", name="Remove authorization")).to_be_visible()
    browser_page.reload()
    browser_page.get_by_text("/users/me", exact=True).click()
    browser_page.get_by_role("button", name="Try it out").click()
    browser_page.get_by_role("button", name="Execute").click()
    answer = browser_page.locator(".live-responses-table .response")
    expect(answer).to_contain_text(user.email)
