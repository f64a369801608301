"""Where reviewers begin: what waits in each queue of a classifier, and who has done how much."""

from typing import Any, NamedTuple

from django.db.models import Exists, OuterRef
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.rights import staff_may
from predictions.classifiers import Classifier
from review import counts
from review.filling import fill
from review.leases import give_back
from review.models import Decision, Entry, Queue
from review.pages.reviewing import ReviewPage, reviewed

OFFERED = 200  # classifiers

WHAT_FOR: dict[Queue, Promise] = {
    Queue.FEEDBACK: _(
        "What people said about answers, the oldest first. They are told what you decide."
    ),
    Queue.WRONG: _("Called wrong by people though the classifier was sure, the surest first."),
    Queue.UNCERTAIN: _(
        "Two classes are about as likely, and nobody has judged the answer. Labels teach most here."
    ),
    Queue.DISAGREEMENT: _("Two versions answer differently, the surest first."),
    Queue.SAMPLE: _(
        "Drawn at random each week. The accuracy is estimated from these alone, so leave none out."
    ),
}


class Waiting(NamedTuple):
    queue: Queue
    what_for: Promise
    left: int


class Overview(ReviewPage):
    """One classifier in full, with `?classifier=` another one than the default."""

    def get(self, request: HttpRequest) -> HttpResponse:
        give_back(self.reviewer)  # who is here looks at no picture
        classifier = self.chosen()
        context: dict[str, Any] = {"classifier": classifier, "counted": counts.COUNTED}
        if classifier:
            fill(classifier)
            left = counts.left_by_queue(classifier)
            context |= {
                "queues": [Waiting(queue, WHAT_FOR[queue], left[queue]) for queue in Queue],
                "reviewers": counts.done_by_reviewer(classifier),
                "classifiers": self.offered(),
                "may_see_figures": staff_may(request.user, "view", Decision),
            }
        return render(request, "review/overview.html", context)

    def chosen(self) -> Classifier | None:
        """Raises Http404."""
        if name := self.request.GET.get("classifier"):
            return get_object_or_404(reviewed(), name=name)
        return reviewed().first()

    def offered(self) -> list[Classifier]:
        """Each with `has_work`, as far as it is known before somebody looks."""
        waiting = Entry.objects.filter(classifier=OuterRef("pk"), finished_at=None)
        return list(reviewed().annotate(has_work=Exists(waiting))[:OFFERED])
