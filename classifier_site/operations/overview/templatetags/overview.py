"""The admin's start page, and how its figures are written."""

from typing import Any

from django import template
from django.template import Context
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from classifier_site.operations.overview.page import overview_for
from predictions.registry.vocabularies import vocabulary_of
from predictions.templatetags.labels import language

register = template.Library()

STAGES = {
    "total": gettext_lazy("From the request to the answer"),
    "queue": gettext_lazy("Waiting in the queue"),
    "decode": gettext_lazy("Decoding"),
    "inference": gettext_lazy("Model, of a whole batch"),
    "save": gettext_lazy("Saving the answer"),
}


@register.inclusion_tag("admin/overview/overview.html", takes_context=True)
def overview(context: Context) -> dict[str, Any]:
    return overview_for(context["user"])


@register.filter
def whole(number: int) -> str:
    """`5000000` → `5,000,000`."""
    return number_format(number, force_grouping=True)


@register.filter
def stage(name: str) -> str:
    return str(STAGES[name])


@register.filter
def sentence(error: str) -> str:
    """What an answer keeps of its failure is English, and often a sentence that is translated."""
    return _(error) if error else _("No reason was kept.")


@register.filter
def name_of(label: str, label_set_id: int) -> str:
    """A class as the page's language calls it; what people wrote may be free text."""
    return vocabulary_of(label_set_id).name_of_correction(label, language())


@register.filter
def bar(share: float) -> float:
    """The width of a bar that is 100 wide when full."""
    return round(100 * share, 1)
