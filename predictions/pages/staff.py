"""Pages for staff who look after the models."""

from django.contrib.auth.mixins import LoginRequiredMixin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase
from django.utils.decorators import method_decorator
from django.views import View
from django.views.decorators.cache import never_cache

from accounts.rights import staff_may
from predictions.classifiers import ModelVersion

READS = ("GET", "HEAD")


@method_decorator(never_cache, name="dispatch")
class ForStaff(LoginRequiredMixin, View):
    """Looking takes the permission to view versions, everything else that to change them."""

    def dispatch(self, request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
        verb = "view" if request.method in READS else "change"
        if request.user.is_authenticated and not staff_may(request.user, verb, ModelVersion):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    def may_change(self) -> bool:
        return staff_may(self.request.user, "change", ModelVersion)
