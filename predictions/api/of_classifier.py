"""Endpoints of one classifier, and who may do what there."""

from django.db.models import Model, Prefetch, QuerySet
from rest_framework.exceptions import NotFound, PermissionDenied
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request
from rest_framework.views import APIView

from accounts.models import ApiToken, User
from accounts.rights import staff_may
from accounts.scopes import Scope
from accounts.services import user_of
from predictions.classifiers import Classifier, ModelVersion
from predictions.registry.routing import UnknownClassifier

# Not a secret, and needed for answers and for feedback alike.
ABOUT_THE_MODEL = {"GET": [{scope} for scope in Scope]}


def opened(user: User) -> QuerySet[Classifier]:
    """Those that are open to this person, with all that is said of them."""
    champions = ModelVersion.objects.filter(role=ModelVersion.Role.CHAMPION)
    found = Classifier.objects.open_to(user).with_rights_of(user).select_related("owner")
    return found.prefetch_related(Prefetch("versions", champions, to_attr="champions"))


class MayChangeRoles(BasePermission):
    """Viewing them takes the permission to view versions, changing them that to change these."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        verb = "view" if request.method in SAFE_METHODS else "change"
        return staff_may(request.user, verb, ModelVersion)


OWN_ONLY = "API tokens change classifiers of their own person only. Sign in at /login instead."
# Of one's own classifiers, see OfClassifier.get_own.
CHANGES = {method: [{Scope.TEACH}] for method in ("POST", "PATCH", "DELETE")}


class OfClassifier(APIView):
    scopes = {"GET": [{Scope.READ}], **CHANGES}

    def get_classifier(self) -> Classifier:
        """Raises NotFound, which names the classifiers that are open to this person."""
        name, user = self.kwargs["name"], user_of(self.request)
        found = opened(user).filter(name=name).first()
        if found is None:
            raise NotFound(str(UnknownClassifier(name[:64], user)))
        return found

    def get_own(self, model: type[Model] = Classifier, verb: str = "") -> Classifier:
        """The same for its owner, and for staff who may `view` or `change` such objects.

        Raises PermissionDenied: somebody else may only ask it.
        """
        classifier = self.get_classifier()
        user, reads = user_of(self.request), self.request.method in SAFE_METHODS
        if classifier.owner_id == user.pk:
            return classifier
        # Nothing that is stored in scripts changes what answers other people.
        if not reads and isinstance(self.request.auth, ApiToken):
            raise PermissionDenied(OWN_ONLY)
        if not staff_may(user, verb or ("view" if reads else "change"), model):
            raise PermissionDenied
        return classifier
