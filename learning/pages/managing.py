"""What the owner of a classifier decides: its title, who may use it, and that it goes."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.throttles import SignupThrottle
from accounts.views import Limited
from learning.models import Example, Training
from learning.pages.taught import Acts
from predictions.registry import ownership
from predictions.registry.ownership import OwnershipRefused


class Managing(Acts):
    """For the owner, and for staff who may change classifiers."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.user.is_authenticated and not self.manages:
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)


class Rename(Managing):
    def act(self, request: HttpRequest) -> HttpResponse:
        ownership.rename(self.classifier, request.POST.get("title", ""), self.change)
        messages.success(request, _("Title saved."))
        return self.back()


class SetPublic(Managing):
    def act(self, request: HttpRequest) -> HttpResponse:
        is_public = request.POST.get("public") == "yes"
        ownership.set_public(self.classifier, is_public, self.change)
        says = _("Everybody on this server may ask it.") if is_public else _("It is private now.")
        messages.success(request, says)
        return self.back()


class Share(Limited, Managing):
    """It says who has an account here, as often as signing up does and no oftener."""

    throttle_class = SignupThrottle

    def act(self, request: HttpRequest) -> HttpResponse:
        people = people_with(request.POST.get("email", ""))
        person = next((user for user in people if user.is_active), None)
        if person is None:
            raise OwnershipRefused(_("Nobody on this server has this email address."))
        ownership.share(self.classifier, person, "may_teach" in request.POST, self.change)
        messages.success(request, _("Shared with %(email)s.") % {"email": person.email})
        return self.back()


class Unshare(Managing):
    """Also with somebody whose account has been deactivated since."""

    def act(self, request: HttpRequest) -> HttpResponse:
        people = people_with(request.POST.get("email", ""))
        shared = self.classifier.shares.filter(user__in=people).select_related("user").first()
        if shared is None:
            raise OwnershipRefused(_("It is not shared with anybody who has this email address."))
        ownership.unshare(self.classifier, shared.user, self.change)
        says = _("No longer shared with %(email)s.") % {"email": shared.user.email}
        messages.success(request, says)
        return self.back()


def people_with(email: str) -> list[User]:
    return User.objects.with_email(email.replace("\0", ""))


class Delete(Managing):
    """Asks first, and says what goes."""

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        classifier = self.classifier
        context = {
            "classifier": classifier,
            "classes": classifier.taught_classes.count(),
            "pictures": Example.objects.of(classifier).count(),
            "trainings": Training.objects.filter(classifier=classifier).count(),
            "shares": classifier.shares.count(),
        }
        return render(request, "learning/delete.html", context)

    def act(self, request: HttpRequest) -> HttpResponse:
        ownership.delete_classifier(self.classifier, self.change)
        messages.success(
            request, _("%(title)s has been deleted.") % {"title": self.classifier.title}
        )
        return redirect("teach")
