"""The admin and the API's own pages obey the same policy, and ask nobody else for anything."""

import pytest
from playwright.sync_api import expect

ADMIN = [
    "/admin/",
    "/admin/accounts/user/",
    "/admin/accounts/user/add/",
    "/admin/accounts/apitoken/",
    "/admin/predictions/image/",
    "/admin/predictions/inference/",
    "/admin/predictions/modelversion/",
    "/admin/predictions/prediction/",
    "/admin/predictions/prediction/{done}/change/",
    "/admin/feedback/feedback/",
    "/admin/password_change/",
]


@pytest.mark.parametrize("path", ADMIN)
def test_the_admin(open_browser, staff, predictions, path):
    page = open_browser(staff)
    response = page.goto(path.format(done=predictions["done"].pk))
    assert response.status == 200
    page.wait_for_load_state("networkidle")


def test_the_queues_in_the_admin(open_browser, staff, worker):
    page = open_browser(staff)
    page.goto("/admin/")
    page.get_by_role("link", name="Queue").first.click()
    expect(page.get_by_role("link", name="predictions").first).to_be_visible()
    page.get_by_role("link", name="predictions").first.click()
    page.wait_for_load_state("networkidle")


@pytest.mark.parametrize("path", ["/docs", "/redoc"])
def test_the_description_of_the_api(browser_page, model, path):
    browser_page.goto(path)
    expect(browser_page.get_by_text("/model/predict").first).to_be_visible()
    browser_page.wait_for_load_state("networkidle")
