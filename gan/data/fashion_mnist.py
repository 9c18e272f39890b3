"""Pictures of clothes of 28 x 28 grey pixels, ten classes, from Fashion-MNIST's official files.

    x = 2 v / 255 - 1,   v in {0, ..., 255} the pixel

As large as MNIST and harder: classes vary more inside and overlap (shirts, pullovers, coats). The files are
looked for where torchvision puts them (ROOT/FashionMNIST/raw) and in ROOT/fashion_mnist, gzipped or not.
They have the same names as MNIST's, so that nowhere else is safe to look. No bundled classifier knows the
classes.

Reference: Xiao, Rasul, Vollgraf 2017, "Fashion-MNIST: a novel image dataset for benchmarking machine
learning algorithms", arXiv:1708.07747.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Literal

import torch

from gan.data._idx import Idx
from gan.data.base import Data, Samples
from gan.tree import knob, tree


@tree
class FashionMnist(Data):
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
    def file_backed(self) -> bool:
        return True

    def load(self, root: Path, download: bool = False) -> Samples:
        files = Idx("Fashion-MNIST", (root / "FashionMNIST" / "raw", root / "fashion_mnist"))
        images, labels = files.load(root, self.split, partial(_download, root) if download else None)
        return Samples(images, torch.bincount(labels, minlength=10).double() / len(labels))


def _download(root: Path) -> None:
    from torchvision import datasets

    datasets.FashionMNIST(str(root), download=True)
