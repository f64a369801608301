"""Why something is not done in teaching; each message is a sentence for the person who asked.

Imports no models: exporting/trial.py runs without them.
"""

from django.utils.translation import gettext as _


class TeachingRefused(Exception):
    """It is not done, and nothing has changed.

    text, values: the message before the values were filled in; a message id for gettext, if a
        worker raises it, who does not know the reader's language.
    """

    def __init__(self, text: str, **values: object) -> None:
        super().__init__(_(text) % values if values else _(text))
        self.text, self.values = text, values


class Busy(TeachingRefused):
    """It can be done when what runs now has finished."""
