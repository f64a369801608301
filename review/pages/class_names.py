"""What the page's language calls the classes of a classifier, in whichever of its versions."""

from itertools import islice

from django.utils.translation import gettext as _

from predictions.classifiers import Classifier
from predictions.inference.labels import NONE_KEY, NONE_NAME
from predictions.registry.vocabularies import vocabulary_of
from predictions.templatetags.labels import language

LABEL_SETS = 20  # the latest


class ClassNames:
    def __init__(self, classifier: Classifier) -> None:
        label_sets = classifier.versions.order_by("-pk").values_list("label_set", flat=True)
        self.label_sets = list(islice(dict.fromkeys(label_sets), LABEL_SETS))

    def __getitem__(self, key: str) -> str:
        """The key itself if no version knows it any more."""
        if key == NONE_KEY:
            return _(NONE_NAME)
        for label_set_id in self.label_sets:
            vocabulary = vocabulary_of(label_set_id)
            if choice := vocabulary.choice(key, language()):
                return vocabulary.name(key, choice.label, language())
        return key
