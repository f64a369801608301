"""Makes the pictures beside this file: python make.py, where the encoders below are installed.

Two encoders of each format, and two writers of their boxes:
- pillow-heif 1.4.0 (libheif 1.23.0, x265 4.2), pip install pillow-heif
- heif-enc of libheif 1.15.1 (x265 3.5), Debian 12's libheif-examples
- Pillow 13.0.0 (libavif 1.4.2, libaom)
- avifenc of libavif 0.11.1 (rav1e 0.5.1, SVT-AV1 1.4.1), Debian 12's libavif-bin
"""

import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory

import pillow_heif
from PIL import Image, ImageCms

HERE = Path(__file__).parent
SIZE = (76, 68)  # SVT-AV1 takes no side below 64
# avifenc's options that turn a picture as each Exif orientation does.
TURNS = {
    2: "--imir 1",
    3: "--irot 2",
    4: "--imir 0",
    5: "--irot 1 --imir 0",
    6: "--irot 3",
    7: "--irot 3 --imir 0",
    8: "--irot 1",
}
XMP = b'<x:xmpmeta xmlns:x="adobe:ns:meta/">Rue Secrete 7</x:xmpmeta>'


def quarters(mode: str = "RGB", size: tuple[int, int] = SIZE) -> Image.Image:
    """Red, green, blue and yellow; with alpha the yellow one is clear."""
    picture = Image.new(mode, size)
    wide, high = size[0] // 2, size[1] // 2
    for at, colour in enumerate(("red", "lime", "blue", "yellow")):
        left, top = wide * (at % 2), high * (at // 2)
        picture.paste(colour, (left, top, *size))
    if mode == "RGBA":
        picture.paste((255, 255, 0, 0), (wide, high, *size))
    return picture


def exif(orientation: int) -> Image.Exif:
    found = Image.Exif()
    found[0x0112] = orientation
    return found


def telling() -> Image.Exif:
    found = exif(6)
    found[0x010F] = "Secret Camera"
    found.get_ifd(0x8825)[1] = "N"
    return found


def run(command: str) -> None:
    subprocess.run(command.split(), check=True, capture_output=True)


def main() -> None:
    pillow_heif.register_heif_opener()
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    told = {"xmp": XMP, "icc_profile": profile, "exif": telling().tobytes()}
    for orientation in range(1, 9):
        for name in ("pillow-heif.heic", "pillow.avif"):
            path = HERE / f"turned-{orientation}-{name}"
            quarters().save(path, exif=exif(orientation).tobytes())
    for name in ("pillow-heif.heic", "pillow.avif"):
        quarters("RGBA").save(HERE / f"alpha-{name}")
        quarters().save(HERE / f"told-{name}", **told)
    quarters().save(HERE / "full-colour-pillow-heif.heic", chroma=444)
    colours = b"".join(bytes([0, value]) for value in quarters().tobytes())  # 16 bits, becomes 10
    pillow_heif.encode("RGB;16", SIZE, colours, HERE / "deep-pillow-heif.heic", quality=60)
    with Image.open(HERE.parent / "coffee.png") as image:
        cup = image.convert("RGB").resize((240, 160))
    cup.save(HERE / "coffee.heic", quality=45)
    cup.save(HERE / "coffee.avif", quality=75)
    first, *others = (quarters().rotate(90 * turn) for turn in range(3))
    first.save(HERE / "sequence-pillow.avif", save_all=True, append_images=others, duration=100)
    with TemporaryDirectory() as folder:
        plain, clear, odd = (f"{folder}/{name}.png" for name in ("plain", "clear", "odd"))
        quarters().save(plain)
        quarters("RGBA").save(clear)
        quarters(size=(77, 69)).save(odd)
        for orientation in range(1, 9):
            codec = "svt" if orientation % 2 else "rav1e"
            turn = TURNS.get(orientation, "")
            run(
                f"avifenc -c {codec} -y 420 {turn} {plain} {HERE}/turned-{orientation}-avifenc.avif"
            )
        run(f"heif-enc {plain} -o {HERE}/plain-heif-enc.heic")  # it cannot turn one
        run(f"heif-enc -t 32 {clear} -o {HERE}/alpha-heif-enc.heic")
        run(f"heif-enc {odd} -o {HERE}/odd-heif-enc.heic")
        run(f"avifenc -c rav1e {clear} {HERE}/alpha-avifenc.avif")
        run(f"avifenc -c rav1e -y 444 -d 10 {plain} {HERE}/deep-avifenc.avif")
        run(f"avifenc -c rav1e -y 420 --crop 38,0,38,68 {plain} {HERE}/cropped-avifenc.avif")


if __name__ == "__main__":
    main()
