"""Faces of celebrities, aligned, 178 x 218 colour pixels, cut and reduced: CelebA.

    x = 2 v / 255 - 1,   v the central square of crop x crop pixels, reduced to side x side

The usual benchmark of faces. Papers cut differently (178, 148, 140 or 108 pixels) and their scores do not
compare; set `crop` to the one that is meant. The files are looked for where torchvision unpacks them:
ROOT/celeba, with img_align_celeba/, list_eval_partition.txt and, for an `attribute`, list_attr_celeba.txt.
Without an attribute all faces are one mode. No bundled classifier knows attributes.

Reference: Liu, Luo, Wang, Tang 2015, "Deep learning face attributes in the wild", arXiv:1411.7766.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import numpy as np

from gan.data import _pictures
from gan.data._files import broken, fetch, missing
from gan.data._images import labelled, unlabelled
from gan.data.base import Data, DataError, Samples
from gan.registry import unknown
from gan.tree import knob, tree

_SIZES = {"train": 162_770, "valid": 19_867, "test": 19_962, "all": 202_599}
_PARTS = {"0": "train", "1": "valid", "2": "test"}
_ATTRIBUTES = """
5_o_Clock_Shadow Arched_Eyebrows Attractive Bags_Under_Eyes Bald Bangs Big_Lips Big_Nose Black_Hair Blond_Hair
Blurry Brown_Hair Bushy_Eyebrows Chubby Double_Chin Eyeglasses Goatee Gray_Hair Heavy_Makeup High_Cheekbones
Male Mouth_Slightly_Open Mustache Narrow_Eyes No_Beard Oval_Face Pale_Skin Pointy_Nose Receding_Hairline
Rosy_Cheeks Sideburns Smiling Straight_Hair Wavy_Hair Wearing_Earrings Wearing_Hat Wearing_Lipstick
Wearing_Necklace Wearing_Necktie Young
"""


@tree
class Celeba(Data):
    split: Literal["train", "valid", "test", "all"] = knob("train", unit="name")
    """The 162,770 training, 19,867 validation or 19,962 test images, or all of them."""
    side: int = knob(64, unit="pixels", low=8, high=178)
    """Pixels a side."""
    crop: int = knob(178, unit="pixels", low=8, high=178)
    """Side of the central square that is cut out; at least `side`."""
    most: int = knob(50_000, unit="images", low=0)
    """Images read at most, random ones, always the same; 0: all, 10 GB of 64 x 64 floats."""
    attribute: str = knob("", unit="name")
    """One of the 40 attributes (Smiling, ...): faces without and with it are the modes; empty: one mode."""

    @property
    def shape(self) -> tuple[int, ...]:
        return (3, self.side, self.side)

    @property
    def size(self) -> int:
        return min(_SIZES[self.split], self.most or _SIZES[self.split])

    @property
    def modes(self) -> int:
        return 2 if self.attribute else 1

    @property
    def file_backed(self) -> bool:
        return True

    def fits(self) -> str | None:
        if self.crop < self.side:
            return (
                f"`crop` {self.crop} is less than `side` {self.side}, and nothing is enlarged; raise `crop` "
                "or lower `side`"
            )
        if self.attribute and self.attribute not in _ATTRIBUTES.split():
            return unknown("attribute", self.attribute, _ATTRIBUTES.split())
        return None

    def load(self, root: Path, download: bool = False) -> Samples:
        if reason := self.fits():
            raise DataError(f"celeba: {reason}")
        folder = root / "celeba"
        if download and not (folder / "list_eval_partition.txt").is_file():
            fetch("CelebA", root, lambda: _download(root))
        names = self._names(folder)
        kept = [names[index] for index in _pictures.some(len(names), self.most)]
        has = _attribute(folder, self.attribute) if self.attribute else {}
        for name in kept:
            if not (folder / "img_align_celeba" / name).is_file():
                raise missing(f"CelebA's image {name}", (folder / "img_align_celeba",))
        paths = [folder / "img_align_celeba" / name for name in kept]
        images = _pictures.read(paths, _pictures.Form(3, self.side, self.crop))
        if not self.attribute:
            return unlabelled(images)
        if strangers := [name for name in kept if name not in has]:
            path = folder / "list_attr_celeba.txt"
            raise broken(path, "CelebA's list of attributes", f"it does not know {strangers[0]}")
        return labelled(images, np.array([has[name] for name in kept]), 2)

    def _names(self, folder: Path) -> list[str]:
        """Files of the split, in order."""
        path = folder / "list_eval_partition.txt"
        rows = _rows(path)
        if not rows or not all(len(row) == 2 and row[1] in _PARTS and _plain(row[0]) for row in rows):
            raise broken(path, "CelebA's list of splits", "a line is not a file and 0, 1 or 2")
        return [name for name, part in rows if self.split in ("all", _PARTS[part])]


def _plain(name: str) -> bool:
    """Whether it is the name of a file, and leads to no other folder."""
    return Path(name).name == name


def _rows(path: Path) -> list[list[str]]:
    """Words of every line that has some."""
    if not path.is_file():
        raise missing(f"CelebA's file {path.name}", (path.parent,))
    try:
        return [line.split() for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    except (OSError, ValueError) as error:
        raise broken(path, "a text file of CelebA's", error) from error


def _attribute(folder: Path, attribute: str) -> dict[str, int]:
    """1 for files with the attribute, 0 for those without."""
    path = folder / "list_attr_celeba.txt"
    rows = _rows(path)
    # A number of lines, then the names of the attributes, then a file and 1 or -1 for each of them.
    names = rows[1] if len(rows) > 1 else []
    if attribute not in names:
        raise broken(path, "CelebA's list of attributes", f"{attribute} is not among them")
    column = names.index(attribute) + 1
    faces = rows[2:]
    if not all(len(row) == len(names) + 1 and row[column] in ("1", "-1") for row in faces):
        raise broken(
            path, "CelebA's list of attributes", "a line is not a file and 1 or -1 for each attribute"
        )
    return {row[0]: int(row[column] == "1") for row in faces}


def _download(root: Path) -> None:
    from torchvision import datasets

    datasets.CelebA(str(root), split="all", download=True)
