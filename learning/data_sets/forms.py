"""What staff fill in to export a data set."""

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from learning.data_sets.selection import BACKWARDS, NO_CLASS, key_of_class
from predictions.classifiers import Classifier, ModelVersion


class VersionField(forms.ModelChoiceField):
    def label_from_instance(self, version: ModelVersion) -> str:
        return f"{version}, {version.get_role_display()}"


class Day(forms.DateField):
    def __init__(self, label: Any) -> None:
        widget = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
        super().__init__(label=label, required=False, widget=widget, input_formats=["%Y-%m-%d"])


class ExportForm(forms.Form):
    class_name = forms.CharField(
        label=gettext_lazy("Only one class"),
        help_text=gettext_lazy("Its name or key. Empty: all classes."),
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    version = VersionField(
        ModelVersion.objects.none(),
        label=gettext_lazy("Only pictures that this version answered"),
        empty_label=gettext_lazy("Any version"),
        required=False,
    )
    since = Day(gettext_lazy("Reviewed from"))
    until = Day(gettext_lazy("Reviewed until"))
    only_sample = forms.BooleanField(
        label=gettext_lazy("Only the random sample"),
        required=False,
    )

    def __init__(self, *args: Any, classifier: Classifier, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.classifier = classifier
        versions = classifier.versions.select_related("classifier")
        self.fields["version"].queryset = versions  # type: ignore[attr-defined]

    def clean_class_name(self) -> str:
        """Its key, or nothing for all."""
        text: str = self.cleaned_data["class_name"]
        if not text:
            return ""
        key = key_of_class(self.classifier, text, get_language() or settings.LANGUAGE_CODE)
        if key is None:
            raise forms.ValidationError(_(NO_CLASS))
        return key

    def clean(self) -> dict[str, Any]:
        since, until = self.cleaned_data.get("since"), self.cleaned_data.get("until")
        if since and until and until < since:
            self.add_error("until", forms.ValidationError(_(BACKWARDS)))
        return self.cleaned_data
