"""More like this among one's own pictures: over the API, and on the page of a picture."""

import io

import pytest
from PIL import Image as PillowImage

from predictions import services
from predictions.models import Image, Prediction
from predictions.pictures.uploads import PictureUpload
from predictions.similar.models import Vector
from tests.pictures import IMAGES
from tests.predictions.in_process import answer

pytestmark = pytest.mark.django_db
WASTE = IMAGES / "waste"
NAMES = ["glass/glass129.jpg", "glass/glass154.jpg", "paper/paper100.jpg", "paper/paper170.jpg"]


def rescaled(path, factor=0.7, kind="WEBP"):
    """The same picture in another size and another format."""
    content, picture = io.BytesIO(), PillowImage.open(path)
    size = (round(picture.width * factor), round(picture.height * factor))
    picture.resize(size).save(content, kind, quality=80)
    return content.getvalue()


@pytest.fixture
def send(model):
    """Sends files, by their names; returns the answered predictions."""

    def send(user, contents):
        sent = [
            services.request_prediction(user, PictureUpload.of(content, name))
            for name, content in contents.items()
        ]
        answer([prediction.inference for prediction in sent])
        return Prediction.objects.in_bulk([prediction.pk for prediction in sent]).values()

    return send


@pytest.fixture
def photographs(send, user):
    contents = {name.partition("/")[2]: (WASTE / name).read_bytes() for name in NAMES}
    return {prediction.file_name: prediction for prediction in send(user, contents)}


def similar(api, prediction, query=""):
    return api.get(f"/model/predictions/{prediction.pk}/similar{query}")


def names(response):
    assert response.status_code == 200, response.content
    return [entry["file_name"] for entry in response.json()]


def page_of(page, prediction):
    response = page.get(prediction.get_absolute_url())
    assert response.status_code == 200
    return " ".join(response.content.decode().split())


def test_a_copy_that_was_rescaled_and_saved_again_comes_first(api, user, send, photographs):
    copies = {f"copy-{name.partition('/')[2]}.webp": rescaled(WASTE / name) for name in NAMES}
    for copy in send(user, copies):
        original = copy.file_name.removeprefix("copy-").removesuffix(".webp")
        assert names(similar(api, photographs[original]))[0] == copy.file_name
        assert names(similar(api, copy))[0] == original


def test_others_come_by_their_similarity_and_each_once(api, user, send, photographs):
    send(user, {"again.jpg": (WASTE / NAMES[1]).read_bytes()})
    found = similar(api, photographs["glass129.jpg"]).json()
    assert len(found) == 3  # not the picture itself
    scores = [entry["similarity"] for entry in found]
    assert scores == sorted(scores, reverse=True) and max(scores) < 0.9
    assert "again.jpg" in [entry["file_name"] for entry in found]
    assert len(similar(api, photographs["glass129.jpg"], "?limit=2").json()) == 2


def test_what_is_nearly_the_same_is_marked(api, page, user, send, photographs):
    original = photographs["glass129.jpg"]
    assert "Nearly the same picture" not in page_of(page, original)
    [copy] = send(user, {"copy.png": rescaled(WASTE / NAMES[0], 2, "PNG")})
    [first, *others] = similar(api, original).json()
    assert first["id"] == str(copy.pk) and first["near_duplicate"] is True
    assert not any(entry["near_duplicate"] for entry in others)
    said = page_of(page, original)
    assert said.count("Nearly the same picture") == 1
    assert said.index("More like this") < said.index(f"/history/{copy.pk}/thumbnail/240")


def test_pictures_of_others_and_in_the_trash_are_not_found(api, user, make_user, send, photographs):
    send(make_user("grace@example.com"), {"copy.webp": rescaled(WASTE / NAMES[0])})
    Prediction.objects.filter(file_name="paper100.jpg").move_to_trash()
    found = names(similar(api, photographs["glass129.jpg"]))
    assert sorted(found) == ["glass154.jpg", "paper170.jpg"]


def test_what_another_network_saw_is_not_compared(api, photographs):
    other = photographs["paper100.jpg"].image_id
    Vector.objects.filter(image=other).update(network="resnet50 1 f32")
    found = names(similar(api, photographs["glass129.jpg"]))
    assert sorted(found) == ["glass154.jpg", "paper170.jpg"]


def test_a_limit_that_makes_no_sense_is_refused(api, photographs):
    for limit in ("0", "51", "many", "-1"):
        response = similar(api, photographs["glass129.jpg"], f"?limit={limit}")
        assert response.status_code == 400
        assert response.json() == {"limit": ["A whole number from 1 to 50 is required."]}


def test_somebody_elses_picture_is_not_found(api_for, make_user, photographs):
    stranger = api_for(make_user("grace@example.com"))
    assert similar(stranger, photographs["glass129.jpg"]).status_code == 404


def test_a_picture_without_an_answer_has_nothing_to_compare(api, page, user, ask):
    waiting = ask(user, answered=False)
    response = similar(api, waiting)
    assert response.status_code == 409
    assert response.json()["detail"].startswith("This picture has no answer yet")
    assert "More like this" not in page_of(page, waiting)


def test_a_picture_that_is_not_like_it_is_not_shown_on_the_page(api, page, user, ask):
    """But listed for programs, which see how similar it is."""
    cup, cat = ask(user), ask(user, "chelsea.png")
    assert names(similar(api, cup)) == [cat.file_name]
    assert "You have no other picture like this one." in page_of(page, cup)


def test_a_single_picture_has_nothing_to_compare_with(api, page, user, ask):
    asked = ask(user)
    assert similar(api, asked).json() == []
    assert "You have no other picture like this one." in page_of(page, asked)


def test_a_picture_from_before_there_were_vectors_says_so(api, page, user, ask):
    asked = ask(user)
    Vector.objects.all().delete()
    response = similar(api, asked)
    assert response.status_code == 409 and "similar_backfill" in response.json()["detail"]
    assert "this picture is from before that was possible" in page_of(page, asked)


def test_without_pgvector_everything_else_works_and_the_page_says_so(
    api, page, user, ask, without_vectors
):
    asked = ask(user)
    assert asked.inference.status == "done"
    response = similar(api, asked)
    assert response.status_code == 501
    assert "lacks pgvector" in response.json()["detail"]
    said = page_of(page, asked)
    assert "the database of this site lacks pgvector" in said
    assert page.post("/history/delete", {"id": asked.pk, "confirmed": ""}).status_code == 302
    Prediction.everything.get(pk=asked.pk).delete()
    Image.objects.filter(pk=asked.image_id).delete()
