"""What is said before training, with the pictures concerned."""

import io

from PIL import Image

from learning.classes import class_called
from learning.examples import add_upload
from learning.models import Example
from learning.problems import problems_of
from predictions.pictures.uploads import PictureUpload
from tests.learning.teaching import give, teach, waste


def found(classifier):
    return {problem.kind: problem for problem in problems_of(classifier)}


def test_nothing_to_say(user, model):
    assert found(teach(user, cardboard=6, glass=6)) == {}


def test_few_pictures_in_a_class(user, model):
    classifier = teach(user, cardboard=6, glass=2)
    class_called(classifier, "paper")
    problem = found(classifier)["few"]
    assert problem.says == "Fewer than 5 pictures: glass (2), paper (0). Add some to each."


def test_classes_of_very_different_size(user, model):
    classifier = teach(user, cardboard=12, glass=1)
    assert "unequal" in found(classifier)


def test_the_same_picture_in_two_classes(user, model):
    classifier = teach(user, cardboard=6, glass=6)
    give(user, classifier, "cardboard", waste("glass", 1))
    both = found(classifier)["two-classes"].examples
    assert {example.taught_class.name for example in both} == {"cardboard", "glass"}
    assert len({example.image_id for example in both}) == 1


def test_nearly_the_same_pictures_and_a_broken_one(user, work):
    """Copies are found by their features, the broken one by decoding it."""
    classifier = teach(user, cardboard=6, glass=6)
    glass, cardboard = class_called(classifier, "glass"), class_called(classifier, "cardboard")
    first, second = waste("glass", 2)
    add_upload(user, glass, saved_again(first, "copy.jpg"))
    add_upload(user, cardboard, saved_again(second, "elsewhere.jpg"))
    cut = PictureUpload.of(first.read_bytes()[:3000], "cut.jpg")
    add_upload(user, cardboard, cut)
    work()
    problems = found(classifier)
    assert [example.file_name for example in problems["alike"].examples] == ["copy.jpg"]
    [elsewhere] = problems["alike-in-two-classes"].examples
    assert (elsewhere.file_name, elsewhere.twin.file_name) == ("elsewhere.jpg", second.name)
    [broken] = problems["unreadable"].examples
    assert broken.file_name == "cut.jpg"
    assert not Example.objects.filter(looked_at=None, problem="").exists()


def saved_again(path, name):
    copy = io.BytesIO()
    with Image.open(path) as picture:
        picture.save(copy, "JPEG", quality=75)
    return PictureUpload.of(copy.getvalue(), name)
