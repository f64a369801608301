"""One picture of a queue at a time, and the next one fetched ahead.

A form posts what is decided and gets the page with the next picture. The page's script does the
same behind: it gets what was said and the entries that the reviewer holds now, as JSON.
"""

from typing import NamedTuple

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.functional import cached_property

from predictions.classifiers import Classifier
from review import counts
from review.filling import fill
from review.leases import take
from review.models import Entry, Queue
from review.pages import acts
from review.pages.reviewing import ReviewPage, reviewed
from review.pages.shown import Shown
from review.refusals import AlreadyDecided, ReviewRefused

HELD = 2  # the one that is shown, and the next


class Elsewhere(NamedTuple):
    """Another queue with work."""

    queue: Queue
    left: int


class QueuePage(ReviewPage):
    @cached_property
    def queue(self) -> Queue:
        """Raises Http404."""
        try:
            return Queue(self.kwargs["queue"])
        except ValueError as error:
            raise Http404 from error

    @cached_property
    def classifier(self) -> Classifier:
        """Raises Http404."""
        return get_object_or_404(reviewed(), name=self.kwargs["name"])

    def get(self, request: HttpRequest, name: str, queue: str) -> HttpResponse:
        """With `?entry=`, that one first, if this reviewer holds it."""
        first = request.GET.get("entry", "")
        shown = self.take(int(first) if first.isdecimal() else None)
        context = {
            "classifier": self.classifier,
            "queue": self.queue,
            "shown": shown,
            "left": self.left(),
            "counted": counts.COUNTED,
            "done": counts.done_today(self.reviewer),
            **(self.emptiness() if not shown else {}),
        }
        return render(request, "review/queue.html", context)

    def post(self, request: HttpRequest, name: str, queue: str) -> HttpResponse:
        by_script = request.headers.get("X-Requested-With") == "fetch"
        status, first, go = 200, None, ""
        try:
            done = acts.act(request, self.reviewer, self.queue, self.classifier)
        except AlreadyDecided as error:
            said, status = str(error), 409
        except ReviewRefused as error:
            said, status = str(error), 400
        else:
            said = done.said
            if done.undone:
                first = done.undone.pk
                go = self.page_of(done.undone)
        if by_script:
            return self.answer(said, status, first, go)
        if status == 200:
            messages.success(request, said)
        else:
            messages.error(request, said)
        return redirect(f"{go or request.path}{f'?entry={first}' if first else ''}")

    def page_of(self, entry: Entry) -> str:
        """Empty if it waits in this queue."""
        if entry.classifier == self.classifier and getattr(entry, self.queue.rank) is not None:
            return ""
        waits = (queue for queue in Queue if getattr(entry, queue.rank) is not None)
        queue = next(waits, self.queue)
        return reverse("review-queue", args=[entry.classifier.name, queue.value])

    def answer(self, said: str, status: int, first: int | None, go: str) -> JsonResponse:
        shown = [] if go else self.take(first)
        part = "review/entry.html"
        answer = {
            "said": said,
            "undone": first,
            "go": f"{go}?entry={first}" if go else "",
            "entries": [
                {"id": each.entry.pk, "html": render_to_string(part, self.of(each), self.request)}
                for each in shown
            ],
            "progress": render_to_string(
                "review/progress.html",
                {
                    "left": self.left(),
                    "counted": counts.COUNTED,
                    "done": counts.done_today(self.reviewer),
                },
                self.request,
            ),
        }
        if not shown:
            answer["empty"] = render_to_string(
                "review/empty.html",
                {"classifier": self.classifier, "queue": self.queue, **self.emptiness()},
                self.request,
            )
        return JsonResponse(answer, status=status)

    def of(self, shown: "ShownEntry") -> dict[str, object]:
        return {"each": shown, "classifier": self.classifier, "queue": self.queue}

    def take(self, first: int | None) -> list["ShownEntry"]:
        """What this reviewer holds from now on."""
        held = take(self.reviewer, self.queue, self.classifier, HELD, first)
        if not held:
            fill(self.classifier)
            held = take(self.reviewer, self.queue, self.classifier, HELD, first)
        entries = (
            Entry.objects.select_related(
                "image", "inference__model_version", "prediction", "feedback"
            )
            .defer("inference__features")
            .in_bulk([entry.pk for entry in held])
        )
        # But for those whose picture was deleted at this moment.
        return [
            ShownEntry(entries[entry.pk], self.classifier) for entry in held if entry.pk in entries
        ]

    def left(self) -> int:
        return counts.left(self.queue, self.classifier)

    def emptiness(self) -> dict[str, object]:
        """For who gets no picture here any more."""
        left = counts.left_by_queue(self.classifier)
        return {
            "held_by_others": left.pop(self.queue),
            "counted": counts.COUNTED,
            "elsewhere": [Elsewhere(queue, number) for queue, number in left.items() if number],
        }


class ShownEntry(Shown):
    def __init__(self, entry: Entry, classifier: Classifier) -> None:
        super().__init__(entry.image, classifier, entry.inference)
        self.entry = entry
