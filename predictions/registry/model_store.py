"""The model store of this machine, as settings say it."""

from typing import TYPE_CHECKING, cast

from django.conf import settings
from django.core.files.storage import default_storage

from predictions.inference.sharing import SharingStore
from predictions.inference.store import ModelStore
from predictions.registry.shared_models import SharedModels

if TYPE_CHECKING:
    from foundation.storage.s3 import Objects


def model_store() -> ModelStore:
    """It shares its versions with other machines where the pictures are in a bucket."""
    shared = shared_models()
    if shared is None:
        return ModelStore(settings.MODEL_STORE)
    return SharingStore(settings.MODEL_STORE, shared)


def shared_models() -> SharedModels | None:
    if settings.MEDIA_BUCKET is None:
        return None
    return SharedModels(cast("Objects", default_storage))
