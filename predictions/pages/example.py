"""The picture that somebody who has no account yet can have classified."""

import logging
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext_noop

from accounts.models import User
from predictions import services
from predictions.classifiers import DEFAULT, ModelVersion
from predictions.models import Inference, Prediction
from predictions.pictures.checks import Refused
from predictions.pictures.uploads import PictureUpload
from predictions.refusals import NotTaken

logger = logging.getLogger(__name__)

# Shipped with the site: a cup of espresso, by Rachel Michetti, CC0.
PICTURE = Path(settings.BASE_DIR) / "static" / "coffee.jpg"
# Its account cannot be used: locked, and without a password. `.invalid` has no mailboxes
# (RFC 2606).
EMAIL = "example@example.invalid"


class ExampleRefused(NotTaken):
    """This service does not accept the example: its limits are too low for it, say."""

    detail = on_page = gettext_noop(
        "This site does not accept the example. Sign up and send your own picture."
    )
    retry_after = 60
    passes_by_itself = False


def find_example() -> Prediction | None:
    """What the current model says of it, if it was asked before."""
    owner = User.objects.filter(email=EMAIL, is_active=False).first()
    if owner is None:
        return None
    asked = services.history(owner).filter(file_name=PICTURE.name)  # there was another picture once
    champion = ModelVersion.Role.CHAMPION
    return asked.filter(
        inference__model_version__classifier__name=DEFAULT, inference__model_version__role=champion
    ).first()


def request_example() -> Prediction:
    """Asks the current model, once in its life.

    Raises:
        ExampleRefused
        What `request_prediction` raises, but Refused.
    """
    found = find_example()
    if found is not None and found.inference.status != Inference.Status.FAILED:
        return found
    owner, _ = User.objects.get_or_create(
        email=EMAIL, defaults={"username": "Example", "is_active": False, "password": "!"}
    )
    upload = PictureUpload.of(PICTURE.read_bytes(), PICTURE.name)
    try:
        return services.request_prediction(owner, upload)
    except Refused as error:
        logger.warning("The example is refused: %s", error)
        raise ExampleRefused from error
