"""Why something is not done in teaching; each message is a sentence for the person who asked."""


class TeachingRefused(Exception):
    """It is not done, and nothing has changed."""


class Busy(TeachingRefused):
    """It can be done when what runs now has finished."""
