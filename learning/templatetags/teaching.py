"""How teaching is written for people."""

from django import template
from django.utils.translation import gettext as _

from learning.background import BackgroundWork
from learning.models import Example
from learning.stages import STAGES

register = template.Library()


@register.filter
def stage_name(work: BackgroundWork) -> str:
    return str(STAGES.get(work.stage, work.stage))


@register.filter
def why(error: str) -> str:
    """Why a picture teaches nothing, which is kept as a message id."""
    return _(error) if error else ""


@register.filter
def says(work: BackgroundWork, written: str) -> str:
    """Why it failed, or took no picture."""
    return work.says(written)


@register.filter
def has_thumbnail(example: Example) -> bool:
    """Whether a worker has read its picture: the web decodes no other."""
    if example.problem:
        return False
    return example.looked_at is not None or example.prediction_id is not None
