"""A version is tried by those who teach its classifier, whatever its role."""

from accounts.models import User
from predictions.classifiers import Classifier, ModelVersion
from predictions.registry.naming import version_named
from predictions.registry.routing import UnknownClassifier


def version_on_trial(user: User, classifier_name: str, version_id: int) -> ModelVersion:
    """As the database has it now.

    Raises:
        UnknownClassifier: also if this person does not teach it.
        UnknownVersion
    """
    classifier = Classifier.objects.taught_by(user).filter(name=classifier_name).first()
    if classifier is None:
        raise UnknownClassifier(classifier_name, user)
    return version_named(classifier, str(version_id))
