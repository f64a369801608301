"""What is taken for what, as a list and a matrix, and the pictures behind each number."""

from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.functional import cached_property
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

from predictions.classifiers import Classifier, ModelVersion
from predictions.pictures.shown import may_be_shown_pictures
from review.confusion import LISTED, LOOKED_AT, Asked, Pair, confusion_of, labels_of_pair
from review.pages.class_names import ClassNames
from review.pages.figures import OfDecisions
from review.pages.pictures import not_deleted

VERSIONS = 100  # offered, the latest
PICTURES = 24  # of a page


class Filters(forms.Form):
    version = forms.ModelChoiceField(
        ModelVersion.objects.none(), label=_("Version"), required=False, empty_label=_("any")
    )
    since = forms.DateField(
        label=_("Decided since"),
        required=False,
        widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"),
    )
    sample = forms.BooleanField(label=_("Only the random sample"), required=False)

    def __init__(self, data: Any, classifier: Classifier) -> None:
        super().__init__(data)
        versions: Any = self.fields["version"]
        latest = classifier.versions.values("pk")[:VERSIONS]
        versions.queryset = classifier.versions.filter(
            pk__in=list(latest.values_list("pk", flat=True))
        )

    def asked(self, classifier: Classifier) -> Asked:
        """What is wrong among the filters is left out, and the form says so."""
        self.is_valid()
        said = self.cleaned_data
        return Asked(classifier, said.get("version"), said.get("sample", False), said.get("since"))


class OfPairs(OfDecisions):
    classifier: Classifier

    @cached_property
    def filters(self) -> Filters:
        return Filters(self.request.GET, self.classifier)

    @cached_property
    def asked(self) -> Asked:
        return self.filters.asked(self.classifier)

    @cached_property
    def names(self) -> ClassNames:
        return ClassNames(self.classifier)

    def query(self) -> str:
        """The filters, for addresses."""
        asked = self.asked
        said = {
            "classifier": asked.classifier.name,
            "version": asked.version and asked.version.pk,
            "since": asked.since and asked.since.isoformat(),
            "sample": asked.only_sample and "on",
        }
        return urlencode({name: value for name, value in said.items() if value})


class ConfusionPage(OfPairs):
    def get(self, request: HttpRequest) -> HttpResponse:
        if self.classifier is None:
            return self.show("review/confusion.html", {})
        confusion, names = confusion_of(self.asked), self.names
        rows = confusion.rows()
        context = {
            "filters": self.filters,
            "query": self.query(),
            "is_filtered": self.filters.has_changed(),
            "looked_at": LOOKED_AT,
            "earliest": self.asked.earliest,
            "number": confusion.number,
            "wrong": sum(number for _pair, number in confusion.wrong),
            "kinds": len(confusion.wrong),
            "pairs": [
                (pair, names[pair.answered], names[pair.verified], number)
                for pair, number in confusion.wrong[:LISTED]
            ],
            "rows": [
                (
                    row,
                    names[row.verified],
                    [(key, names[key], number, share) for key, number, share in row.numbers],
                )
                for row in rows
            ],
            "columns": [names[key] for key, _number, _share in rows[0].numbers] if rows else [],
        }
        return self.show("review/confusion.html", context)


class PairPage(OfPairs):
    """The pictures of one pair, the latest decisions first."""

    def get(self, request: HttpRequest) -> HttpResponse:
        pair = Pair(request.GET.get("answered", ""), request.GET.get("verified", ""))
        before = request.GET.get("before", "")
        if self.classifier is None or not all(pair):
            raise Http404
        labels = labels_of_pair(self.asked, pair).filter(image__in=not_deleted())
        if before.isdecimal() and len(before) < 19:
            labels = labels.filter(pk__lt=before)
        found = list(labels.select_related("image", "decided_by")[: PICTURES + 1])
        query = f"{self.query()}&{urlencode(pair._asdict())}"
        context = {
            "query": self.query(),
            "is_right": pair.answered == pair.verified,
            "answered": self.names[pair.answered],
            "verified": self.names[pair.verified],
            "labels": found[:PICTURES],
            "is_first": not before,
            "first": query,
            "more": f"{query}&before={found[PICTURES - 1].pk}" if found[PICTURES:] else "",
            "can_see": may_be_shown_pictures(request.user),
        }
        return self.show("review/pair.html", context)
