"""What came of people's feedback, as their own pages say it."""

from collections.abc import Iterable

from django import template
from django.utils.translation import gettext as _

from predictions.models import Prediction
from predictions.registry.vocabularies import vocabulary_of
from predictions.templatetags.labels import language
from review.standing import Outcome, Standing, standing_of

register = template.Library()


@register.simple_tag
def know_outcomes(predictions: Iterable[Prediction]) -> str:
    """Asks once for all pictures of a list, for `outcome` below."""
    said = {
        prediction: feedback
        for prediction in predictions
        if (feedback := prediction.feedback.first())
    }
    found = standing_of(list(said.values())) if said else {}
    for prediction in predictions:
        feedback = said.get(prediction)
        prediction.standing = found.get(feedback.pk) if feedback else None  # type: ignore[attr-defined]
    return ""


@register.filter
def outcome(prediction: Prediction) -> str:
    """A sentence for who sent it; empty while no reviewer has decided about what they said."""
    if not hasattr(prediction, "standing"):
        know_outcomes([prediction])
    standing: Standing | None = prediction.standing  # type: ignore[attr-defined]
    return sentence(standing, prediction) if standing else ""


def sentence(standing: Standing, prediction: Prediction) -> str:
    inference = prediction.inference
    if standing.outcome == Outcome.ACCEPTED:
        if standing.class_key == inference.class_key:
            return _("A reviewer agrees.")
        return _("Your correction was accepted.")
    if standing.outcome == Outcome.NONE:
        return _("A reviewer says: none of the classes that the model knows.")
    if standing.outcome == Outcome.REJECTED or standing.class_key == inference.class_key:
        return _("A reviewer looked at it and kept the answer.")
    vocabulary = vocabulary_of(inference.model_version.label_set_id)
    name = vocabulary.name(standing.class_key, standing.label, language())
    return _("A reviewer says: %(name)s.") % {"name": name}
