import json

from learning.models import Example
from predictions.classifiers import Classifier
from tests.learning.teaching import waste


def test_a_folder_of_folders_becomes_a_classifier(
    worker, training_worker, signed_in, user, tmp_path
):
    folder = tmp_path / "Waste"
    for name in ("glass", "paper"):
        (folder / name).mkdir(parents=True)
        for path in waste(name, 5):
            (folder / name / path.name).write_bytes(path.read_bytes())
    (folder / "paper" / "broken.jpg").write_bytes(b"This is no picture.")

    status, out, err = signed_in("teach", folder)

    classifier = Classifier.objects.get(owner=user)
    assert status == 1, err  # one was refused
    assert "paper/broken.jpg: " in err
    assert f"Made {classifier.name}." in err
    assert "of 10 pictures right" in out
    assert f"classify --model {classifier.name} PICTURE" in out
    assert classifier.title == "Waste"
    assert classifier.versions.get().role == "champion"

    (folder / "paper" / "broken.jpg").unlink()
    status, out, err = signed_in("teach", folder, "--model", classifier.name)
    assert status == 0, err
    assert Example.objects.of(classifier).count() == 10  # as before

    picture = folder / "glass" / waste("glass", 1)[0].name
    status, out, err = signed_in(picture, "--model", classifier.name, "-f", "json")
    assert (status, json.loads(out)[0]["classifier"]) == (0, classifier.name), err


def test_a_folder_without_classes_is_a_wrong_command_line(classify, tmp_path):
    status, _, err = classify("teach", tmp_path)
    assert status == 2
    assert "two classes" in err
