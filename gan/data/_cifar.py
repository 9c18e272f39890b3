"""The pickled batches of CIFAR-10 and CIFAR-100: rows of 3,072 bytes (red, green, blue) and their labels."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from gan.data import _pickles
from gan.data._files import broken, fetch, missing
from gan.data._images import labelled
from gan.data.base import Samples

_PIXELS = 3 * 32 * 32


@dataclass(frozen=True)
class Cifar:
    """One of the two data sets as torchvision unpacks it."""

    name: str
    folder: Path
    """Where its batches are."""
    kind: str
    """The name of its class in torchvision, which knows where the archive is."""
    key: str
    """Which labels of a batch are meant."""
    classes: int

    def load(self, batches: tuple[str, ...], download: bool) -> Samples:
        """All images of some batches, in the files' order.

        Raises:
            DataError: A file is missing, cannot be fetched, or is not what its name says.
        """
        if download and not all((self.folder / batch).is_file() for batch in batches):
            fetch(self.name, self.folder.parent, self._download)
        parts = [self._read(batch) for batch in batches]
        images, labels = (np.concatenate(side) for side in zip(*parts, strict=True))
        return labelled(images, labels, self.classes)

    def _read(self, batch: str) -> tuple[np.ndarray, np.ndarray]:
        path = self.folder / batch
        if not path.is_file():
            raise missing(f"{self.name}'s file {batch}", (self.folder,))
        try:
            return self._parsed(_pickles.load(path))
        except (OSError, ValueError) as error:
            raise broken(path, f"a batch of {self.name}'s", error) from error

    def _parsed(self, content: object) -> tuple[np.ndarray, np.ndarray]:
        if not isinstance(content, dict) or not {"data", self.key} <= content.keys():
            raise ValueError(f"it holds no `data` and `{self.key}`")
        data, given = content["data"], content[self.key]
        if not isinstance(data, np.ndarray) or data.dtype != np.uint8 or data.shape[1:] != (_PIXELS,):
            raise ValueError(f"its `data` are no rows of {_PIXELS} bytes")
        if not isinstance(given, list) or not all(type(label) is int for label in given):
            raise ValueError(f"its `{self.key}` are no list of whole numbers")
        labels = np.array(given, dtype=np.int64)
        if len(labels) != len(data):
            raise ValueError(f"it holds {len(data)} images but {len(labels)} labels")
        if len(labels) and not 0 <= labels.min() <= labels.max() < self.classes:
            raise ValueError(f"a label is outside 0 to {self.classes - 1}")
        return data.reshape(-1, 3, 32, 32), labels

    def _download(self) -> None:
        from torchvision import datasets
        from torchvision.datasets.utils import download_and_extract_archive

        # Not its class, which would go on to unpickle what it has unpacked.
        known = getattr(datasets, self.kind)
        download_and_extract_archive(
            known.url, str(self.folder.parent), filename=known.filename, md5=known.tgz_md5
        )
