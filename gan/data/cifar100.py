"""Colour photographs of 32 x 32 pixels, 100 classes in 20 groups: CIFAR-100.

    x = 2 v / 255 - 1,   v in {0, ..., 255}³ the pixel

As many images as CIFAR-10 and a tenth of them a class: more to lose. The files are looked for where
torchvision unpacks them (ROOT/cifar-100-python); they are pickles, and nothing in them but arrays is
loaded. No bundled classifier knows the classes.

Reference: Krizhevsky 2009, "Learning multiple layers of features from tiny images", technical report,
University of Toronto; as a GAN benchmark: Zhao et al. 2020, "Differentiable augmentation for data-efficient
GAN training", arXiv:2006.10738.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from gan.data._cifar import Cifar
from gan.data.base import Data, Samples
from gan.tree import knob, tree


@tree
class Cifar100(Data):
    split: Literal["train", "test"] = knob("train", unit="name")
    """The 50,000 training images or the 10,000 test images."""
    labels: Literal["fine", "coarse"] = knob("fine", unit="name")
    """Whether the modes are the 100 classes or their 20 groups."""

    @property
    def shape(self) -> tuple[int, ...]:
        return (3, 32, 32)

    @property
    def size(self) -> int:
        return 50_000 if self.split == "train" else 10_000

    @property
    def modes(self) -> int:
        return 100 if self.labels == "fine" else 20

    @property
    def file_backed(self) -> bool:
        return True

    def load(self, root: Path, download: bool = False) -> Samples:
        key = f"{self.labels}_labels"
        files = Cifar("CIFAR-100", root / "cifar-100-python", "CIFAR100", key, self.modes)
        return files.load((self.split,), download)
