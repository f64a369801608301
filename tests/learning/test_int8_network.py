"""People teach on the network in f32, also where the server answers with one quantised from it."""

import shutil
from dataclasses import replace

import pytest

from learning.work import features
from predictions.inference.errors import ModelNotPrepared
from predictions.inference.store import ModelStore
from predictions.registry.networks import Network
from predictions.registry.versions import add_version
from tests.predictions.versions import promote

pytestmark = pytest.mark.django_db


@pytest.fixture
def int8(model, settings, tmp_path, prepared_models):
    """Its files are those of f32, which nobody loads here."""
    settings.MODEL_STORE = shutil.copytree(prepared_models, tmp_path / "models")
    store = ModelStore(settings.MODEL_STORE)
    [f32] = store.versions(model.name)
    quantised = {"from": f32.version}
    manifest = replace(f32, version="8", precision="int8", quantised=quantised)

    def write(folder):
        for name in f32.files:
            shutil.copy(store.path(f32.name, f32.version) / name, folder)
        return manifest

    store.add_made(f32.name, write)
    return add_version(manifest, "int8")


def test_what_is_taught_stands_on_the_network_in_f32(int8, model):
    on = features.serving()
    promote(int8)
    assert Network.of(int8).version == "8"
    assert features.serving() == on
    assert str(on[0]) == f"{model.name} {model.manifest['version']} f32"


def test_without_that_network_nothing_is_taught(int8, settings, model):
    promote(int8)
    ModelStore(settings.MODEL_STORE).delete(model.name, model.manifest["version"])
    with pytest.raises(ModelNotPrepared):
        features.serving()
