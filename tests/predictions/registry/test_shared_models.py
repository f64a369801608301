"""Machines with separate model stores and one bucket: what one adds, the others can load."""

import json
import os
import shutil
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, replace
from hashlib import sha256

import numpy as np
import pytest
from django.core.files.base import ContentFile
from django.core.management import CommandError, call_command

from classifier_site.operations.doctor import models as doctor
from foundation.storage.lasting import lasting_storage
from predictions.inference.errors import ModelNotPrepared
from predictions.inference.store import MANIFEST_FILE, Manifest, ModelStore
from predictions.queueing import copies
from predictions.queueing.away import is_of_storage
from predictions.registry import engines, predictors
from predictions.registry.model_store import model_store
from predictions.registry.precision import quantised_from
from predictions.registry.roles import Changes, RoleRefused
from tests.operations.doctor.finding import one
from tests.ports import free_port
from tests.predictions.heads import add_colours
from tests.predictions.versions import version_like
from tests.s3_server import put_in_s3

pytestmark = pytest.mark.django_db
LITE = "efficientnet-lite0"
AWAY = "(cannot be reached|did not answer a moment ago)"
UNREACHABLE = f"s3://pictures/site?region=us-east-1&endpoint=http://127.0.0.1:{free_port()}"


@pytest.fixture
def machine(model, media_in_s3, settings, tmp_path):
    """Called, this process is on the machine of that name, whose store is empty at first."""

    def become(name):
        settings.MODEL_STORE = tmp_path / name
        engines.engine_of.cache_clear()
        predictors.answering.cache_clear()
        return model_store()

    yield become
    engines.engine_of.cache_clear()
    predictors.answering.cache_clear()


@pytest.fixture
def first(machine, prepared_models):
    """The machine that has the bundled model, as if its pictures had just moved to the bucket."""
    store = machine("first")
    shutil.copytree(prepared_models, store.root)
    return store


@pytest.fixture
def lite(first):
    return first.prepare(LITE)


def content(store, name, version):
    return {path.name: path.read_bytes() for path in store.path(name, version).iterdir()}


def entries(store, name=LITE):
    return sorted(path.name for path in (store.root / name).iterdir())


def small(store, name="small", text=b"weights", **said):
    """A version of one file, which no engine could load."""
    manifest = Manifest(**asdict(store.versions(LITE)[0]) | {"name": name, "version": "1", **said})

    def write(folder):
        (folder / "head.npz").write_bytes(text)
        return replace(manifest, files={"head.npz": sha256(text).hexdigest()})

    return store.add(name, manifest.version, write)


def test_what_is_prepared_on_one_machine_is_not_prepared_on_another(first, lite, machine):
    second, steps = machine("second"), []
    assert second.prepare(LITE, progress=lambda *said: steps.append(said)) == lite
    assert steps == []
    assert content(second, LITE, lite.version) == content(first, LITE, lite.version)
    assert entries(second) == [".lock", lite.version]
    assert second.versions(LITE) == first.versions(LITE) == [lite]


def test_what_is_taught_on_one_machine_answers_on_another(model, first, lite, machine, s3_requests):
    version = add_colours(model)
    outputs = predictors.Output(
        np.zeros((2, 1000), np.float32), np.random.default_rng(1).random((2, 1280), np.float32)
    )

    def said():
        predictor = predictors.predictor_of(version)
        return predictor.probabilities({predictor.networks[0]: outputs})

    expected = said()
    second = machine("second")
    s3_requests.clear()
    assert (said() == expected).all()
    assert s3_requests == ["GetObject"] * 3  # the manifest and its two files
    predictors.answering(version.pk).load()  # its network
    assert second.is_intact(Manifest(**version.manifest))
    s3_requests.clear()
    assert (said() == expected).all() and s3_requests == []


def test_threads_that_need_a_version_at_once_fetch_it_once(first, lite, machine, s3_requests):
    small(first)
    second = machine("second")
    s3_requests.clear()
    with ThreadPoolExecutor(4) as threads:
        folders = set(threads.map(lambda _: second.at_hand("small", "1"), range(4)))
    assert folders == {second.path("small", "1")}
    assert s3_requests == ["GetObject"] * 2


def test_an_int8_model_made_elsewhere_is_found(first, lite, machine):
    made = small(first, LITE, version="f32-int8", quantised={"from": lite.version})
    second = machine("second")
    assert quantised_from(lite, second) == made
    assert entries(second) == [".lock", "f32-int8"]


def test_a_damaged_version_is_fetched_again(first, lite, machine):
    small(first)
    second = machine("second")
    file = second.at_hand("small", "1") / "head.npz"
    file.write_bytes(b"damaged")
    assert second.is_intact(second.get("small", "1"))
    assert file.read_bytes() == b"weights"


def test_a_file_that_is_damaged_in_the_bucket_is_not_kept(first, lite, machine):
    made = small(first)
    name = f"models/small/1/{made.files['head.npz']}-head.npz"
    lasting_storage.replace(name, ContentFile(b"another"))
    second = machine("second")
    with pytest.raises(ModelNotPrepared, match=r"head\.npz is damaged there"):
        second.at_hand("small", "1")
    assert entries(second, "small") == [".lock"]


@pytest.mark.parametrize(
    "said", [{"files": {"../../x": "0"}}, {"name": "other"}, {"files": None}, {"unknown": 1}]
)
def test_a_manifest_that_somebody_has_changed_in_the_bucket_is_refused(first, lite, machine, said):
    changed = json.dumps(asdict(small(first)) | said).encode()
    lasting_storage.replace(f"models/small/1/{MANIFEST_FILE}", ContentFile(changed))
    second = machine("second")
    with pytest.raises(ModelNotPrepared, match="its manifest is"):
        second.at_hand("small", "1")
    assert second.versions("small") == []


def test_what_no_machine_has_shared_is_named_with_what_to_do(machine):
    with pytest.raises(ModelNotPrepared) as refused:
        machine("first").get("small", "1")
    assert str(refused.value).startswith("small 1 is neither on this machine nor in s3://pictures/")
    assert "python manage.py models share" in str(refused.value)


def test_an_unreachable_bucket_is_named_and_what_is_here_is_used(first, lite, machine, settings):
    small(first)
    put_in_s3(settings, UNREACHABLE)
    steps = []
    assert model_store().prepare(LITE, progress=steps.append) == lite
    [said] = steps
    assert said.startswith(f"Other machines cannot fetch {LITE} {lite.version} yet: ")
    with pytest.raises(ModelNotPrepared, match=rf"cannot be fetched from s3://.*{AWAY}"):
        machine("second").at_hand("small", "1")


def test_a_version_that_cannot_be_shared_is_not_added(first, lite, settings):
    put_in_s3(settings, UNREACHABLE)
    with pytest.raises(OSError, match=AWAY):
        small(model_store())
    assert entries(first, "small") == [".lock"]


def test_a_version_that_was_added_before_it_was_shared_is_shared_when_added_again(
    first, lite, machine
):
    made = small(ModelStore(first.root))
    assert not first.shared.has(made)
    assert small(first) == made
    assert machine("second").get("small", "1") == made


def test_a_deleted_version_is_gone_from_the_bucket(first, lite, machine, media_in_s3):
    small(first)
    assert any(name.startswith("models/small/") for name in media_in_s3())
    machine("second").delete("small", "1")
    assert not any(name.startswith("models/small/") for name in media_in_s3())
    with pytest.raises(ModelNotPrepared, match="neither on this machine"):
        model_store().get("small", "1")


def test_a_site_without_the_files_can_give_a_role(model, first, lite, machine, settings):
    version = add_colours(model)
    site = machine("site")
    assert Changes().promote(version)
    assert not site.root.exists()
    first.delete(LITE, lite.version)  # which it reads
    other = version_like(version, "twin")
    with pytest.raises(RoleRefused, match="missing or damaged"):
        Changes().promote(other)
    put_in_s3(settings, UNREACHABLE)
    with pytest.raises(RoleRefused, match="cannot be looked for now"):
        Changes().promote(other)


def test_models_from_before_the_bucket_are_shared_by_prepare_model(
    model, first, machine, media_in_s3, capsys
):
    small(ModelStore(first.root))  # no row needs it
    call_command("prepare_model", LITE)
    assert {name.split("/")[1] for name in media_in_s3()} == {LITE}
    machine("second").prepare(LITE)
    assert "Shared" not in capsys.readouterr().out  # it was published as it was prepared


def test_models_share_publishes_what_rows_need(model, first, machine, capsys):
    version = add_colours(model)
    first.shared.delete(version.name, version.manifest["version"])
    call_command("models", "share")
    said = capsys.readouterr().out.splitlines()
    stored = [f"{LITE} {model.manifest['version']}", f"colours {version.manifest['version']}"]
    assert said[:-1] == [f"Shared {place}" for place in sorted(stored)]
    assert said[-1].endswith("/models has the models of this machine.")
    call_command("models", "share")
    assert len(capsys.readouterr().out.splitlines()) == 1
    predictors.predictor_of(version)


def test_models_share_says_what_it_needs(model, settings):
    with pytest.raises(CommandError, match="where MEDIA_URL names a bucket"):
        call_command("models", "share")
    put_in_s3(settings, UNREACHABLE)
    with pytest.raises(CommandError, match=f"could not be shared: .*{AWAY}"):
        call_command("models", "share")


def test_doctor_looks_for_the_models_in_the_bucket(model, first, lite, machine, settings):
    second = machine("second")
    assert list(doctor.files()) == []  # nothing is here, which is as well
    file = second.at_hand(LITE, lite.version) / "model.bin"
    file.write_bytes(b"damaged")
    assert "Delete that folder" in one(doctor.files, "are damaged").do
    shutil.rmtree(second.path(LITE, lite.version))
    second.shared.delete(LITE, lite.version)
    assert "models share" in one(doctor.files, "so machines without them cannot load it").do
    put_in_s3(settings, UNREACHABLE)
    one(doctor.files, "cannot be looked for in s3://pictures/site/models: ")


def test_copies_of_what_no_row_needs_are_deleted_on_each_machine(
    model, first, lite, machine, ask, user
):
    ask(user)
    kept, other = add_colours(model), small(first)
    second = machine("second")
    for name, version in (
        (LITE, lite.version),
        (kept.name, kept.manifest["version"]),
        (other.name, other.version),
    ):
        second.at_hand(name, version)
    copies.delete_unneeded(second)
    assert second.path("small", "1").exists()  # its row may be on its way
    for folder in second.root.glob("*/[!.]*"):
        os.utime(folder, (0, 0))
    copies.delete_unneeded(second)
    left = {folder.parent.name for folder in second.root.glob("*/[!.]*")}
    assert left == {LITE, "colours"}
    assert first.shared.has(other)  # where it is not for a copy to say


def test_models_fetch_gives_a_machine_all_models(model, first, lite, machine, settings, capsys):
    add_colours(model)
    second = machine("second")
    call_command("models", "fetch")
    assert capsys.readouterr().out.count("Fetched ") == 2
    settings.MEDIA_BUCKET = None
    alone = model_store()
    assert [alone.is_intact(manifest) for manifest in alone.versions("colours")] == [True]
    put_in_s3(settings, UNREACHABLE)
    call_command("models", "fetch")  # nothing is missing
    shutil.rmtree(second.root / "colours")
    with pytest.raises(CommandError, match="cannot be fetched"):
        call_command("models", "fetch")


def test_a_model_that_the_storage_keeps_back_is_told_from_one_that_is_gone(machine, settings):
    store = machine("first")
    with pytest.raises(ModelNotPrepared) as gone:
        store.at_hand("small", "1")
    put_in_s3(settings, UNREACHABLE)
    with pytest.raises(ModelNotPrepared) as away:
        model_store().at_hand("small", "1")
    assert (is_of_storage(gone.value), is_of_storage(away.value)) == (False, True)
