"""Decoders of JPEG side by side, on files that it makes or is given: speed, and other pixels.

Needs Pillow and NumPy; of simplejpeg, PyTurboJPEG, opencv-python-headless and pyvips with
pyvips-binary it measures those that are installed, in an environment of its own:
`python -m benchmarks.decoders FOLDER_OF_PHOTOGRAPHS`. No service needs any of them.
"""

import io
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import median
from time import process_time

import numpy as np
from PIL import Image

from benchmarks.pictures import as_from_a_phone, files_in, synthetic

SIDE, SQUARE = 256, 224  # what the recipe scales the shorter side to, and what it cuts out
FILES, TIMES = 24, 3
Decoder = Callable[[bytes], np.ndarray]


def pillow(content: bytes, factor: int) -> np.ndarray:
    image = Image.open(io.BytesIO(content))
    if factor > 1:
        image.draft(None, (image.width // factor, image.height // factor))
    return np.asarray(image)


def simplejpeg(content: bytes, factor: int) -> np.ndarray:
    import simplejpeg

    height, width, *_ = simplejpeg.decode_jpeg_header(content)
    least = {"min_height": height // factor, "min_width": width // factor} if factor > 1 else {}
    pixels: np.ndarray = simplejpeg.decode_jpeg(content, "RGB", **least)
    return pixels


def turbojpeg(content: bytes, factor: int) -> np.ndarray:
    from turbojpeg import TJPF_RGB, TurboJPEG

    pixels: np.ndarray = TurboJPEG().decode(
        content, pixel_format=TJPF_RGB, scaling_factor=(1, factor)
    )
    return pixels


def opencv(content: bytes, factor: int) -> np.ndarray:
    import cv2

    flags = {1: cv2.IMREAD_COLOR_RGB, 2: cv2.IMREAD_REDUCED_COLOR_2, 4: cv2.IMREAD_REDUCED_COLOR_4}
    pixels = cv2.imdecode(np.frombuffer(content, np.uint8), flags[factor])
    return pixels if factor == 1 else cv2.cvtColor(pixels, cv2.COLOR_BGR2RGB)


def vips(content: bytes, factor: int) -> np.ndarray:
    import pyvips

    pixels: np.ndarray = pyvips.Image.jpegload_buffer(
        content, shrink=factor, access="sequential"
    ).numpy()
    return pixels


def pillow_webp(content: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(content)))


def vips_webp(content: bytes, factor: int) -> np.ndarray:
    """With libwebp's scaler, which works on decoded rows."""
    import pyvips

    pixels: np.ndarray = pyvips.Image.webpload_buffer(
        content, scale=1 / factor, access="sequential"
    ).numpy()
    return pixels


def square(pixels: np.ndarray) -> np.ndarray:
    """As the recipe of the bundled model scales and cuts, with Pillow's bicubic filter."""
    image = Image.fromarray(pixels)
    side = min(image.size) * SQUARE / SIDE
    left, upper = (image.width - side) / 2, (image.height - side) / 2
    box = (left, upper, left + side, upper + side)
    return np.asarray(image.resize((SQUARE, SQUARE), Image.Resampling.BICUBIC, box)).astype(int)


def measure(name: str, decode: Decoder, files: list[bytes], expected: list[np.ndarray]) -> None:
    try:
        decode(files[0])
    except (ImportError, RuntimeError, OSError) as error:
        print(f"{name:28}{type(error).__name__}: {str(error)[:60]}")
        return
    took, levels = [], []
    for content, right in zip(files, expected, strict=True):
        rounds = []
        for _ in range(TIMES):
            began = process_time()
            pixels = decode(content)
            rounds.append((process_time() - began) * 1000)
        took.append(min(rounds))
        levels.append(np.abs(square(pixels) - right))
    p99 = np.percentile(np.concatenate([level.ravel() for level in levels]), 99)
    print(
        f"{name:28}{median(took):9.1f} ms{np.mean(levels):8.2f}{p99:5.0f}{np.max(levels):5.0f}",
        flush=True,
    )


def main() -> None:
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else None
    paths = files_in(folder) if folder else []
    sources = (
        [paths[at * len(paths) // FILES] for at in range(FILES)]
        if paths
        else [io.BytesIO(content) for content in synthetic(FILES)]
    )
    pictures = [Image.open(source).convert("RGB") for source in sources]
    large = [as_from_a_phone(picture, number) for number, picture in enumerate(pictures)]
    print(f"{'decoder, sides divided by':28}{'CPU':>12}  levels of the square: mean, p99, most")
    expected = [square(pillow(content, 1)) for content in large]
    for name, decode in (
        ("Pillow draft", pillow),
        ("simplejpeg", simplejpeg),
        ("PyTurboJPEG", turbojpeg),
        ("OpenCV", opencv),
        ("pyvips", vips),
    ):
        for factor in (1, 2, 4):
            measure(f"{name}, {factor}", partial(decode, factor=factor), large, expected)
    webp = [again(content, "WEBP") for content in large[: FILES // 3]]
    expected = [square(pillow_webp(content)) for content in webp]
    measure("WebP: Pillow, 1", pillow_webp, webp, expected)
    for factor in (1, 4):
        measure(f"WebP: pyvips, {factor}", partial(vips_webp, factor=factor), webp, expected)


def again(content: bytes, kind: str) -> bytes:
    saved = io.BytesIO()
    Image.open(io.BytesIO(content)).save(saved, kind, quality=85)
    return saved.getvalue()


if __name__ == "__main__":
    main()
