"""The classifiers that people can choose from."""

from django.http import HttpRequest

from predictions.classifiers import DEFAULT, Classifier, ModelVersion

REMEMBERED = "classifier"  # in the session


def classifiers_of(request: HttpRequest) -> list[Classifier]:
    """Those that have a champion, in the order in which they were made; read once a request."""
    known: list[Classifier] | None = getattr(request, "_classifiers", None)
    if known is None:
        answering = Classifier.objects.filter(versions__role=ModelVersion.Role.CHAMPION)
        known = request._classifiers = list(answering)  # type: ignore[attr-defined]
    return known


def chosen(request: HttpRequest) -> str:
    """The name of the one that this person asked last, or of the one that answers who say none."""
    names = [classifier.name for classifier in classifiers_of(request)]
    for name in (request.session.get(REMEMBERED), DEFAULT, *names):
        if name in names:
            return str(name)
    return DEFAULT


def remember(request: HttpRequest, name: str) -> None:
    if request.session.get(REMEMBERED, DEFAULT) != name:
        request.session[REMEMBERED] = name
