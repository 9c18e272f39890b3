"""Colour photographs of 96 x 96 pixels, ten classes, and 100,000 without labels: STL-10.

    x = 2 v / 255 - 1,   v in {0, ..., 255}³ the pixel, after reduction to side x side

Larger and more varied than CIFAR-10. Published GANs mostly train on all 100,000 without labels, reduced to
48 x 48: `{split: unlabeled, side: 48}`. The files are looked for where torchvision unpacks them
(ROOT/stl10_binary). No bundled classifier knows the classes.

Reference: Coates, Lee, Ng 2011, "An analysis of single-layer networks in unsupervised feature learning",
AISTATS; as a GAN benchmark: Miyato et al. 2018, "Spectral normalization for generative adversarial
networks", arXiv:1802.05957.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import numpy as np

from gan.data._files import broken, fetch, missing
from gan.data._images import labelled, resized, unlabelled
from gan.data.base import Data, Samples
from gan.tree import knob, tree

_SIZES = {"train": 5_000, "test": 8_000, "unlabeled": 100_000}
_BYTES = 3 * 96 * 96


@tree
class Stl10(Data):
    split: Literal["train", "test", "unlabeled"] = knob("train", unit="name")
    """The 5,000 training images, the 8,000 test images, or the 100,000 without labels, which are one mode."""
    side: int = knob(96, unit="pixels", low=8, high=96)
    """Pixels a side; below 96 images are reduced, bilinear with antialiasing."""

    @property
    def shape(self) -> tuple[int, ...]:
        return (3, self.side, self.side)

    @property
    def size(self) -> int:
        return _SIZES[self.split]

    @property
    def modes(self) -> int:
        return 1 if self.split == "unlabeled" else 10

    @property
    def file_backed(self) -> bool:
        return True

    def load(self, root: Path, download: bool = False) -> Samples:
        folder = root / "stl10_binary"
        if download and not (folder / f"{self.split}_X.bin").is_file():
            fetch("STL-10", root, lambda: _download(root))
        images = self._images(_found(folder, f"{self.split}_X.bin"))
        if self.split == "unlabeled":
            return unlabelled(images)
        path = _found(folder, f"{self.split}_y.bin")
        labels = np.fromfile(path, np.uint8)
        if len(labels) != len(images):
            raise broken(path, "a file of STL-10's", f"{len(images)} images but {len(labels)} labels")
        if not np.isin(labels, range(1, 11)).all():
            raise broken(path, "a file of STL-10's", "a label is outside 1 to 10")
        return labelled(images, labels - 1, 10)

    def _images(self, path: Path) -> np.ndarray:
        size = path.stat().st_size
        if size == 0 or size % _BYTES:
            raise broken(path, "a file of STL-10's", f"{size} bytes are no whole number of 96 x 96 images")
        # Mapped, not read: the unlabelled images have 2.8 GB. Columns come first in the file.
        columns = np.memmap(path, np.uint8, mode="r").reshape(-1, 3, 96, 96)
        return resized(columns.transpose(0, 1, 3, 2), self.side)


def _found(folder: Path, name: str) -> Path:
    if not (folder / name).is_file():
        raise missing(f"STL-10's file {name}", (folder,))
    return folder / name


def _download(root: Path) -> None:
    from torchvision import datasets
    from torchvision.datasets.utils import download_and_extract_archive

    known = datasets.STL10
    download_and_extract_archive(known.url, str(root), filename=known.filename, md5=known.tgz_md5)
