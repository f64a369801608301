"""Image classification without Django: labels, weights, pictures, models, engines.

Read in the order a model comes to life, then in the order a picture travels:

1. `architectures` (what we know how to run, as data), `weights` (where the numbers come from and
   how they are verified), `torch_file` (a PyTorch checkpoint without PyTorch), `build` (the Keras
   model), `export` (Keras to OpenVINO, with the parity check), `store` (prepared models on disk),
   `selection` (which model "auto" means).
2. `containers` (the parts of a file), `survey` and `limits` (what decoding takes, and may take),
   `essence` (what a decoder needs), `told` (how it is meant), `pictures` and `paper` (bytes to
   RGB), `preprocessing` (RGB to the pixels a model reads), `engines` (those to probabilities and
   features), `ranking` (probabilities to labels).

The web process imports `labels`, `pictures` and `store` only; none of them loads NumPy, TensorFlow,
Keras or OpenVINO.
"""

import os
import sys

# This module runs before any other of the package, hence before TensorFlow, Keras and OpenVINO are
# imported: the only moment at which these three settings count.

# 2 keeps TensorFlow's errors and drops its notices. Two lines about oneDNN come all the same: they
# are written while the library loads, before it looks at any setting.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
# The reference model is TensorFlow's; a ~/.keras/keras.json that names another backend must not
# change that.
os.environ["KERAS_BACKEND"] = "tensorflow"
# OpenVINO's converter reports each use to Google Analytics unless its telemetry package is missing
# (openvino/tools/ovc/convert_impl.py falls back to a stub on ImportError). None makes the import
# fail that way.
sys.modules["openvino_telemetry"] = None  # type: ignore[assignment]
