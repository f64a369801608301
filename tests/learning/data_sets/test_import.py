"""What an import takes, what it refuses, and how it goes again."""

import io
import zipfile
from hashlib import sha256

from learning.data_sets.deletion import delete_some
from learning.data_sets.models import DataSetImport, ImportedPicture
from predictions.models import Image
from review.models import Decision
from tests.learning.data_sets.conftest import ESPRESSO, TABBY, content_of
from tests.pictures import picture

HEADER = "file,sha256,class_key,label\n"


def zipped(*rows: tuple[str, str, str], header: str = HEADER, **contents: bytes) -> bytes:
    """A data set: rows of a file's name, class key and label; `contents` by the names' stems."""
    file, table = io.BytesIO(), header
    with zipfile.ZipFile(file, "w") as archive:
        for number, (name, key, label) in enumerate(rows):
            red = picture((number, 99, 99), "a.png").read()
            content = contents.get(name.partition(".")[0], red)
            archive.writestr(name, content)
            table += f"{name},{sha256(content).hexdigest()},{key},{label}\n"
        archive.writestr("labels.csv", table)
    return file.getvalue()


def reasons(brought: DataSetImport) -> dict[str, str]:
    assert (brought.status, brought.error) == ("done", "")
    return {name: brought.says(why) for name, why in brought.refused}


def test_a_class_that_the_classifier_does_not_have_is_refused_by_its_name(bring):
    brought = bring(zipped(("a.png", ESPRESSO, "espresso"), ("b.png", "glass", "Bottle glass")))
    assert brought.added == 1
    assert reasons(brought) == {"b.png": "The classifier has no class Bottle glass."}
    assert Image.objects.count() == 1


def test_a_name_with_a_nul_is_refused_like_others(bring):
    brought = bring(zipped(("a.png", "glass", "Bottle\0 glass")))
    assert reasons(brought) == {"a.png": "The classifier has no class Bottle glass."}


def test_a_class_with_another_key_is_known_by_its_name(bring):
    assert bring(zipped(("a.png", "cup-of-coffee", "espresso"))).added == 1
    assert Decision.objects.get().class_key == ESPRESSO


def test_what_cannot_be_used_is_said_entry_by_entry(bring):
    content = zipped(
        ("a.png", ESPRESSO, "espresso"), ("b.png", "", ""), ("c.txt", TABBY, "tabby"), b=b"no PNG"
    )
    file = io.BytesIO(content)
    with zipfile.ZipFile(file, "a") as archive:
        table = archive.read("labels.csv").decode().replace("a.png,", "elsewhere.png,")
        archive.writestr("labels.csv", table)
    brought = bring(file.getvalue())
    assert reasons(brought) == {
        "elsewhere.png": "The ZIP file does not have it.",
        "b.png": "The content of the file is not a readable image.",
        "c.txt": "File type is not supported.",
    }


def test_a_picture_that_is_not_the_one_of_the_table_is_refused(bring):
    good = zipped(("a.png", ESPRESSO, "espresso"))
    other = picture((1, 2, 3), "a.png").read()
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(good)) as before, zipfile.ZipFile(file, "w") as archive:
        archive.writestr("a.png", other)
        archive.writestr("labels.csv", before.read("labels.csv"))
    brought = bring(file.getvalue())
    assert reasons(brought) == {"a.png": "Its content is not that of the table's SHA-256."}


def test_a_file_without_the_table_of_labels_is_refused(bring):
    brought = bring(zipped(("a.png", ESPRESSO, "espresso"), header="picture,label\n"))
    assert brought.status == "failed"
    assert brought.error.startswith("This is not a data set")


def test_a_label_that_a_reviewer_has_given_stays(reviewed, export, bring):
    prediction = reviewed(1, TABBY)
    content = content_of(export())
    reviewed(1, ESPRESSO)
    name, why = bring(content).refused[0]
    assert prediction.image.sha256 in name
    assert why == "Its verified label here is espresso, which stays."
    assert Decision.objects.current().get().class_key == ESPRESSO


def test_a_picture_that_a_person_sent_still_goes_when_they_delete_it(reviewed, export, bring):
    prediction = reviewed(1)
    assert bring(content_of(export())).known == 1
    prediction.delete()
    assert not Image.objects.exists()


def test_a_deleted_import_takes_its_pictures_and_labels_along(
    reviewed, export, bring, client, staff
):
    kept = reviewed(1)
    brought = bring(zipped(("a.png", ESPRESSO, "espresso"), ("b.png", "", "")))
    assert ImportedPicture.objects.count() == 2
    client.force_login(staff)
    assert client.post(f"/data-sets/imports/{brought.pk}/delete").status_code == 302
    assert export().pictures == 1
    assert client.get(f"/data-sets/imports/{brought.pk}").status_code == 404
    delete_some()
    delete_some()
    assert list(Image.objects.all()) == [kept.image]
    assert Decision.objects.get().image == kept.image
    assert not DataSetImport.objects.exists()
