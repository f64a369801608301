"""Reads a checkpoint in PyTorch's first file format (1.6 made it a zip) without PyTorch.

Such a file is five pickles (magic number, protocol version, system info, state dict, storage keys),
then for each key a little-endian 64-bit count and that many raw values. The state dict refers to
storages by persistent id, and its tensors are views into them: offset, size and **strides**. Many
are not contiguous; read without the strides they come out scrambled. Source: `_legacy_load` in
torch/serialization.py, `_rebuild_tensor_v2` in torch/_utils.py.
"""

import pickle
from collections import OrderedDict
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import numpy as np

MAGIC = 0x1950A86A20F9469CFC6C
PROTOCOL = 1001
STORAGE_TYPES = {"FloatStorage": np.dtype("<f4"), "LongStorage": np.dtype("<i8")}


class _Storage(NamedTuple):
    key: str
    dtype: np.dtype
    length: int


class _View(NamedTuple):
    """A tensor whose values have not been read yet; offset and strides count values, not bytes."""

    storage: _Storage
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]


def read_state_dict(path: Path) -> dict[str, np.ndarray]:
    """The tensors of a checkpoint by name, each a contiguous array of float32 or int64.

    Verify the file's hash first: the unpickler admits four names only, yet a pickle is a program.
    Raises ValueError (or pickle.UnpicklingError) when the file is not of this format.
    """
    with path.open("rb") as file:
        if _load_pickle(file) != MAGIC or _load_pickle(file) != PROTOCOL:
            raise ValueError(f"{path.name} is not a checkpoint in PyTorch's first file format.")
        _load_pickle(file)  # the writer's byte order and integer sizes: little-endian in any case
        views: dict[str, _View] = _load_pickle(file)
        keys: list[str] = _load_pickle(file)
        types = {view.storage.key: view.storage for view in views.values()}
        values = {key: _read_storage(file, types[key]) for key in keys}
    return {name: _materialise(view, values[view.storage.key]) for name, view in views.items()}


class _Unpickler(pickle.Unpickler):
    """Admits what a state dict of plain tensors is made of, and nothing else."""

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) == ("collections", "OrderedDict"):
            return OrderedDict
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return _rebuild_tensor
        if module == "torch" and name in STORAGE_TYPES:
            return STORAGE_TYPES[name]
        raise pickle.UnpicklingError(f"A checkpoint has no business with {module}.{name}.")

    def persistent_load(self, pid: Any) -> _Storage:
        # ("storage", type, key, device, number of values, view metadata)
        _, dtype, key, _, length, _ = pid
        return _Storage(key, dtype, length)


def _load_pickle(file: BinaryIO) -> Any:
    return _Unpickler(file).load()


def _rebuild_tensor(
    storage: _Storage, offset: int, shape: tuple[int, ...], strides: tuple[int, ...], *_: Any
) -> _View:
    return _View(storage, offset, shape, strides)


def _read_storage(file: BinaryIO, storage: _Storage) -> np.ndarray:
    count = int.from_bytes(file.read(8), "little")
    raw = file.read(count * storage.dtype.itemsize)
    if count != storage.length or len(raw) != count * storage.dtype.itemsize:
        raise ValueError(f"Storage {storage.key} is truncated.")
    return np.frombuffer(raw, dtype=storage.dtype)


def _materialise(view: _View, values: np.ndarray) -> np.ndarray:
    last = view.offset + sum(
        (n - 1) * stride for n, stride in zip(view.shape, view.strides, strict=True)
    )
    # as_strided trusts its caller: a view past the end would read foreign memory.
    if view.offset < 0 or min(view.strides, default=0) < 0 or last >= len(values):
        raise ValueError("A tensor reaches past the end of its storage.")
    itemsize = values.dtype.itemsize
    strided = np.lib.stride_tricks.as_strided(
        values[view.offset :], view.shape, [stride * itemsize for stride in view.strides]
    )
    return np.ascontiguousarray(strided)
