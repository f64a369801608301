"""How answers are written for people."""

import shlex
from datetime import timedelta
from typing import Any

from django import template
from django.conf import settings
from django.template import Context
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.timesince import timesince
from django.utils.translation import get_language

from predictions.confidence import in_percent
from predictions.inference.ranking import key_of
from predictions.labels import words
from predictions.models import Inference
from predictions.registry.choice import classifiers_of, title_of
from predictions.registry.vocabularies import vocabulary_of

register = template.Library()


def language() -> str:
    return get_language() or settings.LANGUAGE_CODE


@register.filter
def answer_name(inference: Inference) -> str:
    """What the page's language calls the class of an answer, by the labels of its version."""
    vocabulary = vocabulary_of(inference.model_version.label_set_id)
    return vocabulary.name(inference.class_key, inference.label, language())


@register.filter
def entry_name(entry: dict[str, Any], inference: Inference) -> str:
    """The same for one of the classes in an answer's ranking."""
    vocabulary = vocabulary_of(inference.model_version.label_set_id)
    return vocabulary.name(key_of(entry), entry["label"], language())


@register.filter
def entry_key(entry: dict[str, Any]) -> str:
    return key_of(entry)


@register.filter
def correction_name(text: str, inference: Inference) -> str:
    """The same for what feedback on an answer says, which may be free text."""
    vocabulary = vocabulary_of(inference.model_version.label_set_id)
    return vocabulary.name_of_correction(text, language())


@register.simple_tag(takes_context=True)
def classifier_title(context: Context, inference: Inference) -> str:
    """What was asked; empty where there is nothing else that could have been."""
    request, classifier = context["request"], inference.model_version.classifier
    others = [offered for offered in classifiers_of(request) if offered != classifier]
    return title_of(request, classifier) if others else ""


@register.filter
def class_name(label: str) -> str:
    """What the page's language calls an ImageNet class; see words.class_name()."""
    return words.class_name(label, language())


@register.filter
def percent(score: float) -> str:
    """`0.9346` → `93.5%`, or `93,5 %`; what is not quite certain is not rounded to certainty."""
    certainty = min(score, 0.999) if score < 1 else 1
    return in_percent(number_format(round(100 * certainty, 1), 1))


@register.filter
def p_value(probability: float) -> str:
    """`0.0031` → `p = 0.003`, `0.0000031` → `p < 0.001`, which no line breaks."""
    sign, shown = ("<", 0.001) if probability < 0.001 else ("=", round(probability, 3))
    return f"p\N{NO-BREAK SPACE}{sign}\N{NO-BREAK SPACE}{number_format(shown, 3)}"


@register.filter
def share(whole: int) -> str:
    """`10` → `10%`, or `10 %`."""
    return in_percent(str(whole))


@register.filter
def heat(share: float) -> str:
    """A class of the style sheet for a cell of the confusion matrix, by its share of the row."""
    steps = (0.0, 0.1, 0.25, 0.5, 0.8)
    return f"heat-{sum(share > step for step in steps)}"


@register.filter
def duration(took: timedelta) -> str:
    """`0:00:00.0414` → `41 ms`, `0:00:01.34` → `1.3 s`, `1:55:07` → `1 hour, 55 minutes`."""
    seconds = took.total_seconds()
    if seconds < 1:
        return f"{1000 * seconds:.0f}\N{NO-BREAK SPACE}ms"
    if seconds < 60:
        return f"{number_format(seconds, 1)}\N{NO-BREAK SPACE}s"
    now = timezone.now()
    return timesince(now - timedelta(seconds=round(seconds)), now)


@register.filter
def milliseconds(number: float) -> str:
    return duration(timedelta(milliseconds=number))


@register.filter
def fine_milliseconds(number: float) -> str:
    """`3.14` → `3.1 ms`: for what takes so little that its fractions matter."""
    return (
        f"{number_format(number, 1)}\N{NO-BREAK SPACE}ms" if number < 10 else milliseconds(number)
    )


@register.filter
def form_file(name: str) -> str:
    """The file of this name as an argument for `curl -F`, in a shell.

    curl reads a comma or a semicolon as the end of the name unless that stands in quotes.
    """
    escaped = name.replace("\\", "\\\\").replace('"', '\\"')
    return shlex.quote(f'file=@"{escaped}"')
