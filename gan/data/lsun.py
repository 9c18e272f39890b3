"""Photographs of one kind of scene (bedrooms, churches, ...), cut to squares and reduced: LSUN, exported.

    x = 2 v / 255 - 1,   v the largest central square of the photograph, reduced to side x side

One category is one mode, but millions of photographs: whatever collapses does so inside it. LSUN comes as
databases; its own tool writes their images as files (`python3 data.py export bedroom_train_lmdb --out_dir
ROOT/lsun/bedroom_train`), which are looked for in ROOT/lsun/CATEGORY_SPLIT and all folders beneath it.

Reference: Yu et al. 2015, "LSUN: construction of a large-scale image dataset using deep learning with
humans in the loop", arXiv:1506.03365.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from gan.data import _pictures
from gan.data._files import missing
from gan.data._images import unlabelled
from gan.data.base import Data, Samples
from gan.tree import knob, tree

_WAYS_OUT = (
    "--download cannot fetch LSUN: export its database there with its own data.py (github.com/fyu/lsun), or "
    "give --data-root FOLDER to say where that was done"
)


@tree
class Lsun(Data):
    category: Literal[
        "bedroom",
        "bridge",
        "church_outdoor",
        "classroom",
        "conference_room",
        "dining_room",
        "kitchen",
        "living_room",
        "restaurant",
        "tower",
    ] = knob("bedroom", unit="name")
    """What the photographs show."""
    split: Literal["train", "val"] = knob("train", unit="name")
    """Training images (126,227 to 3,033,042 a category) or the 300 validation images."""
    side: int = knob(64, unit="pixels", low=8, high=256)
    """Pixels a side; the photographs have at least 256."""
    most: int = knob(50_000, unit="images", low=0)
    """Images read at most, random ones, always the same; 0: all."""

    @property
    def shape(self) -> tuple[int, ...]:
        return (3, self.side, self.side)

    @property
    def modes(self) -> int:
        return 1

    @property
    def file_backed(self) -> bool:
        return True

    def load(self, root: Path, download: bool = False) -> Samples:
        folder = root / "lsun" / f"{self.category}_{self.split}"
        if not folder.is_dir():
            raise missing(f"LSUN's folder {folder.name}", (folder.parent,), _WAYS_OUT)
        paths = _beneath(folder)
        if not paths:
            what = f"a single picture ({', '.join(_pictures.SUFFIXES)}) of LSUN's"
            raise missing(what, (folder,), _WAYS_OUT)
        kept = [paths[index] for index in _pictures.some(len(paths), self.most)]
        return unlabelled(_pictures.read(kept, _pictures.Form(3, self.side)))


def _beneath(folder: Path) -> list[Path]:
    """All pictures in a folder and those beneath it, in a fixed order."""
    pictures, folders = _pictures.listed(folder)
    return [*pictures, *(path for inner in folders for path in _beneath(inner))]
