import pytest

from feedback.services import give_feedback

PATH = "/admin/feedback/feedback/"


@pytest.fixture
def admin(page_for, staff):
    return page_for(staff)


@pytest.fixture
def record(user, ask):
    return give_feedback(ask(user), correct=False, label="latte", text="Too much milk.")


def test_what_people_say_is_listed_with_its_picture(admin, record):
    page = admin.get(PATH).content.decode()

    assert "Too much milk." in page
    assert "espresso" in page
    assert "<img" in page


@pytest.mark.parametrize("words", ["milk", "latte", "espresso", "ada@example.com"])
def test_it_is_found_by_its_words(admin, record, words):
    assert "Too much milk." in admin.get(PATH, {"q": words}).content.decode()
    assert "Too much milk." not in admin.get(PATH, {"q": "husky"}).content.decode()


def test_it_is_opened_also_when_its_picture_is_gone(admin, record):
    assert admin.get(f"{PATH}{record.pk}/change/").status_code == 200
    record.prediction.delete()

    assert admin.get(PATH).status_code == 200
    assert admin.get(f"{PATH}{record.pk}/change/").status_code == 200
