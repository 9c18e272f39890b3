"""Handwritten digits of 28 x 28 pixels, ten classes, from MNIST's official files.

    x = 2 v / 255 - 1,   v in {0, ..., 255} the pixel's ink

The files are looked for where torchvision puts them (ROOT/MNIST/raw) and in ROOT/mnist, gzipped
or not, and are fetched only on request.

Reference: LeCun, Bottou, Bengio, Haffner 1998, "Gradient-based learning applied to document
recognition", doi:10.1109/5.726791.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Literal

import torch
from torch import Tensor

from gan.data._idx import Idx
from gan.data.base import Data, Samples
from gan.tree import knob, tree


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
    files = Idx("MNIST", (root / "MNIST" / "raw", root / "mnist", root))
    return files.load(root, split, partial(_download, root) if download else None)


def _download(root: Path) -> None:
    from torchvision import datasets

    datasets.MNIST(str(root), download=True)
