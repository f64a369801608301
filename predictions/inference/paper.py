"""Pictures as they lie on a white page: what is transparent of them is white."""

from collections.abc import Callable

from PIL import Image, ImageChops

from predictions.inference.essence import Box, Clear

# Pixels that are converted at once, so that a large picture is not in memory three times.
STRIP = 1_000_000


def strips(size: tuple[int, int]) -> list[tuple[int, int, int, int]]:
    """Boxes of whole rows."""
    width, height = size
    rows = max(1, STRIP // width)
    return [(0, top, width, min(top + rows, height)) for top in range(0, height, rows)]


def on_white(image: Image.Image) -> Image.Image:
    """Any of Pillow's modes as RGB."""
    if image.mode == "RGB" and not image.has_transparency_data:
        return image
    boxes = strips(image.size)
    if len(boxes) == 1:
        return strip_on_white(image)
    rgb = Image.new("RGB", image.size)
    for box in boxes:
        rgb.paste(strip_on_white(image.crop(box)), box)
    return rgb


def strip_on_white(image: Image.Image) -> Image.Image:
    if image.mode.startswith("I"):
        # 16-bit grey. Pillow's own conversion to 8 bits clips at 255, which leaves a white page;
        # 65535 / 257 = 255, and the half makes the cut to whole numbers a rounding.
        return (
            image.convert("I")
            .point(lambda grey: grey * (1 / 257) + 0.5)
            .convert("L")
            .convert("RGB")
        )
    if image.has_transparency_data:
        colours = image.convert("RGBA")
        paper = Image.new("RGBA", image.size, "white")
        paper.alpha_composite(colours)
        return paper.convert("RGB")
    return image.convert("RGB")


def clear_to_white(
    rgb: Image.Image, image: Image.Image, clear: Clear, low_bytes: Callable[[], Image.Image]
) -> None:
    """Whitens in `rgb`, which is `image` converted, the pixels whose level is the transparent one.

    low_bytes: of RGB with 16 bits Pillow keeps the upper eight; this gives the lower ones.
    """
    images = [image]
    if clear.depth == 16 and image.mode == "RGB":
        images.append(low_bytes())
    for box in strips(rgb.size):
        bands = [band for image in images for band in bytes_of(image.crop(box))]
        mask = equal(bands[0], wanted(clear)[0])
        for band, level in zip(bands[1:], wanted(clear)[1:], strict=True):
            mask = ImageChops.darker(mask, equal(band, level))
        rgb.paste("white", box, mask)


def bytes_of(strip: Image.Image) -> list[Image.Image]:
    """Its bands of 8 bits; of 16-bit grey the upper and the lower half."""
    if strip.mode == "I;16":  # little-endian
        data = strip.tobytes()
        return [Image.frombytes("L", strip.size, data[half::2]) for half in (1, 0)]
    return list(strip.convert("L").split() if strip.mode == "1" else strip.split())


def wanted(clear: Clear) -> list[int]:
    """The levels of these bands; Pillow scales what has fewer than 8 bits."""
    if clear.depth == 16:
        return [level >> 8 for level in clear.levels] + [level & 0xFF for level in clear.levels]
    return [level * 255 // ((1 << clear.depth) - 1) for level in clear.levels]


def equal(band: Image.Image, level: int) -> Image.Image:
    return band.point([255 * (value == level) for value in range(256)])


def placed(rgb: Image.Image, box: Box | None, size: tuple[int, int]) -> Image.Image:
    """On a white canvas of this size, unless it covers that."""
    if box is None or (rgb.size == size and (box.left, box.top) == (0, 0)):
        return rgb
    canvas = Image.new("RGB", size, "white")
    canvas.paste(rgb, (box.left, box.top))
    return canvas
