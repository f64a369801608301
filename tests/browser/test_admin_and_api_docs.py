"""The admin and the API's own pages obey the site's policy and load nothing from elsewhere."""

import pytest
from playwright.sync_api import expect

from tests.predictions.versions import version_like

ADMIN = [
    "/admin/",
    "/admin/accounts/user/",
    "/admin/accounts/user/add/",
    "/admin/accounts/apitoken/",
    "/admin/predictions/image/",
    "/admin/predictions/inference/",
    "/admin/predictions/modelversion/",
    "/admin/predictions/modelversion/{retired}/roles/challenge/",
    "/admin/predictions/classifier/{classifier}/change/",
    "/admin/predictions/rolechange/",
    "/admin/predictions/prediction/",
    "/admin/predictions/prediction/{done}/change/",
    "/admin/feedback/feedback/",
]


@pytest.mark.parametrize("path", ADMIN)
def test_admin_pages_obey_the_content_security_policy(open_browser, staff, predictions, path):
    page = open_browser(staff)
    champion = predictions["done"].inference.model_version
    there = {
        "done": predictions["done"].pk,
        "retired": version_like(champion, "retired").pk,
        "classifier": champion.classifier_id,
    }
    response = page.goto(path.format(**there))
    assert response.status == 200
    page.wait_for_load_state("networkidle")


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
