"""What all pages for reviewers have in common."""

from django.contrib.auth.mixins import LoginRequiredMixin
from django.core.exceptions import PermissionDenied
from django.db.models import Case, Exists, IntegerField, OuterRef, Value, When
from django.http import HttpRequest, HttpResponseBase
from django.utils.decorators import method_decorator
from django.views import View
from django.views.decorators.cache import never_cache

from accounts.models import User
from accounts.rights import staff_may
from accounts.services import user_of
from predictions.classifiers import DEFAULT, Classifier, ModelVersion
from predictions.open_to import ClassifierQuerySet
from review.models import Decision


class ForReviewers(LoginRequiredMixin, View):
    """For staff who may decide."""

    def dispatch(self, request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
        user = request.user
        if user.is_authenticated and not staff_may(user, "add", Decision):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    @property
    def reviewer(self) -> User:
        return user_of(self.request)


@method_decorator(never_cache, name="dispatch")
class ReviewPage(ForReviewers):
    """What it shows is another reviewer's a moment later."""


def reviewed() -> ClassifierQuerySet:
    """The classifiers whose answers are reviewed, the default one first."""
    versions = ModelVersion.objects.filter(classifier=OuterRef("pk"))
    is_default = When(name=DEFAULT, then=Value(0))
    found: ClassifierQuerySet = (
        Classifier.objects.of_everybody()
        .filter(Exists(versions))
        .order_by(Case(is_default, default=Value(1), output_field=IntegerField()), "pk")
    )
    return found
