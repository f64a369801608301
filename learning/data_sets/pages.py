"""Data sets, as pages for staff."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.mixins import LoginRequiredMixin
from django.core.exceptions import PermissionDenied
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.utils.decorators import method_decorator
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.views import View
from django.views.decorators.cache import never_cache
from django.views.generic import DetailView, TemplateView

from accounts.rights import staff_may
from accounts.services import user_of
from foundation.web.errors import error_response
from learning import queue
from learning.data_sets import selection, services
from learning.data_sets.forms import ExportForm
from learning.data_sets.models import DataSetExport, DataSetImport
from learning.data_sets.splits import SPLITS
from learning.pages.sending import TakesZip
from learning.pages.taught import REFUSALS, sentence
from predictions import consent
from predictions.classifiers import DEFAULT, Classifier
from predictions.refusals import NotStored
from review.models import DecisionQuerySet

LISTED = 20  # of each kind
OFFERED = 200  # classifiers
# Pictures. For many more, PostgreSQL would rather read all predictions than look each one up.
COUNTED = 1_000


@method_decorator(never_cache, name="dispatch")
class ForStaff(LoginRequiredMixin, View):
    """For those who may add one of `kinds`."""

    kinds: tuple[type[Model], ...] = (DataSetExport, DataSetImport)

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.user.is_authenticated:
            self.let_in()
        return super().dispatch(request, *args, **kwargs)

    def let_in(self) -> None:
        """Raises PermissionDenied."""
        if not any(self.may_add(kind) for kind in self.kinds):
            raise PermissionDenied

    def may_add(self, kind: type[Model]) -> bool:
        return staff_may(self.request.user, "add", kind)

    @cached_property
    def classifiers(self) -> list[Classifier]:
        """Those whose pictures are reviewed."""
        return list(Classifier.objects.of_everybody()[:OFFERED])

    @cached_property
    def classifier(self) -> Classifier | None:
        """The one that the address names, or the usual one."""
        by_name = {classifier.name: classifier for classifier in self.classifiers}
        for name in (self.request.GET.get("classifier"), DEFAULT, *by_name):
            if name in by_name:
                return by_name[name]
        return None


class DataSetsPage(ForStaff, TemplateView):
    """What there is, and the forms for more."""

    template_name = "data_sets/overview.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        may_export, may_import = self.may_add(DataSetExport), self.may_add(DataSetImport)
        classifier, shown = self.classifier, {}
        if classifier is not None and may_export:
            verified = selection.verified(classifier)
            shown = {
                "verified": counted(verified),
                "usable": counted(selection.usable(verified)),
                "form": kwargs.pop("form", None) or ExportForm(classifier=classifier),
            }
        exports = DataSetExport.objects.all() if may_export else DataSetExport.objects.none()
        imports = DataSetImport.objects.filter(deleted_at=None)
        return super().get_context_data(
            classifiers=self.classifiers,
            classifier=classifier,
            asked=consent.asked(),
            counted=COUNTED,
            splits=SPLITS,
            may_import=may_import,
            exports=exports.select_related("classifier")[:LISTED],
            imports=imports.select_related("classifier")[:LISTED] if may_import else [],
            **shown,
            **kwargs,
        )


def counted(decisions: DecisionQuerySet) -> int:
    """COUNTED + 1: more than these."""
    return decisions.order_by()[: COUNTED + 1].count()


class StartExport(ForStaff):
    kinds = (DataSetExport,)

    def get(self, request: HttpRequest) -> HttpResponse:
        """Where signing in again leads back to after a POST."""
        return redirect("data-sets")

    def post(self, request: HttpRequest) -> HttpResponse:
        classifier = get_object_or_404(
            Classifier.objects.of_everybody(), name=request.POST.get("classifier", "")
        )
        form = ExportForm(request.POST, classifier=classifier)
        if not form.is_valid():
            return self.again(request, classifier, form)
        asked = form.cleaned_data
        asked["class_key"] = asked.pop("class_name")
        try:
            export = services.start_export(user_of(request), request, classifier, **asked)
        except REFUSALS as refusal:
            form.add_error(None, sentence(refusal))
            return self.again(request, classifier, form)
        return redirect(export)

    def again(self, request: HttpRequest, classifier: Classifier, form: ExportForm) -> HttpResponse:
        page = DataSetsPage()
        page.setup(request)
        page.classifier = classifier
        return page.render_to_response(page.get_context_data(form=form), status=400)


class StartImport(TakesZip, ForStaff):
    kinds = (DataSetImport,)

    def let_in(self) -> None:
        ForStaff.let_in(self)

    def get(self, request: HttpRequest) -> HttpResponse:
        """Where signing in again leads back to after a POST."""
        return redirect("data-sets")

    def post(self, request: HttpRequest) -> HttpResponse:
        classifier = get_object_or_404(
            Classifier.objects.of_everybody(), name=request.POST.get("classifier", "")
        )
        try:
            file = self.file()
            try:
                work = services.start_import(
                    user_of(request), request, classifier, file, str(file.name)
                )
            except OSError as error:
                raise NotStored.because_of(error) from error
        except REFUSALS as refusal:
            messages.error(request, sentence(refusal))
            return redirect("data-sets")
        return redirect(work)


class OfWork(ForStaff):
    """Of one export or import. One that is not there any more is said to be gone."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            return super().dispatch(request, *args, **kwargs)
        except (DataSetExport.DoesNotExist, FileNotFoundError):
            return error_response(request, 404, _(services.GONE))

    def get_object(self, queryset: QuerySet[Any] | None = None) -> Any:
        if self.kinds == (DataSetExport,):
            return DataSetExport.objects.select_related("classifier", "version", "started_by").get(
                pk=self.kwargs["pk"]
            )
        imports = DataSetImport.objects.filter(deleted_at=None)
        return get_object_or_404(
            imports.select_related("classifier", "started_by"), pk=self.kwargs["pk"]
        )

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Where signing in again leads back to after a POST."""
        return redirect(self.get_object())


class WorkPage(OfWork, DetailView):
    context_object_name = "work"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return DetailView.get(self, request, *args, **kwargs)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        no_worker = self.object.is_unfinished and queue.has_worker() is False
        return super().get_context_data(no_worker=no_worker, **kwargs)


class ExportPage(WorkPage):
    kinds = (DataSetExport,)
    template_name = "data_sets/export.html"


class ImportPage(WorkPage):
    kinds = (DataSetImport,)
    template_name = "data_sets/import.html"


class ExportFile(OfWork):
    kinds = (DataSetExport,)

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        return services.open_file(self.get_object(), user_of(request), request)


class Cancel(OfWork):
    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        work = self.get_object()
        if work.cancel():
            messages.success(request, self.says())
        return redirect(work)

    def says(self) -> str:
        return _("Cancelled. The pictures so far are kept.")


class CancelImport(Cancel):
    kinds = (DataSetImport,)


class CancelExport(Cancel):
    kinds = (DataSetExport,)

    def says(self) -> str:
        return _("Cancelled. Nothing has changed.")


class DeleteImport(OfWork):
    kinds = (DataSetImport,)

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        work = self.get_object()
        services.delete_import(user_of(request), request, work)
        messages.success(request, _("Its pictures and their labels are being deleted."))
        return redirect("data-sets")
