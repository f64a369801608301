"""What staff fill in to change roles and thresholds."""

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from predictions.classifiers import Classifier, ModelVersion
from predictions.confidence import in_percent
from predictions.labels.vocabulary import Choice, Vocabulary
from predictions.registry.actions import Action
from predictions.registry.roles import champion_of
from predictions.registry.vocabularies import vocabulary_of


class ChangeForm(forms.Form):
    """A challenge needs its share, too."""

    share = forms.IntegerField(
        label=gettext_lazy("Share of the people, in percent"), min_value=1, max_value=100
    )
    reason = forms.CharField(
        label=gettext_lazy("Why?"),
        max_length=300,
        help_text=gettext_lazy("Is kept in the history of the roles."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def __init__(
        self, *args: Any, action: str, version: ModelVersion | None = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        if action != Action.CHALLENGE:
            del self.fields["share"]
        elif version is not None:
            self.fields["share"].initial = version.share or 10


class Percent(forms.FloatField):
    """Of a probability, which it gives; None where nothing is written."""

    def __init__(self, label: str, **options: Any) -> None:
        super().__init__(label=label, min_value=0, max_value=100, required=False, **options)

    def prepare_value(self, value: Any) -> Any:
        return f"{100 * value:.6g}" if isinstance(value, float) else value

    def clean(self, value: Any) -> float | None:
        percent = super().clean(value)
        return None if percent is None else round(percent / 100, 8)


class ThresholdsForm(forms.Form):
    """One for all classes, one for each class that has its own, and one for another class."""

    def __init__(self, *args: Any, classifier: Classifier, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.vocabulary = vocabulary_of_champion(classifier)
        self.own = {f"class-{key}": key for key in classifier.class_thresholds}
        default = _("Empty: %(percent)s.") % {
            "percent": in_percent(f"{100 * settings.UNSURE_BELOW:g}")
        }
        self.fields["threshold"] = Percent(
            _("Not sure below (percent)"), initial=classifier.threshold, help_text=default
        )
        for name, key in self.own.items():
            least = float(classifier.class_thresholds[key])
            self.fields[name] = Percent(self.name_of(key), initial=least)
        self.fields["another"] = forms.CharField(
            label=_("A class with a threshold of its own"), max_length=200, required=False
        )
        self.fields["another_threshold"] = Percent(_("Its threshold (percent)"))
        self.fields["reason"] = forms.CharField(label=_("Why?"), max_length=300, required=False)

    def name_of(self, key: str) -> str:
        found = self.choice(key)
        return found.name if found else key

    def choice(self, key: str) -> Choice | None:
        return self.vocabulary.choice(key, language()) if self.vocabulary else None

    def clean_another(self) -> str:
        """Its key."""
        text: str = self.cleaned_data["another"]
        if not text:
            return ""
        found = self.vocabulary.recognise(text, language()) if self.vocabulary else None
        if found is None:
            raise forms.ValidationError(_("No class has this name."))
        return found.key

    def thresholds(self) -> tuple[float | None, dict[str, float]]:
        """For all classes, and by their keys for those that have one of their own."""
        given = {key: self.cleaned_data[name] for name, key in self.own.items()}
        if another := self.cleaned_data["another"]:
            given[another] = self.cleaned_data["another_threshold"]
        own = {key: least for key, least in given.items() if least is not None}
        return self.cleaned_data["threshold"], own


def vocabulary_of_champion(classifier: Classifier) -> Vocabulary | None:
    champion = champion_of(classifier)
    return vocabulary_of(champion.label_set_id) if champion else None


def language() -> str:
    return get_language() or settings.LANGUAGE_CODE
