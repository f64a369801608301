"""Who teaches a classifier over the API, and what a refusal becomes there."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.core.exceptions import ObjectDoesNotExist
from rest_framework.exceptions import NotFound, ParseError, ValidationError
from rest_framework.request import Request
from rest_framework.views import APIView

from accounts.models import ApiToken
from accounts.scopes import Scope
from accounts.services import user_of
from learning.background import BackgroundWork
from learning.refusals import Busy, TeachingRefused
from learning.waiting import wait_for_end
from predictions.api.prefer import Prefer
from predictions.api.role_views import Conflict
from predictions.classifiers import Classifier

LOOKING = [{Scope.READ}, {Scope.TEACH}]
TEACHING = [{Scope.TEACH}]
NAMED = 20  # classifiers, in the sentence about one that somebody does not teach


class OfTaught(APIView):
    """Part of a classifier, for those who teach it. Everybody else gets a 404."""

    scopes = {"GET": LOOKING, "POST": TEACHING, "PATCH": TEACHING, "DELETE": TEACHING}

    @property
    def is_script(self) -> bool:
        """Nothing that is stored in scripts has the rights of staff here."""
        return isinstance(self.request.auth, ApiToken)

    def get_classifier(self) -> Classifier:
        """Raises NotFound, which says nothing of classifiers that this person does not teach."""
        name = self.kwargs["name"]
        user = user_of(self.request)
        classifiers = Classifier.objects
        taught = classifiers.entrusted_to(user) if self.is_script else classifiers.taught_by(user)
        found = taught.filter(name=name).first()
        if found is None:
            names = list(taught.values_list("name", flat=True)[:NAMED]) or ["none yet"]
            raise NotFound(
                f"You teach no classifier {name[:64]!r}. Those you teach: {', '.join(names)}"
            )
        return found


@contextmanager
def refusals(field: str = "") -> Iterator[None]:
    """Says what is refused as other errors of the API: of this field, or of the whole request.

    Raises:
        Conflict: it can be asked again when what runs now has finished.
        ValidationError, ParseError
    """
    try:
        yield
    except Busy as error:
        raise Conflict(str(error)) from error
    except TeachingRefused as error:
        if field:
            raise ValidationError({field: [str(error)]}) from error
        raise ParseError(str(error), "invalid") from error


def cancel(work: BackgroundWork) -> None:
    """Raises Conflict if it has ended in another way."""
    if work.status != work.Status.CANCELLED and not work.cancel():
        raise Conflict("It has ended already.")


def wait_as_asked(request: Request, work: BackgroundWork) -> dict[str, str]:
    """For the end of the work, if the header `Prefer: wait=…` asks for it: what to say of that.

    Raises NotFound: it was deleted meanwhile.
    """
    prefer = Prefer.parse(request.headers.get("Prefer", ""))
    if prefer.wait is None:
        return {}
    seconds = min(prefer.wait, settings.PREDICT_TIMEOUT)
    try:
        wait_for_end(work, seconds)
    except ObjectDoesNotExist as error:
        raise NotFound from error
    return {"Preference-Applied": f"wait={seconds}"}
