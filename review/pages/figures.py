"""Pages with figures of what reviewers have decided."""

from django.contrib.auth.mixins import LoginRequiredMixin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils.decorators import method_decorator
from django.utils.functional import cached_property
from django.views import View
from django.views.decorators.cache import never_cache

from accounts.rights import staff_may
from predictions.classifiers import Classifier, ModelVersion
from review.accuracy import accuracy_by_version
from review.models import Decision
from review.pages.chart import Chart
from review.pages.reviewing import reviewed

OFFERED = 50  # classifiers


@method_decorator(never_cache, name="dispatch")
class OfDecisions(LoginRequiredMixin, View):
    """For staff who may look at decisions; with `?classifier=` of another one than the default."""

    def dispatch(self, request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
        user = request.user
        if user.is_authenticated and not staff_may(user, "view", Decision):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    @cached_property
    def classifier(self) -> Classifier | None:
        """None if there is none. Raises Http404."""
        if name := self.request.GET.get("classifier"):
            return get_object_or_404(reviewed(), name=name)
        return reviewed().first()

    def show(self, template: str, context: dict[str, object]) -> HttpResponse:
        known = {
            "classifier": self.classifier,
            "classifiers": reviewed()[:OFFERED],
            "may_review": staff_may(self.request.user, "add", Decision),
        }
        return render(self.request, template, known | context)


class AccuracyPage(OfDecisions):
    def get(self, request: HttpRequest) -> HttpResponse:
        versions = accuracy_by_version(self.classifier) if self.classifier else []
        context = {
            "versions": [(of, Chart.of(of.weeks)) for of in versions],
            "is_labelled": any(of.overall.labelled for of in versions),
            "retired": ModelVersion.Role.RETIRED,
        }
        return self.show("review/accuracy.html", context)
