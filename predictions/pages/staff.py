"""Pages for staff who look after the models."""

from django.contrib.auth.mixins import LoginRequiredMixin
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import HttpRequest, HttpResponseBase
from django.utils.decorators import method_decorator
from django.views import View
from django.views.decorators.cache import never_cache

from accounts.rights import staff_may
from accounts.services import user_of
from predictions.classifiers import Classifier, ModelVersion
from predictions.open_to import ClassifierQuerySet

READS = ("GET", "HEAD")


@method_decorator(never_cache, name="dispatch")
class ForStaff(LoginRequiredMixin, View):
    """Looking takes the permission to view versions, everything else that to change `changed`."""

    changed: type[Model] = ModelVersion

    def dispatch(self, request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
        user = request.user
        if user.is_authenticated and not (
            staff_may(user, "view", ModelVersion)
            if request.method in READS
            else staff_may(user, "change", self.changed)
        ):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    def classifiers(self) -> ClassifierQuerySet:
        """Those of people take the permission to view classifiers, too."""
        return Classifier.objects.open_to(user_of(self.request))

    def may_change(self) -> bool:
        return staff_may(self.request.user, "change", ModelVersion)
