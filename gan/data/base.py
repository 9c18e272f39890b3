"""What every dataset is: a description that knows its shape, and loads one tensor."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from pathlib import Path

import torch
from torch import Tensor

from gan.data.errors import DataError


@dataclass(frozen=True)
class Samples:
    """The whole dataset as one tensor, which the step indexes on the device."""

    x: Tensor
    """float32; images N x C x H x W in [-1, 1], points N x d in raw coordinates."""
    priors: Tensor
    """float64, K: the share of each mode (component or class) in the data; sums to 1."""
    centres: Tensor | None = field(default=None)
    """float32, K x d: centres of a mixture's components; None for images, and for points without centres."""
    sigma: float | None = None
    """Standard deviation of each component of a mixture along each direction in which it spreads, in raw
    coordinates; 0 where a component is one point, None without centres."""
    groups: Tensor | None = None
    """int64 N: samples of one group have parts in common, so that holding out only some of them holds out
    nothing; None if every sample stands alone."""


class Data(ABC):
    """A dataset with its options. Options are structure: the replicas of a cohort share the tensor."""

    @property
    @abstractmethod
    def shape(self) -> tuple[int, ...]:
        """Shape of one sample, (d,) or (C, H, W), known without loading anything."""

    @property
    def size(self) -> int | None:
        """How many samples `load` will return, if that is known without loading anything."""
        return None

    @property
    def modes(self) -> int | None:
        """How many modes (components or classes) it has, if that is known without loading anything."""
        return None

    @property
    def spread(self) -> int | None:
        """Dimensions in which samples spread around their mode's centre; None for data without centres.

        All of a point's, unless the modes lie in a subspace; 0 where every mode is one point.
        """
        return self.shape[0] if len(self.shape) == 1 else None

    @property
    def alphabet(self) -> int | None:
        """Symbols that samples are sequences of; None for data that is not discrete.

        2: bits, shape (length,), each 0 or 1. More: one-hot symbols, shape (length * symbols,), position
        after position, so that `x.reshape(len(x), -1, symbols)` has a symbol a row.
        """
        return None

    @property
    def classifier(self) -> str | None:
        """Name of the bundled classifier that recognises this data's modes; None for mixtures."""
        return None

    @property
    def file_backed(self) -> bool:
        """Whether it reads files that a user must have, under the data root."""
        return False

    def fits(self) -> str | None:
        """Why these options cannot be, in words that say what to change; None if they can."""
        return None

    @abstractmethod
    def load(self, root: Path, download: bool = False) -> Samples:
        """The samples, always the same for the same options.

        Args:
            root: Folder of datasets that live in files.
            download: Fetch missing files into `root`.

        Raises:
            DataError: Files are missing or unreadable, or the options cannot be (see `fits`).
        """


__all__ = ["Data", "DataError", "Samples", "mixture"]


def mixture(centres: Tensor, sigma: float, size: int, seed: int, priors: Tensor | None = None) -> Samples:
    """`size` points of a mixture of isotropic Gaussians.

    Args:
        centres: float32, K x d.
        sigma: Standard deviation of every component.
        size: Points.
        seed: Of the draw.
        priors: float64, K, each component's share; None: equal shares.
    """
    generator = torch.Generator().manual_seed(seed)
    modes, dimension = centres.shape
    if priors is None:
        labels = torch.randint(modes, (size,), generator=generator)
        priors = torch.full((modes,), 1.0 / modes, dtype=torch.float64)
    else:
        labels = torch.multinomial(priors, size, replacement=True, generator=generator)
    noise = torch.randn((size, dimension), generator=generator)
    return Samples(centres[labels] + sigma * noise, priors, centres, sigma)
