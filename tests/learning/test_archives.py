"""ZIP files with a folder for each class."""

import errno
import io
import zipfile

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile

from foundation.storage.lasting import lasting_storage
from learning import archives, zips
from learning.jobs import NO_ROOM, Reports
from learning.models import Archive, Example, TaughtClass
from learning.queue import MOST_WAITING
from learning.refusals import Busy, TeachingRefused
from predictions.models import Image
from predictions.registry.ownership import new_classifier, share, unshare
from tests.learning.teaching import waste
from tests.pictures import picture

# The rest of a GIF of one pixel, behind its two colours.
GIF_PIXEL = b",\0\0\0\0\1\0\1\0\0\2\2D\1\0;"


def zipped(entries, **options):
    """A ZIP file of contents by their names."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", **options) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return SimpleUploadedFile("waste.zip", file.getvalue())


def red(shade=255):
    return picture((shade, 0, 0)).read()


@pytest.fixture
def taken(user, work):
    """Unpacks a ZIP file as a worker does."""

    def taken(entries, **options):
        classifier = new_classifier(user, "Waste")
        archive = archives.start(user, classifier, zipped(entries, **options), "waste.zip")
        file = archive.file.name
        work()
        archive.refresh_from_db()
        assert not archive.file
        assert not default_storage.exists(file)
        return archive

    return taken


def examples_by_class(archive):
    found = Example.objects.filter(taught_class__classifier=archive.classifier)
    return sorted(found.values_list("taught_class__name", "file_name"))


def test_each_folder_becomes_a_class(taken):
    photographs = {
        f"waste/{kind}/{path.name}": path.read_bytes()
        for kind in ("glass", "paper")
        for path in waste(kind, 2)
    }
    archive = taken({**photographs, "__MACOSX/glass/._1.jpg": b"x", "waste/.DS_Store": b"x"})
    assert (archive.status, archive.error) == ("done", "")
    assert (archive.added, archive.known, archive.refused_number) == (4, 0, 0)
    names = [("glass", path.name) for path in waste("glass", 2)]
    assert examples_by_class(archive) == names + [("paper", p.name) for p in waste("paper", 2)]


class ByMacOS(zipfile.ZipInfo):
    """Does not say that its name is UTF-8."""

    def _encodeFilenameFlags(self):
        return self.filename.encode(), self.flag_bits


def test_names_are_read_as_macos_writes_them(taken):
    archive = taken(
        {
            ByMacOS("Mu\u0308ll/1.png"): red(1),
            "M\u00fcll/2.png": red(2),
            ByMacOS("Mu\u0308ll/3.txt"): b"notes",
        }
    )
    assert examples_by_class(archive) == [("M\u00fcll", "1.png"), ("M\u00fcll", "2.png")]
    assert archive.refused == [["M\u00fcll/3.txt", "File type is not supported."]]


def test_what_cannot_be_used_is_said_and_the_rest_is(taken):
    archive = taken(
        {
            "../../etc/cardboard/red.png": red(1),
            "/cardboard/red.png": red(2),
            "C:\\cardboard\\red.png": red(3),
            "red.png": red(4),
            "cardboard/notes.txt": b"hello",
            "cardboard/broken.png": b"\x89PNG\r\n\x1a\nnothing",
            f"{'a' * 70}/red.png": red(5),
            ".": red(7),
            "cardboard/red.png": red(6),
        }
    )
    assert archive.status == "done"
    assert archive.added == 1
    assert dict(archive.refused) == {
        "../../etc/cardboard/red.png": archives.OUTSIDE,
        "/cardboard/red.png": archives.OUTSIDE,
        "C:\\cardboard\\red.png": archives.OUTSIDE,
        "red.png": archives.NO_FOLDER,
        ".": archives.NO_FOLDER,
        "cardboard/notes.txt": "File type is not supported.",
        "cardboard/broken.png": "The content of the file is not a readable image.",
        f"{'a' * 70}/red.png": "The name of a class has 64 characters at most.",
    }
    assert examples_by_class(archive) == [("cardboard", "red.png")]


def test_the_same_picture_twice_is_one_example(taken):
    archive = taken({"a/1.png": red(), "a/2.png": red(), "b/3.png": red()})
    assert (archive.added, archive.known) == (2, 1)
    assert Image.objects.count() == 1


def test_an_entry_that_unpacks_to_more_than_a_picture_may_have_is_refused(taken):
    archive = taken(
        {"a/bomb.png": b"\0" * 11_000_000, "a/red.png": red()}, compression=zipfile.ZIP_DEFLATED
    )
    assert archive.refused == [["a/bomb.png", archives.LARGE]]
    assert archive.added == 1


def test_a_bomb_is_refused_before_it_is_kept(user, model, settings, monkeypatch):
    """Its directory says what it unpacks to; an entry that is larger than it says is damaged."""
    monkeypatch.setattr(archives, "MOST_UNPACKED", 5_000_000)
    bomb = zipped({"a/1.png": b"\0" * 6_000_000}, compression=zipfile.ZIP_DEFLATED)
    with pytest.raises(TeachingRefused, match="GB when it is unpacked"):
        archives.start(user, new_classifier(user, "Waste"), bomb, "bomb.zip")
    assert not Archive.objects.exists()


def test_an_entry_that_lies_about_its_size_is_refused(taken, user):
    content = bytearray(zipped({"a/1.png": b"\0" * 3_000_000, "a/2.png": red()}).read())
    entry = content.rindex(b"PK\x01\x02", 0, content.rindex(b"PK\x01\x02"))
    content[entry + 24 : entry + 28] = (100).to_bytes(4, "little")
    with zipfile.ZipFile(io.BytesIO(content)) as opened, pytest.raises(archives.Refused):
        archives.read(opened, opened.infolist()[0])


@pytest.mark.parametrize("compression", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_only_what_unpacks_bit_by_bit_is_unpacked(compression):
    """zipfile takes all of the others into memory, whatever they say is their size."""
    file = zipped({"a/1.png": red()}, compression=compression)
    with zipfile.ZipFile(file) as opened, pytest.raises(archives.Refused, match=archives.RARE):
        archives.read(opened, opened.infolist()[0])


def test_a_huge_directory_is_not_read(user, model, monkeypatch):
    monkeypatch.setattr(zips, "MOST_OF_DIRECTORY", 1000)
    file = zipped({f"a/{number}.png": b"" for number in range(100)})
    with pytest.raises(TeachingRefused, match="too many files"):
        archives.start(user, new_classifier(user, "Waste"), file, "waste.zip")


@pytest.mark.parametrize("content", [b"", b"no ZIP", b"PK\x03\x04 cut"])
def test_another_file_is_refused(user, model, content):
    file = SimpleUploadedFile("waste.zip", content)
    with pytest.raises(TeachingRefused, match="no ZIP file"):
        archives.start(user, new_classifier(user, "Waste"), file, "waste.zip")


def test_an_empty_one_is_refused(user, model):
    with pytest.raises(TeachingRefused, match="no pictures"):
        archives.start(user, new_classifier(user, "Waste"), zipped({}), "waste.zip")


def test_it_goes_on_where_it_was_ended(user, work):
    classifier = new_classifier(user, "Waste")
    archive = archives.start(
        user, classifier, zipped({f"a/{n}.png": red(n) for n in range(30)}), "waste.zip"
    )
    Archive.objects.update(position=20, added=20)
    work()
    archive.refresh_from_db()
    assert (archive.status, archive.added) == ("done", 30)
    assert Example.objects.count() == 10  # those before were taken by the one that was ended


def test_a_cancelled_one_takes_nothing_more(user, work):
    classifier = new_classifier(user, "Waste")
    archive = archives.start(user, classifier, zipped({"a/1.png": red()}), "waste.zip")
    assert archive.cancel()
    work()
    assert not Example.objects.exists()
    archive.refresh_from_db()
    assert archive.status == "cancelled"
    assert not archive.file


def test_somebody_with_too_many_examples_gets_a_reason(user, work, settings):
    settings.EXAMPLES_PER_PERSON = 2
    classifier = new_classifier(user, "Waste")
    entries = {f"a/{n}.png": red(n) for n in range(5)}
    archive = archives.start(user, classifier, zipped(entries), "waste.zip")
    work()
    archive.refresh_from_db()
    assert archive.status == "failed"
    assert archive.error == "You have 2 pictures to learn from, and cannot have more."
    assert archive.added == 2
    assert Example.objects.count() == 2


def test_a_class_deleted_meanwhile_keeps_no_other_from_being_taken(user, transactional_db, model):
    entries = {name: red(shade) for shade, name in enumerate(["a/1.png", "a/2.png", "b/3.png"])}
    archive = archives.start(user, new_classifier(user, "Waste"), zipped(entries), "waste.zip")
    Archive.objects.update(status="running")

    def report(step, done, total):
        if done == 1:
            TaughtClass.objects.get(name="a").delete()

    archives.unpack(archive, report)
    archive.refresh_from_db()
    assert (archive.status, archive.added) == ("done", 2)
    assert archive.refused == [["a/2.png", "This class has been deleted."]]


def test_an_archive_of_somebody_who_may_not_teach_any_more_is_not_taken(user, make_user, work):
    other = make_user("grace@example.com")
    classifier = new_classifier(user, "Waste")
    share(classifier, other, may_teach=True)
    archive = archives.start(other, classifier, zipped({"a/1.png": red()}), "waste.zip")
    unshare(classifier, other)
    work()
    archive.refresh_from_db()
    assert archive.status == "cancelled"
    assert not archive.file
    assert not Example.objects.exists()


def test_an_account_takes_the_archives_along_that_wait(user, make_user, transactional_db, model):
    other = make_user("grace@example.com")
    classifier = new_classifier(user, "Waste")
    share(classifier, other, may_teach=True)
    archive = archives.start(other, classifier, zipped({"a/1.png": red()}), "waste.zip")
    file = archive.file.name
    other.delete()
    assert not Archive.objects.exists()
    assert not default_storage.exists(file)


def test_one_person_s_archives_do_not_fill_the_disk(user, model):
    classifier = new_classifier(user, "Waste")
    for _ in range(MOST_WAITING):
        archives.start(user, classifier, zipped({"a/1.png": red()}), "waste.zip")
    with pytest.raises(Busy):
        archives.start(user, classifier, zipped({"a/1.png": red()}), "waste.zip")
    assert Archive.objects.count() == MOST_WAITING
    Archive.objects.first().cancel()
    assert archives.start(user, classifier, zipped({"a/1.png": red()}), "waste.zip")


def test_a_full_disk_is_said(user, work, monkeypatch):
    archive = archives.start(
        user, new_classifier(user, "Waste"), zipped({"a/1.png": red()}), "waste.zip"
    )
    monkeypatch.setattr(lasting_storage, "replace", full)
    work()
    archive.refresh_from_db()
    assert (archive.status, archive.error) == ("failed", NO_ROOM)


def full(*args, **kwargs):
    raise OSError(errno.ENOSPC, "No space left on device")


def test_five_thousand_pictures_in_one_file(user, model):
    """Each a pixel of another colour: as small as pictures get, for the test's sake."""
    entries = {
        f"{n % 5}/{n}.gif": b"GIF89a\1\0\1\0\x80\0\0" + n.to_bytes(3, "big") * 2 + GIF_PIXEL
        for n in range(5000)
    }
    archive = archives.start(user, new_classifier(user, "Waste"), zipped(entries), "waste.zip")
    Archive.objects.update(status="running")
    archives.unpack(archive, Reports(archive))
    archive.refresh_from_db()
    assert (archive.status, archive.error) == ("done", "")
    assert (archive.added, archive.refused_number) == (5000, 0)
    assert Example.objects.count() == Image.objects.count() == 5000
