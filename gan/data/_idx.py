"""The files of MNIST and its successors: a big-endian header, then bytes; gzipped or not."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from torch import Tensor

from gan.data._files import broken, fetch, find, missing
from gan.data._images import as_tensors
from gan.data.errors import DataError

_PREFIX = {"train": "train", "test": "t10k"}
_IMAGES, _LABELS = "images-idx3-ubyte", "labels-idx1-ubyte"
_MAGIC = {_IMAGES: 2051, _LABELS: 2049}


@dataclass(frozen=True)
class Idx:
    """One data set's files: 28 x 28 grey images of ten classes."""

    name: str
    folders: tuple[Path, ...]
    """Where they are looked for."""

    def load(self, root: Path, split: str, download: Callable[[], object] | None) -> tuple[Tensor, Tensor]:
        """Images, float32 N x 1 x 28 x 28 in [-1, 1], and labels, int64 N, in the files' order.

        Args:
            root: Where `download` puts the files.
            split: "train" or "test".
            download: Fetches missing files; None if they must be there.

        Raises:
            DataError: A file is missing, cannot be fetched, or is not what its name says.
        """
        if download is not None and self._find(split, _IMAGES) is None:
            fetch(self.name, root, download)
        images, labels = self._read(split, _IMAGES), self._read(split, _LABELS)
        if len(images) != len(labels):
            raise DataError(
                f"{self.name} {split}: {len(images)} images but {len(labels)} labels under {root}"
            )
        return as_tensors(images, labels)

    def _find(self, split: str, kind: str) -> Path | None:
        name = f"{_PREFIX[split]}-{kind}"
        return find(self.folders, (name, f"{name}.gz"))

    def _read(self, split: str, kind: str) -> np.ndarray:
        path = self._find(split, kind)
        if path is None:
            name = f"{_PREFIX[split]}-{kind}"
            raise missing(f"{self.name}'s file {name} (or {name}.gz)", self.folders)
        try:
            raw = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
            header = np.frombuffer(raw, ">i4", count=2)
            if header[0] != _MAGIC[kind]:
                raise ValueError(f"magic number {header[0]} instead of {_MAGIC[kind]}")
            if kind == _LABELS:
                labels = np.frombuffer(raw, np.uint8, offset=8).copy()
                if len(labels) and labels.max() > 9:
                    raise ValueError(f"a label is {labels.max()}, and there are ten classes")
                return labels
            return np.frombuffer(raw, np.uint8, offset=16).reshape(header[1], 1, 28, 28).copy()
        except (OSError, EOFError, ValueError, zlib.error) as error:
            raise broken(path, f"a file of {self.name}'s", error) from error
