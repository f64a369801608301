"""Says what is on a picture: python classify.py photo.jpg

Needs numpy, pillow, and onnxruntime or openvino: pip install numpy pillow onnxruntime
"""

import io
import json
import sys
from pathlib import Path

import numpy as np
from PIL import Image, ImageCms, ImageOps

HERE = Path(__file__).resolve().parent
LABELS = json.loads((HERE / "labels.json").read_text("utf-8"))  # key, name, synset of each class
HOW = json.loads((HERE / "manifest.json").read_text("utf-8"))["preprocessing"]

image: Image.Image = ImageOps.exif_transpose(Image.open(sys.argv[1]))
profile = image.info.get("icc_profile")
if image.has_transparency_data:
    image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image.convert("RGBA"))
if HOW["srgb"] and profile and image.mode in ("RGB", "CMYK"):
    srgb = ImageCms.createProfile("sRGB")
    image = ImageCms.profileToProfile(image, io.BytesIO(profile), srgb, outputMode="RGB") or image
box = None
if HOW["crop"]:  # the square in the middle, so large a part of the shorter side
    side = HOW["crop"] * min(image.size)
    left, upper = ((length - side) / 2 for length in image.size)
    box = (left, upper, left + side, upper + side)
square = image.convert("RGB").resize((HOW["size"],) * 2, Image.Resampling[HOW["filter"]], box)
pixels = np.asarray(square, np.float32)[..., HOW["channels"]]
batch = ((pixels - np.float32(HOW["mean"])) * np.float32(HOW["scale"]))[np.newaxis]
try:
    from onnxruntime import InferenceSession

    model = InferenceSession(HERE / "model.onnx")
    scores = model.run(["probabilities"], {"pictures": batch})[0][0]
except ImportError:
    import openvino

    scores = openvino.compile_model(HERE / "model.xml", "CPU")(batch)["probabilities"][0]
for index in np.argsort(-scores)[:5]:
    print(f"{scores[index]:.4f}  {LABELS[index][1]}")
