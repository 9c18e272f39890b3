"""One array out of a .npy, .npz or .pt file, whoever wrote it; nothing in it is ever executed."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from bench.problems import UserError

Array = np.ndarray[Any, Any]


def read_array(path: Path, names: Sequence[str], forms: str) -> Array:
    """The array in a file; of several the first of `names` that is there.

    Args:
        path: A file that exists.
        names: What the array may be called.
        forms: For the message about any other file: what is accepted.

    Raises:
        UserError: It is no such file, it holds Python objects, or it does not say which array is meant.
    """
    suffix = path.suffix.lower()
    if suffix == ".npy":
        return _numpy(path)
    if suffix == ".npz":
        array: Array = _chosen(path, read_npz(path), names)
        return array
    if suffix in (".pt", ".pth"):
        return _torch(path, names)
    raise UserError(f"{path} is not {forms}")


def read_npz(path: Path) -> dict[str, Array]:
    """Every array of an .npz file. Raises UserError."""
    loaded = _loaded(path)
    if not isinstance(loaded, dict):
        raise UserError(f"{path} is no .npz file: it holds a single array")
    return loaded


def _numpy(path: Path) -> Array:
    loaded = _loaded(path)
    if isinstance(loaded, dict):
        raise UserError(f"{path} is no .npy file: it holds an archive; rename it to .npz")
    return loaded


def _loaded(path: Path) -> Array | dict[str, Array]:
    """The array of a file, or those of an archive."""
    try:
        # Opened here, because NumPy leaves a file open that it cannot read.
        with path.open("rb") as file:
            loaded = np.load(file, allow_pickle=False)
            if not isinstance(loaded, np.lib.npyio.NpzFile):
                return np.asarray(loaded)
            with loaded:
                return dict(loaded)
    except Exception as error:  # NumPy raises anything on bytes that it did not write
        raise _unreadable(path) from error


def _unreadable(path: Path) -> UserError:
    return UserError(
        f"{path} is not an array file of NumPy's, or holds Python objects, which are never unpickled"
    )


def _torch(path: Path, names: Sequence[str]) -> Array:
    try:
        with warnings.catch_warnings():
            # About archives of programs, which are refused anyway.
            warnings.simplefilter("ignore")
            loaded = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # arbitrary bytes make an unpickler raise anything
        message = (
            f"{path} is not a file of torch.save's, or holds more than tensors, which is never unpickled"
        )
        raise UserError(message) from error
    if isinstance(loaded, Mapping):
        loaded = _chosen(path, {str(k): v for k, v in loaded.items() if isinstance(v, Tensor)}, names)
    if not isinstance(loaded, Tensor):
        raise UserError(f"{path} holds a {type(loaded).__name__}; save one tensor, or a dict of them")
    dense = loaded.layout == torch.strided and not loaded.is_quantized and loaded.device.type == "cpu"
    if not dense:
        raise UserError(f"{path} holds a tensor that is sparse, quantised or empty of data; save a plain one")
    kind = loaded.dtype
    try:
        if loaded.is_floating_point() and kind not in (torch.float16, torch.float32, torch.float64):
            loaded = loaded.float()
        return loaded.detach().resolve_conj().resolve_neg().numpy()
    except (RuntimeError, TypeError) as error:  # torch has types that can neither be converted nor handed on
        raise UserError(f"{path} holds a tensor of {kind}, which NumPy does not know; save floats") from error


def _chosen(path: Path, arrays: Mapping[str, Any], names: Sequence[str]) -> Any:
    for name in names:
        if name in arrays:
            return arrays[name]
    if len(arrays) == 1:
        return next(iter(arrays.values()))
    held = ", ".join(arrays) or "none"
    raise UserError(f"{path} holds the arrays {held}; call the one that is meant {' or '.join(names)}")
