"""Any folder of pictures, cut to squares and reduced to one size.

    x = 2 v / 255 - 1,   v the largest central square of the picture, reduced to side x side

Anybody's data, without a line of code. PNG, JPEG and WebP files of 8-bit grey or RGB are read, in the order
of their names; other files are passed over. What would have to be guessed is refused: palettes, alpha
channels, transparent colours, 16 bits, grey among RGB, pictures smaller than `side` or to be turned (by their
EXIF data), folders in a folder whose pictures have no classes, or in that of a class. A picture of exactly
side x side pixels keeps its bytes. No bundled classifier knows the classes; `modes` and its like take one of
`ganbench train-classifier`.

Reference: Parmar, Zhang, Zhu 2022, "On aliased resizing and surprising subtleties in GAN evaluation",
arXiv:2104.11222 (why pictures are reduced by Pillow's bicubic filter).
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import numpy as np

from gan.data import _pictures
from gan.data._files import missing
from gan.data._images import labelled, unlabelled
from gan.data.base import Data, DataError, Samples
from gan.tree import knob, tree

_WAYS_OUT = (
    "--download cannot fetch pictures of your own: set `folder` to their whole path, or give --data-root "
    "FOLDER to say what it begins from"
)


@tree
class ImageFolder(Data):
    folder: str = knob("images", unit="path")
    """Where the pictures are: a path from the data root, or an absolute one."""
    side: int = knob(64, unit="pixels", low=4, high=1024)
    """Pixels a side; pictures must have at least as many."""
    channels: Literal[1, 3] = knob(3, unit="channels")
    """3: every picture must be RGB; 1: every picture must be grey, or RGB with three equal channels."""
    classes: bool = knob(False, unit="switch")
    """Whether the pictures lie in sub-folders, each of which is a class and so a mode."""
    most: int = knob(0, unit="images", low=0)
    """Images read at most, random ones, always the same; 0: all."""

    @property
    def shape(self) -> tuple[int, ...]:
        return (self.channels, self.side, self.side)

    @property
    def modes(self) -> int | None:
        return None if self.classes else 1

    @property
    def file_backed(self) -> bool:
        return True

    def load(self, root: Path, download: bool = False) -> Samples:
        folder = root / self.folder
        if not folder.is_dir():
            raise missing(f"the folder {self.folder}", (root,), _WAYS_OUT)
        pictures, folders = _pictures.listed(folder)
        form = _pictures.Form(self.channels, self.side)
        if not self.classes:
            if folders:
                raise DataError(
                    f"{folders[0]} is a folder; pictures must lie in {folder} itself, unless `classes: true` "
                    "makes a class of every folder"
                )
            _some_there(folder, pictures)
            kept = [pictures[index] for index in _pictures.some(len(pictures), self.most)]
            return unlabelled(_pictures.read(kept, form))
        if pictures:
            raise DataError(f"{pictures[0]} is of no class; put it in a folder, or set `classes: false`")
        if not folders:
            raise DataError(f"{folder} holds no folders; set `classes: false`, or make one for every class")
        members = [_members(inner) for inner in folders]
        labels = np.repeat(np.arange(len(folders)), [len(found) for found in members])
        paths = [path for found in members for path in found]
        chosen = _pictures.some(len(paths), self.most)
        images = _pictures.read([paths[index] for index in chosen], form)
        return labelled(images, labels[chosen], len(folders))


def _members(folder: Path) -> list[Path]:
    """The pictures of a class."""
    pictures, folders = _pictures.listed(folder)
    if folders:
        raise DataError(
            f"{folders[0]} is a folder in that of a class; put its pictures into {folder} itself, or "
            "take it away"
        )
    _some_there(folder, pictures)
    return pictures


def _some_there(folder: Path, pictures: list[Path]) -> None:
    if not pictures:
        raise missing(f"a single picture ({', '.join(_pictures.SUFFIXES)})", (folder,), _WAYS_OUT)
