"""Archives, trainings and data sets with their files in S3."""

from io import BytesIO
from zipfile import ZipFile

import pytest
from django.core.files.base import ContentFile

from learning import archives, trainings
from learning.jobs import NO_STORAGE
from learning.models import Example
from predictions.registry.ownership import new_classifier
from tests.learning.teaching import teach
from tests.pictures import picture
from tests.ports import free_port
from tests.s3_server import put_in_s3


@pytest.fixture(autouse=True)
def stored(media_in_s3):
    return media_in_s3


@pytest.fixture
def lose_s3(settings):
    def lose():
        put_in_s3(settings, f"s3://pictures?endpoint=http://127.0.0.1:{free_port()}&region=a")

    return lose


def zipped():
    content = BytesIO()
    with ZipFile(content, "w") as archive:
        for shade in range(5):
            archive.writestr(f"red/{shade}.png", picture((200 + shade, 0, 0)).read())
    return ContentFile(content.getvalue())


def test_an_archive_is_unpacked_and_goes(user, work, stored):
    archive = archives.start(user, new_classifier(user, "Waste"), zipped(), "waste.zip")
    assert [name.partition("/")[0] for name in stored()] == ["archives"]
    work()
    archive.refresh_from_db()
    assert (archive.status, archive.added) == ("done", 5)
    assert len(stored()) == 5 and all(name.startswith("images/") for name in stored())


def test_without_s3_work_fails_with_a_sentence_and_no_example_is_called_unreadable(
    user, work, stored, lose_s3, model
):
    archive = archives.start(user, new_classifier(user, "Waste"), zipped(), "waste.zip")
    training = trainings.start(user, teach(user, cardboard=3, glass=3))
    lose_s3()
    work()
    for failed in (archive, training):
        failed.refresh_from_db()
        assert (failed.status, failed.error) == ("failed", NO_STORAGE)
    assert not Example.objects.exclude(problem="").exists()
