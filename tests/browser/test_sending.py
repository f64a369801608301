"""What happens to a file before it is sent: what it reveals, what is refused, what is shared."""

import base64
from pathlib import Path

import pytest
from PIL import ExifTags
from PIL import Image as Pillow
from playwright.sync_api import expect

from predictions.inference import limits
from predictions.models import Image, Prediction
from tests import stills
from tests.browser.test_many import PHONE
from tests.browser.test_tour import card
from tests.pictures import IMAGES

# As Chromium itself sends what another app shares: a form that is posted, in a new page.
SHARE = """async ([action, content, name]) => {
    const bytes = Uint8Array.from(atob(content), (character) => character.charCodeAt(0));
    const transfer = new DataTransfer();
    transfer.items.add(new File([bytes], name, { type: "image/png" }));
    const form = document.createElement("form");
    Object.assign(form, { method: "post", action, enctype: "multipart/form-data" });
    const input = document.createElement("input");
    Object.assign(input, { type: "file", name: "file", files: transfer.files });
    form.append(input);
    document.body.append(form);
    form.submit();
}"""

# Chromium's debugger can play a dark screen, but not an installed app.
IS_INSTALLED = """
const asIs = window.matchMedia.bind(window);
window.matchMedia = (query) => asIs(query === "(display-mode: standalone)" ? "all" : query);
"""
WORKER_STATE = """async () => {
    for (let tries = 0; tries < 100; tries += 1) {
        const { active } = await navigator.serviceWorker.getRegistration("/share/") ?? {};
        if (active?.state === "activated") return active.state;
        await new Promise((done) => setTimeout(done, 50));
    }
}"""


@pytest.mark.parametrize(
    ("make", "camera", "shown"),
    [
        ("Canon", "Canon EOS 10D", "The photo reveals: Canon EOS 10D"),
        ("NIKON CORPORATION", "NIKON D70", "The photo reveals: NIKON D70"),
        ("Acme", "Pocket 3", "The photo reveals: Acme Pocket 3"),
        ("Acme", "", "The photo reveals: Acme"),
        ("", "Pocket 3", "The photo reveals: Pocket 3"),
    ],
)
@pytest.mark.usefixtures("worker")
def test_the_maker_of_a_camera_is_named_once(open_browser, user, tmp_path, make, camera, shown):
    exif = Pillow.Exif()
    exif[ExifTags.Base.Make], exif[ExifTags.Base.Model] = make, camera
    path = tmp_path / "camera.jpg"
    with Pillow.open(IMAGES / "rocket.jpg") as image:
        image.save(path, exif=exif)
    page = open_browser(user)
    page.goto("/")
    page.set_input_files("#file", path)
    expect(page.locator(".metadata")).to_have_text(shown)
    expect(page.locator(".card .answer")).to_be_visible()


@pytest.mark.parametrize(
    ("name", "mime", "kind"),
    [("IMG_1.HEIC", "image/heic", "heic"), ("IMG_2.heif", "", "heic"), ("3.avif", "", "avif")],
)
def test_what_phones_take_is_answered_and_shown(open_browser, user, worker, name, mime, kind):
    """HEIC as a copy: the browser of these tests does not read it."""
    content = stills.read(f"coffee.{kind}")
    page = open_browser(user)
    page.goto("/")
    page.set_input_files("#file", {"name": name, "mimeType": mime, "buffer": content})
    expect(card(page, name)).to_contain_text("espresso")
    page.goto(f"/history/{Prediction.objects.get().pk}")
    picture = page.locator("figure img")
    expect(picture).to_be_visible()
    assert picture.evaluate("(image) => image.decode().then(() => image.naturalWidth)") == 240
    with page.expect_download() as started:
        page.get_by_role("link", name="Download").click()
    assert started.value.suggested_filename == name
    assert Path(started.value.path()).read_bytes() == content


@pytest.mark.parametrize("name", ["told-pillow-heif.heic", "told-pillow.avif"])
def test_what_phones_take_says_what_it_reveals(open_browser, user, worker, name):
    page = open_browser(user)
    page.goto("/")
    page.set_input_files("#file", stills.path(name))
    expect(page.locator(".metadata")).to_have_text("The photo reveals: the location, Secret Camera")
    expect(page.locator(".card .answer")).to_be_visible()


@pytest.mark.parametrize(("size", "sent"), [((2400, 1600), (1024, 683)), ((600, 400), (600, 400))])
def test_a_picture_that_is_too_large_can_be_scaled_and_sent_at_once(
    open_browser, user, worker, tmp_path, size, sent
):
    path = tmp_path / "huge.png"
    with Pillow.open(IMAGES / "coffee.png") as image:
        image.resize(size).save(path)
    with path.open("ab") as file:
        file.write(bytes(10 * 1024 * 1024))
    page = open_browser(user)
    page.goto("/")
    page.set_input_files("#file", path)
    expect(card(page, "huge.png")).to_contain_text("larger than 10 MB")
    page.get_by_role("button", name="Scale it down and send").click()
    expect(card(page, "huge.png")).to_contain_text("espresso")
    image = Image.objects.get()
    assert (image.width, image.height) == sent


def test_a_picture_with_too_many_pixels_can_be_scaled_and_sent_at_once(
    open_browser, user, worker, page_guard, tmp_path
):
    page_guard.expect(413)
    path = tmp_path / "panorama.png"
    Pillow.new("L", (limits.MAX_SIDE + 1, 5), "gray").save(path)
    page = open_browser(user)
    page.goto("/")
    page.set_input_files("#file", path)
    expect(card(page, "panorama.png")).to_contain_text("too wide or too high: 16385 × 5")
    page.get_by_role("button", name="Scale it down and send").click()
    expect(card(page, "panorama.png").locator(".answer")).to_be_visible()
    image = Image.objects.get()
    assert (image.width, image.height) == (1024, 1)


def test_a_file_that_cannot_be_scaled_is_refused_for_good(open_browser, user, model):
    page = open_browser(user)
    page.goto("/")
    nothing = bytes(10 * 1024 * 1024 + 1)
    page.set_input_files("#file", {"name": "huge.png", "mimeType": "image/png", "buffer": nothing})
    offer = page.get_by_role("button", name="Scale it down and send")
    offer.click()
    expect(offer).to_be_hidden()
    expect(card(page, "huge.png")).to_contain_text("larger than 10 MB")
    expect(page.get_by_role("button", name="Remove", exact=True)).to_be_focused()


def test_a_sentence_that_is_read_out_has_one_full_stop(open_browser, user, model):
    page = open_browser(user)
    page.goto("/")
    page.set_input_files("#file", IMAGES / "README.md")
    expect(page.locator("#say")).to_have_text(
        "README.md: This is not a PNG, JPEG, GIF, WebP, HEIC or AVIF picture."
    )


def test_without_javascript_every_label_has_its_control(open_browser, user, model):
    page = open_browser(user, java_script_enabled=False, **PHONE)
    page.goto("/")
    for text in ("Drop pictures here", "Take a photo", "Scale down large photos"):
        expect(page.get_by_text(text)).to_be_hidden()
    expect(page.locator("#file")).to_be_visible()
    expect(page.get_by_role("button", name="Classify")).to_be_visible()


def test_pictures_that_another_app_shares_are_classified(open_browser, user, worker):
    page = open_browser(user, **PHONE)
    page.add_init_script(IS_INSTALLED)
    page.goto("/")
    assert page.evaluate(WORKER_STATE) == "activated"
    content = base64.b64encode((IMAGES / "coffee.png").read_bytes()).decode()
    page.evaluate(SHARE, ["/share/pictures", content, "Kaffee ☕.png"])
    page.wait_for_url("**/")
    expect(card(page, "Kaffee ☕.png")).to_contain_text("espresso")
    page.reload()
    expect(page.locator("#latest .grid li")).to_have_count(1)
    expect(page.locator(".card")).to_have_count(0)
    assert Prediction.objects.count() == 1
