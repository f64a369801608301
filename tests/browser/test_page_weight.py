"""How much the pages load, and that their layout is stable; counts, not times."""

from io import BytesIO

from PIL import Image

from predictions import services
from predictions.pictures.uploads import PictureUpload
from tests.browser.actions import drop
from tests.browser.test_tour import PHOTOGRAPHS

# Shifts that nobody caused within half a second (https://web.dev/articles/cls).
WATCH_SHIFTS = """() => {
    window.shifts = [];
    new PerformanceObserver((list) => {
        for (const shift of list.getEntries()) {
            if (!shift.hadRecentInput) window.shifts.push(shift.value);
        }
    }).observe({ type: "layout-shift", buffered: true });
}"""
IMAGES = ("image",)


def load(page, path):
    """The responses that a first view of the page takes, and their bytes as they came."""
    found = []
    page.on("response", lambda response: found.append(response))
    page.goto(path)
    page.wait_for_load_state("networkidle")
    return {response: response.request.sizes()["responseBodySize"] for response in found}


def fetched(page, path):
    """The addresses for which the server is asked, as Chromium's own protocol tells."""
    asked, cached = {}, set()
    protocol = page.context.new_cdp_session(page)
    protocol.send("Network.enable")
    protocol.on("Network.requestServedFromCache", lambda event: cached.add(event["requestId"]))

    def respond(event):
        asked[event["requestId"]] = event["response"]["url"]
        if event["response"].get("fromDiskCache"):
            cached.add(event["requestId"])

    protocol.on("Network.responseReceived", respond)
    page.goto(path)
    page.wait_for_load_state("networkidle")
    return [url for request, url in asked.items() if request not in cached]


def test_the_first_view_of_the_home_page_transfers_little(open_browser, user, ask):
    ask(user)
    for visitor in (None, user):
        page = open_browser(visitor)
        sizes = load(page, "/")
        but_pictures = {
            response: size
            for response, size in sizes.items()
            if response.request.resource_type not in IMAGES
        }
        assert sum(but_pictures.values()) < 60_000
        assert len(but_pictures) <= 7
        scripts = [r for r in but_pictures if "/static/" in r.url]
        assert scripts
        for response in scripts:
            assert response.headers["content-encoding"] in ("gzip", "br")
            assert "immutable" in response.headers["cache-control"]


def test_a_repeat_view_requests_only_the_page_itself(open_browser, user, ask):
    ask(user)
    page = open_browser(user)
    assert len(fetched(page, "/history")) > 4
    assert fetched(page, "/history") == [page.url]


def test_a_thumbnail_is_small_and_matches_the_pixel_density_of_the_screen(open_browser, user, ask):
    ask(user)
    for factor, width in ((1, 240), (2, 480)):
        page = open_browser(user, device_scale_factor=factor)
        sizes = load(page, "/history")
        [(response, size)] = [(r, s) for r, s in sizes.items() if "/thumbnail/" in r.url]
        assert response.url.endswith(f"/thumbnail/{width}")
        assert response.headers["content-type"] == "image/webp"
        assert size < 40_000


def test_the_layout_does_not_shift_while_answers_arrive(open_browser, user, stopped_worker, ask):
    ask(user)
    page = open_browser(user, viewport={"width": 1280, "height": 2000})
    page.goto("/")
    drop(page, *PHOTOGRAPHS[:2])
    page.wait_for_selector(".card .waiting >> nth=1")
    page.wait_for_timeout(700)  # what follows within half a second of the drop is no shift
    page.evaluate(WATCH_SHIFTS)
    before = page.evaluate("window.shifts.length")
    stopped_worker()
    page.wait_for_selector(".card .answer >> nth=1")
    page.wait_for_timeout(300)
    assert page.evaluate("window.shifts.length") == before


def test_the_page_of_a_portrait_photograph_does_not_shift_while_it_loads(open_browser, user, model):
    """A phone saves it lying on its side, and says so."""
    exif, content = Image.Exif(), BytesIO()
    exif[0x0112] = 6
    Image.new("RGB", (1600, 1200), "teal").save(content, "JPEG", exif=exif)
    upload = PictureUpload.of(content.getvalue(), "portrait.jpg")
    prediction = services.request_prediction(user, upload)
    page = open_browser(user, viewport={"width": 390, "height": 1600})
    page.add_init_script(f"({WATCH_SHIFTS})()")
    page.goto(prediction.get_absolute_url())
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(300)
    assert page.evaluate("document.querySelector('figure img').naturalHeight") == 1600
    assert page.evaluate("window.shifts") == []
