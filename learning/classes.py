"""The classes that a classifier is taught."""

import unicodedata

from django.db import IntegrityError, transaction
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from learning.models import TaughtClass
from learning.refusals import TeachingRefused
from predictions.classifiers import Classifier
from predictions.inference.label_files import LONGEST
from predictions.inference.labels import NONE_KEY, NONE_NAME

MOST = 200  # of a classifier

TOO_MANY = gettext_noop("A classifier learns %(most)d classes at most.")
TOO_LONG = gettext_noop("The name of a class has %(most)d characters at most.")
THERE_ALREADY = gettext_noop("There is a class %(name)s already.")


@transaction.atomic
def add_class(classifier: Classifier, name: str) -> TaughtClass:
    """Raises TeachingRefused."""
    name = checked(name)
    keep(classifier)
    key = key_for(name)
    classes = classifier.taught_classes
    if classes.count() >= MOST:
        raise TeachingRefused(TOO_MANY, most=MOST)
    taken = set(classes.values_list("key", flat=True))
    if key in taken and key != NONE_KEY:
        endings = (f"-{number}" for number in range(2, MOST + 2))
        key = next(
            free
            for ending in endings
            if (free := f"{key[: LONGEST - len(ending)]}{ending}") not in taken
        )
    if classes.filter(name__iexact=name).exists():
        raise already(name)
    try:
        with transaction.atomic():
            return classes.create(key=key, name=name)
    except IntegrityError as error:  # a class was renamed at this moment
        raise already(name) from error


@transaction.atomic
def add_none_class(classifier: Classifier) -> TaughtClass:
    """The class for pictures that show none of the others; the same one if it is there.

    Raises TeachingRefused.
    """
    keep(classifier)
    found, _created = classifier.taught_classes.get_or_create(
        key=NONE_KEY, defaults={"name": NONE_NAME}
    )
    return found


def keep(classifier: Classifier) -> None:
    """Until the transaction ends, its deletion waits, which takes all classes along.

    Raises TeachingRefused: it has been deleted.
    """
    kept = Classifier.objects.select_for_update(no_key=True).filter(pk=classifier.pk)
    if kept.first() is None:
        raise TeachingRefused(_("This classifier has been deleted."))


def rename(taught_class: TaughtClass, name: str) -> None:
    """Its key stays. Raises TeachingRefused."""
    name = checked(name)
    if taught_class.is_none and name != NONE_NAME:
        raise TeachingRefused(_("“None of these” keeps its name."))
    if name == NONE_NAME and not taught_class.is_none:
        raise already(name)  # every version has it as its last class
    taught_class.name = name
    try:
        with transaction.atomic():
            # It may have been deleted at this moment.
            TaughtClass.objects.filter(pk=taught_class.pk).update(name=name)
    except IntegrityError as error:
        raise already(name) from error


def class_called(classifier: Classifier, name: str) -> TaughtClass:
    """The class with this name or key, made if there is none. Raises TeachingRefused."""
    name = checked(name)
    if (found := find_class(classifier, name)) is not None:
        return found
    with transaction.atomic():
        keep(classifier)  # others who send its first pictures at this moment get the same one
        return find_class(classifier, name) or add_class(classifier, name)


def find_class(classifier: Classifier, name: str) -> TaughtClass | None:
    for found in classifier.taught_classes.all():
        if name.casefold() == found.name.casefold() or name == found.key:
            return found
    return None


def checked(name: str) -> str:
    """Without blanks around it, and “None of these” as it is always written.

    Raises TeachingRefused.
    """
    name = " ".join(unicodedata.normalize("NFC", name).replace("\0", " ").split())
    if not any(letter.isprintable() for letter in name):  # only marks of direction, say
        raise TeachingRefused(_("A class needs a name."))
    if len(name) > LONGEST:
        raise TeachingRefused(TOO_LONG, most=LONGEST)
    return NONE_NAME if key_for(name) == NONE_KEY else name


def key_for(name: str) -> str:
    return slugify(name)[:LONGEST].strip("-_") or "class"


def already(name: str) -> TeachingRefused:
    return TeachingRefused(THERE_ALREADY, name=name)
