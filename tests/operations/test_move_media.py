"""`manage.py move_media` copies pictures from a folder into S3, and back."""

from io import StringIO

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command

from classifier_site.operations import moving
from foundation.storage.disk import WholeFiles
from predictions.pictures.thumbnails import path
from tests.pictures import IMAGES
from tests.ports import free_port

pytestmark = pytest.mark.django_db
COFFEE = (IMAGES / "coffee.png").read_bytes()


@pytest.fixture(autouse=True)
def folder(settings, tmp_path):
    """Where the pictures are."""
    settings.MEDIA_ROOT = tmp_path / "media"
    return settings.MEDIA_ROOT


@pytest.fixture
def url(s3_server, s3_credentials, s3_prefix):
    return s3_server.url(s3_prefix)


@pytest.fixture
def stored(s3_server, s3_prefix):
    return lambda: sorted(s3_server.names(s3_prefix))


def move(*arguments):
    """What it says, and on the other stream, and its exit status."""
    out, err, status = StringIO(), StringIO(), 0
    try:
        call_command("move_media", *arguments, stdout=out, stderr=err)
    except SystemExit as ended:
        status = ended.code
    return out.getvalue().strip(), err.getvalue(), status


def test_it_goes_into_s3_and_back_with_what_came_meanwhile(
    page, user, ask, folder, url, stored, tmp_path
):
    first = ask(user)
    page.get(f"/history/{first.pk}/thumbnail/240")
    assert move(url)[0] == "Copied 1 files; 0 were there already."
    names = [str(first.image.file), path(str(first.image.file), 240)]
    assert stored() == names

    second = ask(user, "rocket.jpg")
    assert move(url) == ("Copied 1 files; 1 were there already.", "", 0)
    names += [str(second.image.file)]
    assert stored() == sorted(names)

    back = tmp_path / "back"
    assert move(str(back), "--from", url)[0] == "Copied 2 files; 0 were there already."
    for name in names:
        assert (back / name).read_bytes() == (folder / name).read_bytes()
    assert all(file.stat().st_mode & 0o777 == 0o600 for file in back.rglob("*.*"))


def test_what_no_row_names_stays_behind(user, ask, url, stored):
    default_storage.save("images/2026/01/02/nobodys.png", ContentFile(b"1"))
    picture = ask(user).image
    move(url)
    assert stored() == [str(picture.file)]


def test_half_a_file_at_the_target_is_copied_again(user, ask, url, stored):
    name = str(ask(user).image.file)
    target = moving.storage_at(url)
    target.replace(name, ContentFile(COFFEE[:100]))
    assert move(url)[0].startswith("Copied 1 files")
    assert target.open(name).read() == COFFEE


def test_missing_and_damaged_files_are_named(user, ask, url, stored):
    lost, damaged = ask(user).image, ask(user, "rocket.jpg").image
    default_storage.delete(str(lost.file))
    content = bytearray(default_storage.open(str(damaged.file)).read())
    content[5000] ^= 1
    default_storage.replace(str(damaged.file), ContentFile(bytes(content)))
    said, complaints, status = move(url)
    assert (said, status) == ("Copied 1 files; 0 were there already.", 1)
    assert f"1 files are missing where they should be: {lost.file}." in complaints
    assert f"1 files are damaged, and were copied as they are: {damaged.file}." in complaints
    assert stored() == [str(damaged.file)]


class Changing(WholeFiles):
    """A broken disk: what is read is not what was written."""

    def replace(self, name, content):
        super().replace(name, ContentFile(content.read()[:-1] + b"!"))


def test_a_target_that_changes_what_it_stores_is_refused(user, ask, tmp_path):
    name = str(ask(user).image.file)
    broken = Changing(location=tmp_path / "broken")
    with pytest.raises(moving.NotTheSame, match=name):
        moving.Move(default_storage, broken).all(print)
    assert not broken.exists(name)


def test_an_unreachable_bucket_is_a_sentence(user, ask, s3_credentials):
    ask(user)
    with pytest.raises(CommandError, match=r"cannot be reached.*run the command again"):
        move(f"s3://pictures?endpoint=http://127.0.0.1:{free_port()}&region=a")


@pytest.mark.parametrize(
    ("place", "why"),
    [("media", "absolute path"), ("https://example.org", "absolute path"), ("s3://A", "no bucket")],
)
def test_a_wrong_place_is_refused(place, why):
    with pytest.raises(CommandError, match=why):
        move(place)


def test_the_place_where_they_are_is_refused(folder):
    with pytest.raises(CommandError, match="already"):
        move(f"{folder}/")
