from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from feedback.models import Feedback
from predictions.labels.vocabulary import Vocabulary

VERDICTS = {"yes": True, "no": False, "none": None}


class FeedbackForm(forms.ModelForm):
    """Right, wrong or withdrawn; if wrong, the right answer as a class name or free text."""

    correct = forms.TypedChoiceField(
        choices=[(verdict, verdict) for verdict in VERDICTS],
        coerce=VERDICTS.__getitem__,
        empty_value=None,
        error_messages={"required": _("Say whether the answer is right or wrong.")},
    )

    class_key = forms.CharField(required=False)  # of a class that was offered

    class Meta:
        model = Feedback
        fields = ["correct", "label", "feedback"]

    def __init__(self, data: Any, vocabulary: Vocabulary) -> None:
        super().__init__(data)
        self.vocabulary = vocabulary

    def clean(self) -> dict[str, Any]:
        """Turns a class, by its key or as people write its name, into what the API has; keeps
        other text.
        """
        cleaned, language = self.cleaned_data, get_language() or settings.LANGUAGE_CODE
        text = cleaned.get("label", "").strip()
        if key := cleaned.get("class_key"):
            found = self.vocabulary.choice(key, language)
        else:
            found = self.vocabulary.recognise(text, language)
        return cleaned | {"label": found.correction if found else text}
