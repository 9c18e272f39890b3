"""Pickles of arrays, without running what else a pickle may ask for.

A pickle is a program, and whoever wrote it chooses what it calls. These call nothing but what rebuilds
NumPy's arrays; a pickle that names anything else is refused before it has been called.
"""

from __future__ import annotations

import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

_RECONSTRUCT: Any = np.zeros(0).__reduce__()[0]


def _bytes(text: str, codec: str) -> bytes:
    """Bytes, as Python 3 writes them in an old protocol: `_codecs.encode(text, 'latin1')`."""
    if codec not in ("latin1", "latin-1"):
        raise pickle.UnpicklingError(f"it asks for the codec {codec!r}")
    return text.encode("latin1")


_ALLOWED: dict[tuple[str, str], Callable[..., Any]] = {
    ("numpy", "ndarray"): np.ndarray,
    ("numpy", "dtype"): np.dtype,
    ("numpy.core.multiarray", "_reconstruct"): _RECONSTRUCT,
    ("numpy._core.multiarray", "_reconstruct"): _RECONSTRUCT,
    ("_codecs", "encode"): _bytes,
}


class _Restricted(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in _ALLOWED:
            raise pickle.UnpicklingError(f"it asks for {module}.{name}, which no array needs")
        return _ALLOWED[module, name]


def load(path: Path) -> Any:
    """What is in a pickle of numbers, text, lists, dicts and arrays; text of Python 2 as latin-1.

    Raises:
        ValueError: It is no pickle, is cut short, or names anything else.
        OSError: It cannot be read.
    """
    with path.open("rb") as file:
        try:
            return _Restricted(file, encoding="latin1").load()
        except OSError:
            raise
        except Exception as error:  # an unpickler may raise anything on bytes that it does not expect
            raise ValueError(str(error) or type(error).__name__) from error
