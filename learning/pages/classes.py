"""Classes of a classifier: added, renamed, deleted, and looked at with all their pictures."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from learning.classes import add_class, add_none_class, rename
from learning.pages.taught import Acts, OfClass
from predictions.inference.label_files import LONGEST

ON_A_PAGE = 48


class AddClass(Acts):
    def act(self, request: HttpRequest) -> HttpResponse:
        if "none" in request.POST:
            added = add_none_class(self.classifier)
        else:
            added = add_class(self.classifier, request.POST.get("class_name", ""))
        return redirect(
            f"{reverse('teach-classifier', args=[self.classifier.name])}#class-{added.pk}"
        )


class ClassPage(Acts, OfClass):
    """All its pictures; a POST renames it."""

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        taught_class = self.taught_class
        examples = taught_class.examples.kept().select_related("taught_class").order_by("-pk")
        page = Paginator(examples, ON_A_PAGE).get_page(request.GET.get("page"))
        context = {
            "classifier": self.classifier,
            "class": taught_class,
            "page": page,
            "waits": any(not one.looked_at and not one.problem for one in page),
            "choices": self.classifier.taught_classes.exclude(pk=taught_class.pk),
            "longest": LONGEST,
            "most_bytes": settings.MAX_FILE_BYTES,
        }
        return render(request, "learning/class.html", context)

    def act(self, request: HttpRequest) -> HttpResponse:
        rename(self.taught_class, request.POST.get("class_name", ""))
        messages.success(request, _("Name saved."))
        return self.home()

    def home(self) -> HttpResponse:
        return redirect("teach-class", self.classifier.name, self.taught_class.pk)


class DeleteClass(Acts, OfClass):
    """Asks first."""

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        number = self.taught_class.examples.kept().count()
        context = {"classifier": self.classifier, "class": self.taught_class, "number": number}
        return render(request, "learning/delete_class.html", context)

    def act(self, request: HttpRequest) -> HttpResponse:
        self.taught_class.delete()
        messages.success(
            request, _("Class %(name)s has been deleted.") % {"name": self.taught_class}
        )
        return self.back()
