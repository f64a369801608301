"""Two versions side by side, for staff."""

from collections.abc import Mapping
from typing import Any, NamedTuple
from uuid import UUID

from django import forms
from django.conf import settings
from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.generic import DetailView, FormView

from accounts.services import user_of
from predictions.classifiers import Classifier, ModelVersion
from predictions.comparisons import services, work
from predictions.comparisons.disagreements import WHICH, Place, after
from predictions.comparisons.figures import figures_of
from predictions.comparisons.models import Comparison
from predictions.comparisons.selection import MOST, truths
from predictions.inference.ranking import key_of
from predictions.pages.staff import ForStaff
from predictions.pictures.shown import may_be_shown_pictures
from predictions.registry.vocabularies import vocabulary_of

LISTED = 50  # comparisons of a classifier
SHOWN = 20  # pictures of a page
CLASSES_SHOWN = 3  # of each answer


class VersionField(forms.ModelChoiceField):
    def label_from_instance(self, version: ModelVersion) -> str:
        return f"{version}, {version.get_role_display()}"


class StartForm(forms.Form):
    first = VersionField(ModelVersion.objects.none(), label=gettext_lazy("Version A"))
    second = VersionField(ModelVersion.objects.none(), label=gettext_lazy("Version B"))
    pictures = forms.ChoiceField(
        label=gettext_lazy("Pictures"),
        choices=Comparison.Pictures.choices,
        initial=Comparison.Pictures.KNOWN,
        widget=forms.RadioSelect,
    )
    number = forms.IntegerField(
        label=gettext_lazy("How many of the latest"),
        min_value=1,
        max_value=MOST,
        initial=1000,
        required=False,
    )
    class_name = forms.CharField(
        label=gettext_lazy("Which class"), max_length=200, required=False, widget=forms.TextInput
    )

    def __init__(self, *args: Any, classifier: Classifier, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        versions = classifier.versions.select_related("classifier")
        champion = ModelVersion.Role.CHAMPION
        for name in WHICH:
            self.fields[name].queryset = versions  # type: ignore[attr-defined]
        self.initial["first"] = versions.filter(role=champion).first()
        self.initial["second"] = versions.exclude(role=champion).first()

    def clean(self) -> dict[str, Any]:
        cleaned, pictures = self.cleaned_data, self.cleaned_data.get("pictures")
        cleaned["class_key"] = ""
        if pictures == Comparison.Pictures.LATEST and not cleaned.get("number"):
            self.add_error("number", forms.ValidationError(_("Say how many.")))
        if pictures == Comparison.Pictures.CLASS and (first := cleaned.get("first")):
            vocabulary = vocabulary_of(first.label_set_id)
            found = vocabulary.recognise(cleaned.get("class_name", ""), language())
            if found is None:
                self.add_error("class_name", forms.ValidationError(_("No class has this name.")))
            else:
                cleaned["class_key"] = found.key
        return cleaned


def language() -> str:
    return get_language() or settings.LANGUAGE_CODE


class ComparisonsPage(ForStaff, FormView):
    """The comparisons of a classifier's versions, and the start of another."""

    form_class = StartForm
    template_name = "predictions/comparisons.html"

    def get_classifier(self) -> Classifier:
        return get_object_or_404(self.classifiers(), name=self.kwargs["name"])

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"classifier": self.get_classifier()}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        classifier = self.get_classifier()
        comparisons = Comparison.objects.filter(first__classifier=classifier)
        return super().get_context_data(
            classifier=classifier,
            comparisons=comparisons.select_related("first", "second")[:LISTED],
            may_start=(may_start := self.may_change()),
            can_start=may_start and classifier.versions.count() > 1,
            most=MOST,
            **kwargs,
        )

    def form_valid(self, form: StartForm) -> HttpResponse:
        asked = form.cleaned_data
        try:
            comparison = services.start(
                user_of(self.request),
                asked["first"],
                asked["second"],
                asked["pictures"],
                number=asked["number"] or MOST,
                class_key=asked["class_key"],
            )
        except services.NotComparable as error:
            form.add_error(None, str(error))
            return self.form_invalid(form)
        return redirect(comparison)


class Answer(NamedTuple):
    name: str
    is_right: bool | None  # None: the truth is not known
    classes: list[tuple[str, float]]  # names and scores, the best first


class Disagreement(NamedTuple):
    image_id: int
    md5: str
    answers: list[Answer]
    truth: str


class ComparisonPage(ForStaff, DetailView):
    """How far it is, its figures, and where the versions differ."""

    template_name = "predictions/comparison.html"
    object: Comparison

    def get_queryset(self) -> QuerySet[Comparison]:
        found = Comparison.objects.filter(first__classifier__in=self.classifiers())
        return found.select_related("first__classifier", "second", "started_by")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        comparison = self.object
        if comparison.is_running:
            work.top_up()
            comparison.refresh_from_db(fields=["finished_at", "cancelled_at"])
        progress = comparison.progress()
        place = self.get_place()
        rows = after(comparison, place, SHOWN + 1)
        following = rows[SHOWN - 1] if len(rows) > SHOWN else None
        return super().get_context_data(
            progress=progress,
            over=progress["done"] + progress["failed"],
            figures=figures_of(comparison),
            class_name=self.name_of(comparison.class_key) if comparison.class_key else "",
            disagreements=self.named(rows[:SHOWN]),
            place=place,
            following=following and Place(following["certainty"], following["pk"]),
            can_see=may_be_shown_pictures(self.request.user),
            can_cancel=comparison.is_running and self.may_change(),
            **kwargs,
        )

    def get_place(self) -> Place | None:
        """Raises Http404."""
        try:
            return Place.read(self.request.GET["after"]) if "after" in self.request.GET else None
        except ValueError as error:
            raise Http404 from error

    def name_of(self, key: str, label: str = "") -> str:
        return vocabulary_of(self.object.first.label_set_id).name(key, label, language())

    def named(self, rows: list[dict[str, Any]]) -> list[Disagreement]:
        shown = self.object.images().filter(pk__in=[row["pk"] for row in rows])
        truth = truths(self.object.first.label_set_id, shown)
        return [
            Disagreement(
                row["pk"],
                row["md5"],
                [self.answer(row, which, truth) for which in WHICH],
                self.name_of(truth[row["pk"]]) if row["pk"] in truth else "",
            )
            for row in rows
        ]

    def answer(self, row: dict[str, Any], which: str, truth: Mapping[int, str]) -> Answer:
        key = row[f"{which}_class_key"]
        return Answer(
            self.name_of(key, row[f"{which}_label"]),
            key == truth[row["pk"]] if row["pk"] in truth else None,
            [
                (self.name_of(key_of(entry), entry["label"]), entry["score"])
                for entry in row[f"{which}_ranking"][:CLASSES_SHOWN]
            ],
        )


class CancelComparison(ForStaff):
    def get(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        """Where a new sign-in returns to after a POST."""
        return redirect("comparison-page", pk)

    def post(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        found = Comparison.objects.filter(first__classifier__in=self.classifiers())
        comparison = get_object_or_404(found, pk=pk)
        work.cancel(comparison)
        messages.success(request, _("Cancelled. The answers so far are kept."))
        return redirect(comparison)
