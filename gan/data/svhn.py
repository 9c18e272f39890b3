"""House numbers from street photographs, 32 x 32 colour pixels, ten digits: SVHN, format 2.

    x = 2 v / 255 - 1,   v in {0, ..., 255}³ the pixel

Digits again, but in colour, on all backgrounds and with neighbours cut off at the sides; ones are three
times as frequent as nines. The files are looked for where torchvision puts them (ROOT/train_32x32.mat) and
in ROOT/svhn. The label 10 of the files stands for the digit 0. No bundled classifier knows these digits.

Reference: Netzer et al. 2011, "Reading digits in natural images with unsupervised feature learning", NIPS
workshop on deep learning; Goodfellow et al. 2013, "Multi-digit number recognition from street view imagery
using deep convolutional neural networks", arXiv:1312.6082.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import numpy as np

from gan.data import _mat
from gan.data._files import broken, fetch, find, missing
from gan.data._images import labelled
from gan.data.base import Data, Samples
from gan.tree import knob, tree

_SIZES = {"train": 73_257, "test": 26_032, "extra": 531_131}


@tree
class Svhn(Data):
    split: Literal["train", "test", "extra"] = knob("train", unit="name")
    """The 73,257 training images, the 26,032 test images, or 531,131 easier ones (6.5 GB as floats)."""

    @property
    def shape(self) -> tuple[int, ...]:
        return (3, 32, 32)

    @property
    def size(self) -> int:
        return _SIZES[self.split]

    @property
    def modes(self) -> int:
        return 10

    @property
    def file_backed(self) -> bool:
        return True

    def load(self, root: Path, download: bool = False) -> Samples:
        folders, name = (root, root / "svhn"), f"{self.split}_32x32.mat"
        if download and find(folders, (name,)) is None:
            fetch("SVHN", root, lambda: _download(root, self.split))
        path = find(folders, (name,))
        if path is None:
            raise missing(f"SVHN's file {name}", folders)
        try:
            images, digits = _parsed(_mat.load(path))
        except (OSError, ValueError) as error:
            raise broken(path, "a file of SVHN's", error) from error
        return labelled(images, digits, 10)


def _parsed(arrays: dict[str, np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Images, uint8 N x 3 x 32 x 32, and digits, N."""
    if not {"X", "y"} <= arrays.keys():
        raise ValueError("it holds no `X` and `y`")
    images, labels = arrays["X"], arrays["y"].reshape(-1)
    if images.dtype != np.uint8 or images.ndim != 4 or images.shape[:3] != (32, 32, 3):
        raise ValueError("its `X` are no bytes of 32 x 32 x 3 x N")
    if len(labels) != images.shape[3]:
        raise ValueError(f"it holds {images.shape[3]} images but {len(labels)} labels")
    if not np.isin(labels, range(1, 11)).all():
        raise ValueError("a label is outside 1 to 10")
    return images.transpose(3, 2, 0, 1), labels.astype(np.int64) % 10


def _download(root: Path, split: str) -> None:
    from torchvision import datasets

    datasets.SVHN(str(root), split, download=True)
