import pytest

from predictions.classifiers import ModelVersion


@pytest.fixture
def reviewer(staff_with):
    return staff_with("review.add_decision", "review.view_decision")


@pytest.fixture
def other(make_user):
    return make_user("second.reviewer@example.com", is_staff=True)


@pytest.fixture
def classifier(model):
    return model.classifier


@pytest.fixture
def second_version(model) -> ModelVersion:
    """Another one of the same classifier, which answers nobody."""
    second = ModelVersion.objects.get(pk=model.pk)
    second.pk, second.version, second.role = None, "2" * 8, ModelVersion.Role.RETIRED
    second.save()
    return second
