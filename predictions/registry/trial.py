"""A version is tried by those who teach its classifier, whatever its role."""

from accounts.models import User
from predictions.classifiers import Classifier, ModelVersion
from predictions.registry.naming import UnknownVersion, classifier_named, version_named


def version_on_trial(user: User, classifier_name: str, version_id: int) -> ModelVersion:
    """As the database has it now.

    Raises:
        UnknownClassifier: also if this person may not even ask it.
        UnknownVersion: also if they may only ask it.
    """
    classifier = Classifier.objects.taught_by(user).filter(name=classifier_name).first()
    if classifier is None:
        asked = classifier_named(classifier_name, user)
        raise UnknownVersion(f"Only those who teach {asked.name} choose the version that answers.")
    return version_named(classifier, str(version_id))
