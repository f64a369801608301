"""Pages that ask for themselves anew while work runs."""

from playwright.sync_api import expect

from learning.models import Example


def test_what_somebody_has_opened_and_ticked_stays_so(open_browser, user, taught):
    page = open_browser(user)
    page.goto(f"/teach/{taught['classifier']}")  # where a training runs
    problem = page.locator("#problem-two-classes")
    problem.locator("summary").click()
    problem.get_by_role("checkbox").first.check()
    page.get_by_role("heading", level=1).click()  # parts with the focus are not renewed
    Example.objects.filter(file_name="twice.jpg").update(file_name="renewed.jpg")
    renewed = problem.locator(".tile").filter(has_text="renewed.jpg")
    expect(renewed).to_be_visible(timeout=30_000)
    expect(problem.get_by_role("checkbox").first).to_be_checked()
    expect(problem.get_by_role("checkbox").last).not_to_be_checked()
