"""Why nothing can be learnt, for the person who asked."""


class CannotLearn(ValueError):
    """There is too little or too much to learn from.

    text, values: the message before the values were filled in, for translations.
    """

    def __init__(self, text: str, **values: object) -> None:
        super().__init__(text % values if values else text)
        self.text, self.values = text, values
