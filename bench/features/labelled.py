"""Labelled images to train a classifier on: a folder of classes, an .npz file, or data of ours.

FOLDER/cat/1.png  FOLDER/dog/1.png       classes are the names of the sub-folders, sorted
FILE.npz                                 `images`, uint8 N x C x H x W or N x H x W [x C]; `labels`, N
digits, mnist                            the images that the bundled classifiers were trained on
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from bench import image_files
from bench.array_files import Array, read_npz
from bench.features.own_classifier import SIDES
from bench.features.pixels import to_uint8
from bench.problems import UserError
from bench.wording import by
from gan.data.digits import load_digits
from gan.data.mnist import load_mnist
from gan.registry import unknown

_FEWEST = 5
"""Images of a class, so that at least one can be held out of four."""

_OURS: dict[str, Callable[[Path, bool], tuple[Tensor, Tensor]]] = {
    "digits": lambda root, download: load_digits(),
    # The split that generators are not trained on, as for the bundled classifier.
    "mnist": lambda root, download: load_mnist(root, "test", download),
}


@dataclass(frozen=True)
class Labelled:
    """Images with their classes."""

    images: Tensor
    """uint8, N x C x H x H."""
    labels: Tensor
    """int64, N."""
    classes: tuple[str, ...]
    """Their names; a label is an index into them."""

    @property
    def counts(self) -> dict[str, int]:
        """Images a class."""
        found = torch.bincount(self.labels, minlength=len(self.classes)).tolist()
        return dict(zip(self.classes, found, strict=True))


def read(where: str, root: Path, download: bool = False) -> Labelled:
    """The labelled images at `where`.

    Args:
        where: A folder, an .npz file, or the name of a labelled data set of ours.
        root: Folder of data sets that live in files.
        download: Fetch missing files of a data set into `root`.

    Raises:
        UserError: There are none, or a classifier cannot be trained on them.
        DataError: Files of a data set of ours are missing or unreadable.
    """
    path = Path(where)
    if not where:  # pathlib would take it for this folder
        raise UserError("the images have no name; give a folder of classes or an .npz file")
    if path.is_dir():
        found = _folder(path)
    elif path.is_file():
        found = _file(path)
    elif where in _OURS:
        found = of_data_set(where, root, download)
    else:
        name = unknown("labelled data set", where, _OURS)
        raise UserError(f"there is no folder and no .npz file {where}; as a name: {name}")
    return _usable(where, found)


def of_data_set(name: str, root: Path, download: bool = False) -> Labelled:
    """The images that the bundled classifier `name` was trained on. Raises DataError if files are missing."""
    images, labels = _OURS[name](root, download)
    return Labelled(to_uint8(images), labels, tuple(str(label) for label in range(int(labels.max()) + 1)))


def _folder(path: Path) -> Labelled:
    listing = image_files.listing(path)
    if listing.images:
        raise UserError(f"{listing.images[0]} has no class; images lie in one sub-folder a class")
    files: list[Path] = []
    labels: list[int] = []
    classes: list[str] = []
    for folder in listing.folders:
        inside = image_files.listing(folder)
        if inside.folders:
            raise UserError(f"{inside.folders[0]}: a class is a folder of images, without folders of its own")
        if not inside.images:
            raise UserError(f"{folder} holds no images ({', '.join(image_files.SUFFIXES)})")
        files += inside.images
        labels += [len(classes)] * len(inside.images)
        classes.append(folder.name)
    if not classes:
        raise UserError(f"{path} holds no sub-folders; images lie in one sub-folder a class")
    images = torch.from_numpy(image_files.read(files))
    return Labelled(images, torch.tensor(labels), tuple(classes))


def _file(path: Path) -> Labelled:
    if path.suffix.lower() != ".npz":
        raise UserError(f"{path} is neither a folder of classes nor an .npz file of `images` and `labels`")
    arrays = read_npz(path)
    for name in ("images", "labels"):
        if name not in arrays:
            raise UserError(f"{path} holds the arrays {', '.join(arrays) or 'none'}, and no `{name}`")
    images, labels = _channels_first(path, arrays["images"]), arrays["labels"]
    if labels.shape != (len(images),):
        found = by(labels.shape)
        raise UserError(f"{path}: `labels` must hold one label for each of {len(images)} images, not {found}")
    if labels.dtype.kind not in "iuU":
        raise UserError(f"{path}: `labels` must be whole numbers or text, not {labels.dtype}")
    classes, indices = np.unique(labels, return_inverse=True)
    names = tuple(str(name) for name in classes)
    return Labelled(torch.from_numpy(images), torch.from_numpy(indices).long(), names)


def _channels_first(path: Path, images: Array) -> Array:
    if images.dtype != np.uint8:
        raise UserError(f"{path}: `images` must be uint8 of 0 to 255, not {images.dtype}")
    if images.ndim == 3:
        return images[:, None]
    if images.ndim == 4 and images.shape[1] in (1, 3) and images.shape[2] == images.shape[3]:
        return images
    if images.ndim == 4 and images.shape[3] in (1, 3):
        return np.ascontiguousarray(images.transpose(0, 3, 1, 2))
    found = by(images.shape)
    raise UserError(f"{path}: `images` must be N x C x H x W, or N x H x W [x C], C 1 or 3, not {found}")


def _usable(where: str, found: Labelled) -> Labelled:
    if len(found.images) == 0:
        raise UserError(f"{where} holds no images")
    height, width = found.images.shape[2:]
    if height != width or not SIDES[0] <= height <= SIDES[1]:
        low, high = SIDES
        message = f"images of {height} x {width} pixels; a classifier reads squares of {low} to {high} pixels"
        raise UserError(f"{where} holds {message}")
    if len(found.classes) < 2:
        raise UserError(f"{where} holds one class; a classifier tells at least two apart")
    for name, count in found.counts.items():
        if count < _FEWEST:
            raise UserError(f"{where} has {count} images of class {name}; at least {_FEWEST} are needed")
    return found
