"""`manage.py prepare_model NAME`."""

import io

import pytest
from django.core.management import CommandError, call_command

from predictions.classifiers import Classifier, ModelVersion, RoleChange
from tests.predictions.versions import promote, version_like

pytestmark = pytest.mark.django_db


def test_the_first_model_that_is_prepared_becomes_the_champion():
    RoleChange.objects.all().delete()
    ModelVersion.objects.all().delete()
    Classifier.objects.all().delete()
    output = io.StringIO()
    call_command("prepare_model", "efficientnet-lite0", stdout=output)
    model = ModelVersion.objects.get()
    assert model.role == "champion"
    assert model.classifier.name == "imagenet"
    assert model.name == "efficientnet-lite0"
    assert model.version == f"{model.manifest['version']}-f32"
    assert model.manifest["parity"] <= 1e-4
    assert f"New pictures are classified by EfficientNet-Lite0, {model}." in output.getvalue()


def test_preparing_a_model_leaves_the_champion_unless_told(model):
    other = version_like(model, "other")
    promote(other)
    output = io.StringIO()
    call_command("prepare_model", "efficientnet-lite0", stdout=output)
    assert ModelVersion.objects.get(role="champion") == other
    assert f"New pictures are still classified by {other}" in output.getvalue()
    call_command("prepare_model", "efficientnet-lite0", promote=True, stdout=output)
    assert ModelVersion.objects.get(role="champion") == model
    assert ModelVersion.objects.count() == 2


def test_an_unknown_model_is_an_error():
    with pytest.raises(CommandError, match="invalid choice: 'alexnet'"):
        call_command("prepare_model", "alexnet")


@pytest.mark.parametrize("content", [None, b"these are no weights"])
def test_missing_or_damaged_weights_are_reported_in_one_sentence(
    settings, tmp_path, model, content
):
    weights = tmp_path / "my.weights.h5"
    if content is not None:
        weights.write_bytes(content)
    settings.RESNET50_WEIGHTS = weights
    settings.MODEL_STORE = tmp_path / "models"
    with pytest.raises(CommandError) as error:
        call_command("prepare_model", "resnet50", stdout=io.StringIO())
    assert weights.name in str(error.value)
    assert "\n" not in str(error.value)
    assert ModelVersion.objects.get(role="champion") == model


def test_a_store_that_cannot_be_written_is_reported_in_one_sentence(settings, tmp_path, model):
    settings.MODEL_STORE = tmp_path / "file" / "models"
    settings.MODEL_STORE.parent.write_text("in the way")
    with pytest.raises(CommandError, match="could not be written"):
        call_command("prepare_model", "efficientnet-lite0", stdout=io.StringIO())
