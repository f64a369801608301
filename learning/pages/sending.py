"""ZIP files that a form sends: larger than other forms, so it is known first who sends them."""

from typing import Any

from django.contrib.auth.mixins import LoginRequiredMixin
from django.core.files.base import File
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views import View
from django.views.decorators.csrf import csrf_exempt, csrf_protect

from learning.pages.taught import Acts
from learning.refusals import TeachingRefused
from learning.uploads import FIELD
from predictions.refusals import NotStored


# The check of the token reads the whole form. Django's middleware would do that for strangers, too;
# here it is made once the sender is known.
@method_decorator(csrf_exempt, name="dispatch")
class TakesZip(LoginRequiredMixin, View):
    authenticates_first = takes_uploads = True

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not request.user.is_authenticated:
            return self.handle_no_permission()
        self.let_in()
        return self.checked(request, *args, **kwargs)

    def let_in(self) -> None:
        """Raises Http404 or PermissionDenied, before anything is read."""
        raise NotImplementedError

    @method_decorator(csrf_protect)
    def checked(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        return super().dispatch(request, *args, **kwargs)

    def file(self) -> File:
        """Raises TeachingRefused and NotStored."""
        file = self.request.FILES.get(FIELD)
        if file is None:
            raise TeachingRefused(_("Choose a ZIP file first."))
        if not getattr(file, "is_kept", True):
            raise NotStored
        return File(file)


class SendsZip(TakesZip, Acts):
    def let_in(self) -> None:
        self.classifier  # noqa: B018 - or it is not found
