"""Pages name classes in their language; the API names them as it always did."""

import pytest

from predictions.models import Inference


@pytest.fixture
def answered(user, ask):
    return ask(user)


@pytest.mark.parametrize("path", ["/", "/history", "/history/{pk}"])
def test_every_page_names_the_answer_in_its_language(page, user, answered, path):
    path = path.format(pk=answered.pk)
    assert "espresso" in page.get(path).content.decode()
    user.language = "es"
    user.save()
    assert "café expreso" in page.get(path).content.decode()


def test_a_card_names_the_answer_in_the_language_of_its_page(page, user, answered):
    user.language = "es"
    user.save()
    (card,) = page.get(f"/history/cards?id={answered.pk}").json().values()
    assert "coffee.png: café expreso, 95,0\N{NO-BREAK SPACE}%" in card["html"]
    assert ">taza<" in card["html"]  # of the other answers


def test_a_name_that_stands_for_two_classes_says_which_is_meant(page, answered):
    crane = {"label": "crane", "synset": "n03126707"}
    ranking = [crane | {"score": 0.5}, *answered.inference.ranking[1:]]
    Inference.objects.update(label="crane", class_key=crane["synset"], ranking=ranking)
    assert page.get(f"/history/{answered.pk}").content.decode().count("crane (machine)") == 2


def test_the_admin_names_the_answer_in_its_language(page_for, staff, answered):
    staff.language = "es"
    staff.save()
    for name in ("inference", "prediction"):
        shown = page_for(staff).get(f"/admin/predictions/{name}/").content.decode()
        assert shown.count("café expreso") == 1


def test_the_api_names_classes_as_before(api, user, answered):
    user.language = "es"
    user.save()
    path = f"/model/predictions/{answered.pk}"
    assert api.get(path, headers={"Accept-Language": "es"}).json()["prediction"] == "espresso"
