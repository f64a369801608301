"""What to look at before training, each with the pictures concerned."""

from collections.abc import Sequence
from typing import NamedTuple

from django.db.models import Count, Exists, F, OuterRef, Q
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from learning.models import Example, TaughtClass
from predictions.classifiers import Classifier

FEW = 5  # pictures of a class below which what is learned is mostly chance
UNEQUAL = 10  # times as many pictures as in the smallest class
SHOWN = 60  # pictures of a problem


class Problem(NamedTuple):
    """kind: few, unequal, two-classes, alike, alike-in-two-classes or unreadable."""

    kind: str
    says: str
    examples: Sequence[Example]
    classes: Sequence[TaughtClass] = ()


def classes_with_counts(classifier: Classifier) -> list[TaughtClass]:
    """Each with `number`, of pictures that can be learned from."""
    usable = Q(examples__prediction__deleted_at=None, examples__problem="")
    return list(
        classifier.taught_classes.annotate(number=Count("examples", filter=usable)).order_by("pk")
    )


def problems_of(classifier: Classifier) -> list[Problem]:
    classes = classes_with_counts(classifier)
    return [*about_numbers(classes), *about_pictures(classifier)]


def about_numbers(classes: Sequence[TaughtClass]) -> list[Problem]:
    found = []
    if few := [one for one in classes if number_of(one) < FEW and not one.is_none]:
        names = ", ".join(f"{one} ({number_of(one)})" for one in few)
        says = _("Fewer than %(few)d pictures: %(names)s. Add some to each.")
        found.append(Problem("few", says % {"few": FEW, "names": names}, [], few))
    full = [one for one in classes if number_of(one) and not one.is_none]
    if full:
        least, most = min(full, key=number_of), max(full, key=number_of)
        if number_of(most) > UNEQUAL * number_of(least):
            says = _(
                "%(most)s has %(most_number)d pictures and %(least)s only %(least_number)d. "
                "Classes of a similar size are learned best."
            )
            values = {
                "most": most,
                "most_number": number_of(most),
                "least": least,
                "least_number": number_of(least),
            }
            found.append(Problem("unequal", says % values, [], [most, least]))
    return found


def number_of(taught_class: TaughtClass) -> int:
    number: int = taught_class.number  # type: ignore[attr-defined]  # annotated
    return number


def about_pictures(classifier: Classifier) -> list[Problem]:
    examples = Example.objects.of(classifier).select_related("taught_class", "image")
    elsewhere = Example.objects.of(classifier).filter(image=OuterRef("image"))
    in_two = examples.filter(
        Exists(elsewhere.exclude(taught_class=OuterRef("taught_class")))
    ).order_by("image_id", "pk")
    other_class = ~Q(twin__taught_class=F("taught_class")) & ~Q(twin__image=F("image"))
    # A picture and its like stand side by side.
    alike = examples.filter(twin__isnull=False).order_by("twin_id", "pk")
    kinds = [
        (
            "unreadable",
            examples.exclude(problem=""),
            lambda n: ngettext(
                "%(number)d picture cannot be read, and teaches nothing.",
                "%(number)d pictures cannot be read, and teach nothing.",
                n,
            ),
        ),
        (
            "two-classes",
            in_two,
            lambda n: _("The same picture is in two classes. Remove it from the wrong one."),
        ),
        (
            "alike-in-two-classes",
            alike.filter(other_class),
            lambda n: ngettext(
                "%(number)d picture looks like one of another class.",
                "%(number)d pictures look like one of another class.",
                n,
            ),
        ),
        (
            "alike",
            alike.filter(twin__taught_class=F("taught_class")),
            lambda n: ngettext(
                "%(number)d picture is nearly the same as another one, and teaches little.",
                "%(number)d pictures are nearly the same as others, and teach little.",
                n,
            ),
        ),
    ]
    found = []
    for kind, its_examples, says in kinds:
        if number := its_examples.count():
            found.append(
                Problem(kind, says(number) % {"number": number}, list(its_examples[:SHOWN]))
            )
    return found
