from django import forms
from django.conf import settings
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from feedback.models import Feedback
from predictions.labels.search import recognise

VERDICTS = {"yes": True, "no": False, "none": None}


class FeedbackForm(forms.ModelForm):
    """Right, wrong or withdrawn; if wrong, the right answer as a class name or free text."""

    correct = forms.TypedChoiceField(
        choices=[(verdict, verdict) for verdict in VERDICTS],
        coerce=VERDICTS.__getitem__,
        empty_value=None,
        error_messages={"required": _("Say whether the answer is right or wrong.")},
    )

    class Meta:
        model = Feedback
        fields = ["correct", "label", "feedback"]

    def clean_label(self) -> str:
        """Turns the name of a class, in the page's language or as the API has it, into what the API
        has; keeps other text.
        """
        text = self.cleaned_data["label"].strip()
        words = recognise(text, get_language() or settings.LANGUAGE_CODE)
        return words.correction if words else text
