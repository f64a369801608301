"""What the buttons of a reviewer's form do."""

from typing import NamedTuple

from django.http import Http404, HttpRequest
from django.utils.translation import gettext as _

from accounts.models import User
from predictions.classifiers import Classifier
from predictions.registry.vocabularies import vocabulary_of
from predictions.templatetags.labels import language
from review.decisions import decide, undo
from review.leases import skip
from review.models import Decision, Entry, Queue
from review.refusals import Gone, NoSuchClass

CLASS = "class:"  # before the key of a class


class Done(NamedTuple):
    said: str
    undone: Entry | None = None  # which the reviewer holds again


def act(request: HttpRequest, reviewer: User, queue: Queue, classifier: Classifier) -> Done:
    """Raises ReviewRefused, and Http404 for what no form of ours sends."""
    name = request.POST.get("act", "")
    if name == "undo":
        return Done(_("Taken back."), undo(reviewer, request))
    entry = entry_of(request, classifier)
    if name == "skip":
        skip(reviewer, entry)
        return Done(_("Skipped. Other reviewers get it."))
    if name == "reject":
        decide(entry.pk, reviewer, queue=queue, class_key=None, request=request)
        return Done(_("Feedback rejected."))
    key = class_key(request, entry.inference.model_version.label_set_id)
    return Done(saved(decide(entry.pk, reviewer, queue=queue, class_key=key, request=request)))


def entry_of(request: HttpRequest, classifier: Classifier) -> Entry:
    """The one that a form is about.

    Raises Gone: its picture was deleted meanwhile, say. Http404 for what no form of ours sends.
    """
    entry_id = request.POST.get("entry", "")
    if not entry_id.isdecimal() or len(entry_id) > 18:
        raise Http404
    entries = Entry.objects.select_related("inference__model_version").defer("inference__features")
    entry = entries.filter(pk=entry_id, classifier=classifier).first()
    if entry is None:
        raise Gone
    return entry


def class_key(request: HttpRequest, label_set_id: int) -> str:
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
