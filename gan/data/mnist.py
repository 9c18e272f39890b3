"""Handwritten digits of 28 x 28 pixels, ten classes, from MNIST's official files.

    x = 2 v / 255 - 1,   v in {0, ..., 255} the pixel's ink

The files are looked for where torchvision puts them (ROOT/MNIST/raw) and in ROOT/mnist, gzipped
or not, and are fetched only on request.

Reference: LeCun, Bottou, Bengio, Haffner 1998, "Gradient-based learning applied to document
recognition", doi:10.1109/5.726791.
"""

from __future__ import annotations

import gzip
import zlib
from pathlib import Path
from typing import Literal

import numpy as np
import torch
from torch import Tensor

from gan.data.base import Data, DataError, Samples
from gan.tree import knob, tree

_PREFIX = {"train": "train", "test": "t10k"}
_MAGIC = {"images-idx3-ubyte": 2051, "labels-idx1-ubyte": 2049}


@tree
class Mnist(Data):
    split: Literal["train", "test"] = knob("train", unit="name")
    """The 60,000 training images or the 10,000 test images."""

    @property
    def shape(self) -> tuple[int, ...]:
        return (1, 28, 28)

    @property
    def size(self) -> int:
        return 60_000 if self.split == "train" else 10_000

    @property
    def modes(self) -> int:
        return 10

    @property
    def classifier(self) -> str | None:
        return "mnist"

    @property
    def file_backed(self) -> bool:
        return True

    def load(self, root: Path, download: bool = False) -> Samples:
        images, labels = load_mnist(root, self.split, download)
        return Samples(images, torch.bincount(labels, minlength=10).double() / len(labels))


def load_mnist(root: Path, split: str, download: bool) -> tuple[Tensor, Tensor]:
    """Images, float32 N x 1 x 28 x 28 in [-1, 1], and labels, int64 N, in the files' order.

    Raises:
        DataError: A file is missing, cannot be fetched, or is not what its name says.
    """
    if download and _find(root, split, "images-idx3-ubyte") is None:
        _download(root)
    images = _read(root, split, "images-idx3-ubyte")
    labels = _read(root, split, "labels-idx1-ubyte")
    if len(images) != len(labels):
        raise DataError(f"MNIST {split}: {len(images)} images but {len(labels)} labels under {root}")
    return torch.from_numpy(images).float().unsqueeze(1) / 127.5 - 1.0, torch.from_numpy(labels).long()


def _find(root: Path, split: str, kind: str) -> Path | None:
    name = f"{_PREFIX[split]}-{kind}"
    for folder in (root / "MNIST" / "raw", root / "mnist", root):
        for path in (folder / name, folder / f"{name}.gz"):
            if path.is_file():
                return path
    return None


def _read(root: Path, split: str, kind: str) -> np.ndarray:
    path = _find(root, split, kind)
    if path is None:
        name = f"{_PREFIX[split]}-{kind}"
        raise DataError(
            f"MNIST's file {name} (or {name}.gz) is neither in {root / 'MNIST' / 'raw'} "
            f"nor in {root / 'mnist'}; "
            "give --download to fetch it, or --data-root FOLDER to say where it is"
        )
    try:
        raw = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
        header = np.frombuffer(raw, ">i4", count=2)
        if header[0] != _MAGIC[kind]:
            raise ValueError(f"magic number {header[0]} instead of {_MAGIC[kind]}")
        if kind == "labels-idx1-ubyte":
            return np.frombuffer(raw, np.uint8, offset=8).copy()
        return np.frombuffer(raw, np.uint8, offset=16).reshape(header[1], 28, 28).copy()
    except (OSError, EOFError, ValueError, zlib.error) as error:
        raise DataError(f"{path} is not an MNIST file: {error}") from error


def _download(root: Path) -> None:
    from torchvision import datasets

    try:
        datasets.MNIST(str(root), download=True)
    except (OSError, RuntimeError) as error:
        raise DataError(f"MNIST could not be downloaded to {root}: {error}") from error
