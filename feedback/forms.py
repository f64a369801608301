from django import forms

from feedback.models import Feedback
from predictions.inference.labels import labels


class FeedbackForm(forms.ModelForm):
    """Right or wrong; and if wrong, what it is: a class by name, or free text."""

    correct = forms.TypedChoiceField(
        choices=[("yes", "Right"), ("no", "Wrong")], coerce=lambda value: value == "yes"
    )

    class Meta:
        model = Feedback
        fields = ["correct", "label", "feedback"]

    def clean_label(self) -> str:
        """Class names as people write them become the class's own name; other text stays."""
        text = self.cleaned_data["label"].strip()
        wanted = text.replace(" ", "_").lower()
        return next((label.name for label in labels() if label.name.lower() == wanted), text)
