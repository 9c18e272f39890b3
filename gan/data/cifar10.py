"""Colour photographs of 32 x 32 pixels, ten classes of animals and vehicles: CIFAR-10.

    x = 2 v / 255 - 1,   v in {0, ..., 255}³ the pixel

The smallest natural images on which published GANs are compared. The batches are looked for where
torchvision unpacks them (ROOT/cifar-10-batches-py); they are pickles, and nothing in them but arrays is
loaded. No bundled classifier knows the classes.

Reference: Krizhevsky 2009, "Learning multiple layers of features from tiny images", technical report,
University of Toronto; as a GAN benchmark: Miyato et al. 2018, "Spectral normalization for generative
adversarial networks", arXiv:1802.05957.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from gan.data._cifar import Cifar
from gan.data.base import Data, Samples
from gan.tree import knob, tree

_BATCHES = {"train": tuple(f"data_batch_{index}" for index in range(1, 6)), "test": ("test_batch",)}


@tree
class Cifar10(Data):
    split: Literal["train", "test"] = knob("train", unit="name")
    """The 50,000 training images or the 10,000 test images."""

    @property
    def shape(self) -> tuple[int, ...]:
        return (3, 32, 32)

    @property
    def size(self) -> int:
        return 50_000 if self.split == "train" else 10_000

    @property
    def modes(self) -> int:
        return 10

    @property
    def file_backed(self) -> bool:
        return True

    def load(self, root: Path, download: bool = False) -> Samples:
        files = Cifar("CIFAR-10", root / "cifar-10-batches-py", "CIFAR10", "labels", 10)
        return files.load(_BATCHES[self.split], download)
