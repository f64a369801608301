"""The list of classifiers that a person teaches or may ask, and a new one."""

import re

from predictions.classifiers import Classifier
from predictions.registry.ownership import new_classifier, share
from tests.learning.teaching import teach


def shown(page, path="/teach"):
    response = page.get(path)
    assert response.status_code == 200
    return response.content.decode()


def test_who_has_none_yet_is_told_what_one_can_do(page, model):
    assert "Teach this server classes of your own" in shown(page)


def test_a_new_classifier_opens(page, model, user):
    response = page.post("/teach", {"title": "Kinds of waste"})
    classifier = Classifier.objects.get(owner=user)
    assert (response.status_code, response["Location"]) == (302, f"/teach/{classifier.name}")
    assert "Kinds of waste" in shown(page)


def test_one_without_a_title_is_refused_in_words(page, model):
    response = page.post("/teach", {"title": " "})
    assert response.status_code == 400
    assert "A title has 1 to 100 characters." in response.content.decode()


def test_each_is_listed_with_what_there_is_of_it(page, model, user):
    teach(user, "Waste", cardboard=2, glass=1)
    text = " ".join(shown(page).split())
    assert "2 classes, 3 pictures" in text
    assert "Nothing in use yet" in text


def test_those_shared_with_me_are_listed_and_opened_if_i_may_teach_them(
    page, page_for, model, user, make_user
):
    grace = make_user("grace@example.com")
    to_ask, to_teach = (new_classifier(grace, title) for title in ("To ask", "To teach"))
    share(to_ask, user)
    share(to_teach, user, may_teach=True)
    assert "shared by grace@example.com, to ask" in shown(page)
    assert page.get(f"/teach/{to_ask.name}").status_code == 404
    assert page.get(f"/teach/{to_teach.name}").status_code == 200
    assert "To ask" not in shown(page_for(make_user("mary@example.com")))


def test_staff_with_the_right_see_all_with_their_owners_page_by_page(
    page_for, model, user, staff_with
):
    for number in range(21):
        Classifier.objects.create(name=f"c{number}", title=f"Taught {number}", owner=user)
    staff = page_for(staff_with("predictions.view_classifier"))
    assert "of ada@example.com" in shown(staff)
    assert not re.search(r"Taught 0\b", shown(staff))
    assert re.search(r"Taught 0\b", shown(staff, "/teach?page=2"))
    assert "Taught" not in shown(page_for(staff_with()))


def test_a_stranger_signs_in_first(client, db):
    assert client.get("/teach").status_code == 302
