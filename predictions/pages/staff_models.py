"""The classifiers and their versions, as staff look after them."""

from typing import Any, NamedTuple
from uuid import UUID, uuid4

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Case, IntegerField, Prefetch, Value, When
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.views.generic import FormView, TemplateView

from accounts.rights import staff_may
from accounts.services import user_of
from predictions.classifiers import Classifier, ModelVersion
from predictions.pages.staff import ForStaff
from predictions.pages.staff_forms import ChangeForm, ThresholdsForm
from predictions.registry import thresholds
from predictions.registry.actions import Action, perform, possible, what_happens
from predictions.registry.figures import COUNTED, JUDGED, Figures, figures_of
from predictions.registry.roles import Changes, RoleRefused, last_promotion
from predictions.registry.versions import NotAnEnsemble, add_ensemble

Role = ModelVersion.Role
ON_A_PAGE = 50  # classifiers of people
SHOWN = 50  # versions: those with a role and the newest
CHANGES_SHOWN = 20


class ModelsPage(ForStaff, TemplateView):
    template_name = "predictions/models.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The server's, and a page of those of people."""
        answering = ModelVersion.objects.exclude(role=Role.RETIRED)
        with_versions = Prefetch("versions", answering, to_attr="answering")
        opened = self.classifiers()
        servers = opened.of_server()
        others = opened.exclude(pk__in=servers.values("pk")).order_by("-created_at", "-pk")
        page = Paginator(others.select_related("owner").prefetch_related(with_versions), ON_A_PAGE)
        return super().get_context_data(
            servers=servers.prefetch_related(with_versions),
            others=page.get_page(self.request.GET.get("page")),
            **kwargs,
        )


class OfClassifier(ForStaff):
    """Of the classifier that the address names."""

    @cached_property
    def classifier(self) -> Classifier:
        return get_object_or_404(self.classifiers(), name=self.kwargs["name"])

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Where signing in again leads back to after a POST."""
        return self.back()

    def back(self) -> HttpResponse:
        return redirect("model-page", self.classifier.name)

    def changes(self, reason: str = "") -> Changes:
        """By this person, who has looked at the roles that the form tells."""
        try:
            seen = UUID(self.request.POST.get("seen", ""))
        except ValueError:
            seen = uuid4()  # nobody has seen those
        return Changes(actor=user_of(self.request), request=self.request, reason=reason, seen=seen)


class Row(NamedTuple):
    version: ModelVersion
    figures: Figures
    actions: list[Action]


class ModelPage(OfClassifier, TemplateView):
    template_name = "predictions/model.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return self.render_to_response(self.get_context_data(**kwargs))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        versions = self.versions()
        figures, may_change = figures_of(versions), self.may_change()
        changes = self.classifier.role_changes.select_related("version", "champion_before")
        return super().get_context_data(
            classifier=self.classifier,
            rows=[
                Row(version, figures[version.pk], possible(version) if may_change else [])
                for version in versions
            ],
            shown=SHOWN,
            counted=COUNTED,
            judged=JUDGED,
            changes=changes[:CHANGES_SHOWN],
            may_change=may_change,
            can_roll_back=may_change and last_promotion(self.classifier) is not None,
            thresholds=ThresholdsForm(classifier=self.classifier)
            if staff_may(self.request.user, "change", Classifier)
            else None,
            **kwargs,
        )

    def versions(self) -> list[ModelVersion]:
        """With those that answer first, and the newest of the others."""
        order = [Role.CHAMPION, Role.CHALLENGER, Role.SHADOW, Role.RETIRED]
        by_role = Case(
            *(When(role=role, then=Value(place)) for place, role in enumerate(order)),
            output_field=IntegerField(),
        )
        found = self.classifier.versions.order_by(by_role, "-created_at", "-pk")
        versions = list(found.prefetch_related("members__version")[:SHOWN])
        for version in versions:
            version.classifier = self.classifier
        return versions


class ChangeRole(OfClassifier, FormView):
    """Says what will happen and asks for the reason; then it happens."""

    http_method_names = ["get", "head", "post", "options"]
    form_class = ChangeForm
    template_name = "predictions/change_role.html"

    @cached_property
    def action(self) -> Action:
        try:
            return Action(self.kwargs["act"])
        except ValueError as error:
            raise Http404 from error

    @cached_property
    def version(self) -> ModelVersion | None:
        """None: of the classifier as a whole."""
        if "pk" not in self.kwargs:
            return None
        versions = ModelVersion.objects.filter(classifier__in=self.classifiers())
        return get_object_or_404(versions.select_related("classifier"), pk=self.kwargs["pk"])

    @cached_property
    def classifier(self) -> Classifier:
        return self.version.classifier if self.version else super().classifier

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not self.may_change():
            return self.back()
        seen = request.GET.get("seen", str(self.classifier.revision))
        if seen != str(self.classifier.revision):
            why = _("Somebody else has changed the roles meanwhile. Look at them again.")
            messages.error(request, why)
            return self.back()
        if not self.what_happens():
            messages.error(request, _("There is no champion before this one."))
            return self.back()
        return self.render_to_response(self.get_context_data())

    def what_happens(self) -> list[str]:
        return what_happens(self.action, self.classifier, self.version)

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"action": self.action, "version": self.version}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        seen = self.request.POST.get("seen", self.classifier.revision)
        return super().get_context_data(
            classifier=self.classifier,
            version=self.version,
            action=self.action,
            says=self.what_happens(),
            seen=seen,
            **kwargs,
        )

    def form_valid(self, form: ChangeForm) -> HttpResponse:
        says, share = " ".join(self.what_happens()), form.cleaned_data.get("share")
        if share:
            says = _("%(version)s answers new pictures of %(share)d percent of the people.")
            says %= {"version": self.version, "share": share}
        changes = self.changes(form.cleaned_data["reason"])
        try:
            change = perform(changes, self.action, self.classifier, self.version, share)
        except RoleRefused as error:
            messages.error(self.request, str(error))
        else:
            same = _("Nothing has changed: it has that role already.")
            messages.success(self.request, says if change else same)
        return self.back()


class MakeEnsemble(OfClassifier):
    """Of the versions that are ticked."""

    def post(self, request: HttpRequest, name: str) -> HttpResponse:
        ticked = [pk for pk in request.POST.getlist("version")[:SHOWN] if pk.isdecimal()]
        versions = self.classifier.versions.select_related("classifier").order_by("pk")
        try:
            ensemble = add_ensemble(list(versions.filter(pk__in=ticked)))
        except NotAnEnsemble as error:
            messages.error(request, str(error))
        else:
            says = _("%(version)s is made. It answers nothing until you give it a role.")
            messages.success(request, says % {"version": ensemble})
        return self.back()


class ChangeThresholds(OfClassifier):
    changed = Classifier

    def post(self, request: HttpRequest, name: str) -> HttpResponse:
        form = ThresholdsForm(request.POST, classifier=self.classifier)
        if not form.is_valid():
            why = [
                f"{form.fields[field].label}: {errors[0]}" for field, errors in form.errors.items()
            ]
            messages.error(request, " ".join(why))
            return self.back()
        changes = self.changes(form.cleaned_data["reason"])
        try:
            thresholds.set_thresholds(changes, self.classifier, *form.thresholds())
        except RoleRefused as error:
            messages.error(request, str(error))
        else:
            messages.success(request, _("Thresholds saved. They count for all answers at once."))
        return self.back()
