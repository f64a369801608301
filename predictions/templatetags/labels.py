"""How answers are written for people."""

from django import template

register = template.Library()


@register.filter
def plain(label: str) -> str:
    """`Eskimo_dog` → `Eskimo dog`."""
    return label.replace("_", " ")


@register.filter
def percent(score: float) -> str:
    """`0.9346` → `93.5 %`; what is not quite certain is not rounded to certainty."""
    return f"{min(score, 0.999) if score < 1 else 1:.1%}".replace("%", " %")
