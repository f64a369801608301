"""What the buttons of a reviewer's form do."""

from typing import NamedTuple

from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _

from accounts.models import User
from predictions.classifiers import Classifier
from predictions.registry.vocabularies import vocabulary_of
from predictions.templatetags.labels import language
from review.decisions import decide, undo
from review.leases import skip
from review.models import Decision, Entry, Queue
from review.refusals import NoSuchClass

CLASS = "class:"  # before the key of a class


class Done(NamedTuple):
    said: str
    undone: Entry | None = None  # which the reviewer holds again


def act(request: HttpRequest, reviewer: User, queue: Queue, classifier: Classifier) -> Done:
    """Raises ReviewRefused, and Http404 for what no form of ours sends."""
    name = request.POST.get("act", "")
    if name == "undo":
        return Done(_("Taken back."), undo(reviewer, request))
    entry_id = request.POST.get("entry", "")
    if not entry_id.isdecimal() or len(entry_id) > 18:
        raise Http404
    if name == "skip":
        skip(reviewer, get_object_or_404(Entry, pk=entry_id, classifier=classifier))
        return Done(_("Skipped. Other reviewers get it."))
    if name == "reject":
        decide(int(entry_id), reviewer, queue=queue, class_key=None, request=request)
        return Done(_("Feedback rejected."))
    key = class_key(request, label_set_of(entry_id))
    return Done(saved(decide(int(entry_id), reviewer, queue=queue, class_key=key, request=request)))


def label_set_of(entry_id: str) -> int | None:
    ids = Entry.objects.filter(pk=entry_id)
    found: int | None = ids.values_list("inference__model_version__label_set", flat=True).first()
    return found


def class_key(request: HttpRequest, label_set_id: int | None) -> str:
    """The class that a form says; empty for none of them.

    Raises NoSuchClass, and Http404 for what no form of ours sends.
    """
    name = request.POST.get("act", "")
    if name == "none":
        return ""
    if name.startswith(CLASS):
        return name.removeprefix(CLASS)
    if name != "named":
        raise Http404
    text = request.POST.get("class_name", "")
    if label_set_id is None:
        return text  # the entry is gone, as `decide` says
    found = vocabulary_of(label_set_id).recognise(text, language())
    if found is None:
        raise NoSuchClass
    return found.key


def saved(decision: Decision) -> str:
    """What stands now, for the reviewer."""
    if decision.verdict == Decision.Verdict.NONE:
        return _("Saved: none of the classes.")
    labels = decision.inference and decision.inference.model_version.label_set_id
    name = decision.label
    if labels:
        name = vocabulary_of(labels).name(decision.class_key, decision.label, language())
    return _("Saved: %(name)s.") % {"name": name}
