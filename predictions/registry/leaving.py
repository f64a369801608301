"""What becomes of somebody's classifiers when their account is deleted."""

from typing import Any

from django.db.models.signals import pre_delete
from django.dispatch import receiver

from accounts.models import User
from predictions.registry.ownership import delete_classifier


@receiver(pre_delete, sender=User)
def take_private_ones_along(instance: User, **kwargs: Any) -> None:
    """The public ones stay, without an owner; staff look after them."""
    # Both locked, so that none is made meanwhile, and none becomes private: without an owner it
    # would be open to all.
    User.objects.select_for_update().filter(pk=instance.pk).first()
    for classifier in instance.classifiers.select_for_update().order_by("pk"):
        if not classifier.is_public:
            delete_classifier(classifier)
