"""How much a precision changes answers is said wherever a version is shown."""

from typing import Any

import numpy as np
import pytest

from predictions.inference.heads import Head, add_head
from predictions.inference.labels import Label
from predictions.inference.store import Manifest, ModelStore
from predictions.registry.versions import add_version
from tests.predictions.pages.test_pages import text
from tests.predictions.versions import version_like

pytestmark = pytest.mark.django_db
COMPARED = {
    "source": "folder",
    "pictures": 700,
    "agreement": {"bf16": 0.9957, "int8": 0.97},
    "chosen": "bf16",
}


@pytest.fixture
def bf16(model: Any) -> Any:
    manifest = {**model.manifest, "precisions": COMPARED}
    return version_like(model, "1-bf16", precision="bf16", manifest=manifest)


def test_the_page_of_a_classifier_says_it(page_for, staff, bf16):
    shown = text(page_for(staff).get("/staff/models/imagenet"))
    assert "Precision bf16 (chosen automatically)" in shown
    assert "Answers as f32 99.6% of 700 pictures" in shown
    assert "Precision f32 Answers" in shown  # nothing was measured of it


def test_the_admin_says_it(page_for, staff, bf16):
    shown = text(page_for(staff).get(f"/admin/predictions/modelversion/{bf16.pk}/change/"))
    assert "99.6% of 700 pictures; auto chose bf16" in shown


def test_the_api_says_it(api_for, staff, model, bf16):
    found = api_for(staff).get("/models/imagenet/versions").json()
    assert {v["id"]: v["agreement"] for v in found} == {model.pk: None, bf16.pk: 0.9957}


def test_it_is_not_said_of_a_head_whose_answers_are_others(model, settings):
    backbone = Manifest(**{**model.manifest, "precisions": COMPARED})
    head = Head(np.zeros((1280, 2), np.float32), np.zeros(2, np.float32))
    labels = [Label(0, "a", "a"), Label(1, "b", "b")]
    store = ModelStore(settings.MODEL_STORE)
    manifest = add_head(store, "two", "Two", backbone, head, labels)
    assert add_version(manifest, "bf16").agreement is None
