"""The changes of roles that staff choose from, and what each will do, in words."""

from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from predictions.classifiers import Classifier, ModelVersion, RoleChange
from predictions.registry.roles import Changes, champion_of, last_promotion
from predictions.registry.routing import BUCKETS

Role = ModelVersion.Role


class Action(models.TextChoices):
    PROMOTE = "promote", gettext_lazy("Promote")
    CHALLENGE = "challenge", gettext_lazy("Let it challenge")
    SHADOW = "shadow", gettext_lazy("Let it shadow")
    RETIRE = "retire", gettext_lazy("Retire")
    ROLLBACK = "rollback", gettext_lazy("Roll back")


def perform(
    changes: Changes,
    action: str,
    classifier: Classifier,
    version: ModelVersion | None = None,
    share: int | None = None,
) -> RoleChange | None:
    """All but a rollback is done to a version, and a challenge takes its share, in percent.

    None if the version has that role already. Raises RoleRefused.
    """
    if version is None or action == Action.ROLLBACK:
        return changes.rollback(classifier)
    if action == Action.CHALLENGE:
        return changes.challenge(version, share or 0)
    return {
        Action.PROMOTE: changes.promote,
        Action.SHADOW: changes.shadow,
        Action.RETIRE: changes.retire,
    }[Action(action)](version)


def possible(version: ModelVersion) -> list[Action]:
    """What can be done to a version in its present role."""
    if version.role == Role.CHAMPION:
        return []
    same = {Role.SHADOW: Action.SHADOW, Role.RETIRED: Action.RETIRE}.get(Role(version.role))
    every = [Action.PROMOTE, Action.CHALLENGE, Action.SHADOW, Action.RETIRE]
    return [action for action in every if action != same]


def what_happens(
    action: str, classifier: Classifier, version: ModelVersion | None = None
) -> list[str]:
    """Sentences that say what will be so after the action; none if there is no way back."""
    if version is None or action == Action.ROLLBACK:
        last = last_promotion(classifier)
        if last is None or last.champion_before is None:
            return []
        return crowned(last.champion_before, classifier)
    return {
        Action.PROMOTE: crowned,
        Action.CHALLENGE: challenging,
        Action.SHADOW: shadowing,
        Action.RETIRE: retiring,
    }[Action(action)](version, classifier)


def crowned(version: ModelVersion, classifier: Classifier) -> list[str]:
    named = {"version": version, "classifier": classifier}
    if taken := share_of_others(version):
        says = [
            _(
                "%(version)s answers new pictures of %(classifier)s, but for the %(taken)d percent "
                "of the people whom challengers answer."
            )
            % (named | {"taken": taken})
        ]
    else:
        says = [_("%(version)s answers all new pictures of %(classifier)s.") % named]
    champion = champion_of(classifier)
    if champion is not None and champion != version:
        says.append(_("%(version)s retires.") % {"version": champion})
    return says


def challenging(version: ModelVersion, classifier: Classifier) -> list[str]:
    says = [
        _(
            "%(version)s answers new pictures of %(classifier)s for a share of the people, the "
            "same people while the experiment runs; %(champion)s answers the others."
        )
        % {"version": version, "classifier": classifier, "champion": champion_of(classifier)}
    ]
    if version.share:
        says.append(_("It answers %(share)d percent now.") % {"share": version.share})
    if taken := share_of_others(version):
        says.append(
            _("The other challengers have %(taken)d percent; at most %(left)d are left.")
            % {"taken": taken, "left": BUCKETS - taken}
        )
    return says


def shadowing(version: ModelVersion, classifier: Classifier) -> list[str]:
    says = _(
        "%(version)s answers new pictures of %(classifier)s unseen: only staff who compare "
        "versions see its answers."
    )
    return [says % {"version": version, "classifier": classifier}, *giving_back(version)]


def retiring(version: ModelVersion, classifier: Classifier) -> list[str]:
    says = _("%(version)s answers no new pictures of %(classifier)s.")
    return [says % {"version": version, "classifier": classifier}, *giving_back(version)]


def giving_back(version: ModelVersion) -> list[str]:
    """What becomes of the people whom a challenger answers."""
    if not version.share:
        return []
    says = _("%(champion)s answers the %(share)d percent of the people whom it answers now.")
    return [says % {"champion": champion_of(version.classifier), "share": version.share}]


def share_of_others(version: ModelVersion) -> int:
    """Of the people whom other challengers answer, in percent."""
    others = version.classifier.versions.filter(role=Role.CHALLENGER).exclude(pk=version.pk)
    return sum(other.share for other in others)
