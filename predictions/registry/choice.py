"""The classifiers that people can choose from."""

from django.db.models import Case, Exists, IntegerField, OuterRef, Q, QuerySet, Value, When
from django.http import HttpRequest

from accounts.models import User
from predictions.classifiers import DEFAULT, Classifier, ModelVersion
from predictions.models import Prediction

REMEMBERED = "classifier"  # in the session
OFFERED = 200  # at most, in the choice of a page
LOOKED_AT = 1000  # of the latest answers that a person has


def classifiers_of(request: HttpRequest) -> list[Classifier]:
    """Those that have a champion and are there for this person; read once a request.

    The server's come first, then the person's own, each in the order in which they were made.
    """
    known: list[Classifier] | None = getattr(request, "_classifiers", None)
    if known is None:
        known = request._classifiers = list(offered(request))  # type: ignore[attr-defined]
    return known


def offered(request: HttpRequest) -> "QuerySet[Classifier]":
    answering = Classifier.objects.filter(versions__role=ModelVersion.Role.CHAMPION)
    user = request.user
    if not isinstance(user, User):
        return answering.of_server()
    whose = Case(
        When(owner=None, is_public=False, then=Value(0)),
        When(owner=user, then=Value(1)),
        default=Value(2),
        output_field=IntegerField(),
    )
    return answering.offered_to(user).order_by(whose, "created_at", "pk")[:OFFERED]


def known_to(user: User) -> "QuerySet[Classifier]":
    """Those whose answers a person has or may have: also what was deleted or is shared no more.

    Of what others made public only if it is among their latest answers, or these would be many.
    """
    latest = Prediction.objects.filter(user=user).order_by("-created_at", "-id")[:LOOKED_AT]
    asked = ModelVersion.objects.filter(inference__in=latest.values("inference"))
    # No joins: thousands of classifiers have tens of thousands of versions.
    return Classifier.everything.filter(
        Q(owner=None, is_public=False)
        | Q(owner=user)
        | Q(pk__in=user.classifier_shares.values("classifier"))
        | Q(pk__in=asked.order_by().values("classifier")),
        Exists(ModelVersion.objects.filter(classifier=OuterRef("pk"))),
    )


def title_of(request: HttpRequest, classifier: Classifier) -> str:
    """Its title; of what is not there for this person any more, its name: the title may be new."""
    is_theirs = classifier.owner_id in (None, request.user.pk) or classifier.is_public
    return (
        classifier.title if is_theirs or classifier in classifiers_of(request) else classifier.name
    )


def label_sets_known_to(user: User) -> list[int]:
    """The ids of what the versions of these classifiers answer with."""
    versions = ModelVersion.objects.filter(classifier__in=known_to(user))
    ids = versions.order_by("label_set").values_list("label_set", flat=True)
    return list(ids.distinct())


def chosen(request: HttpRequest) -> str:
    """The name of the one in the address, or that this person asked last, or of the usual one."""
    names = [classifier.name for classifier in classifiers_of(request)]
    for name in (request.GET.get("model"), request.session.get(REMEMBERED), DEFAULT, *names):
        if name in names:
            return str(name)
    return DEFAULT


def remember(request: HttpRequest, name: str) -> None:
    if request.session.get(REMEMBERED, DEFAULT) != name:
        request.session[REMEMBERED] = name
