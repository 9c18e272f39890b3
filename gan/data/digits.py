"""1,797 real handwritten digits of 8 x 8 pixels, ten classes; ships inside scikit-learn.

    x = 2 v / 16 - 1,   v in {0, ..., 16} the pixel's ink

Real images that need no download and train in seconds: the smallest honest image benchmark.

Reference: Alpaydin and Kaynak 1998, "Optical recognition of handwritten digits", UCI Machine Learning
Repository, doi:10.24432/C50P49.
"""

from __future__ import annotations

from pathlib import Path

import torch

from gan.data.base import Data, Samples
from gan.tree import tree


@tree
class Digits(Data):
    @property
    def shape(self) -> tuple[int, ...]:
        return (1, 8, 8)

    @property
    def size(self) -> int:
        return 1797

    @property
    def modes(self) -> int:
        return 10

    @property
    def classifier(self) -> str | None:
        return "digits"

    def load(self, root: Path, download: bool = False) -> Samples:
        images, labels = load_digits()
        return Samples(images, torch.bincount(labels).double() / len(labels))


def load_digits() -> tuple[torch.Tensor, torch.Tensor]:
    """Images, float32 1797 x 1 x 8 x 8 in [-1, 1], and labels, int64 1797."""
    from sklearn import datasets

    bunch = datasets.load_digits()
    images = torch.from_numpy(bunch.images).float().unsqueeze(1) / 8.0 - 1.0
    return images, torch.from_numpy(bunch.target).long()
