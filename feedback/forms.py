import re

from django import forms
from django.utils.translation import gettext_lazy as _

from feedback.models import Feedback
from predictions.inference.labels import labels

VERDICTS = {"yes": True, "no": False, "none": None}
# A name that two classes share is followed by its synset: `crane (n02012849)`.
WITH_SYNSET = re.compile(r"(.+) \((n\d{8})\)$")


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
        """Turns a class name as people write it into the class's own name; keeps other text."""
        text = self.cleaned_data["label"].strip()
        name, synset = text, None
        if match := WITH_SYNSET.match(text):
            name, synset = match.groups()
        wanted = name.replace(" ", "_").lower()
        for label in labels():
            if label.name.lower() == wanted and synset in (None, label.synset):
                return f"{label.name} ({synset})" if synset else label.name
        return text
