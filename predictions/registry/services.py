"""Which model version answers."""

from predictions.models import ModelVersion
from predictions.refusals import NoModel


def current_model() -> ModelVersion:
    """The model that answers new pictures. Raises NoModel."""
    model = ModelVersion.objects.filter(is_current=True).first()
    if model is None:
        raise NoModel
    return model
