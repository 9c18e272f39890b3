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
    """float32; images N x C x H x W in [-1, 1], points N x 2 in raw coordinates."""
    priors: Tensor
    """float64, K: the share of each mode (component or class) in the data; sums to 1."""
    centres: Tensor | None = field(default=None)
    """float32, K x 2: centres of a mixture's components; None for images."""
    sigma: float | None = None
    """Standard deviation of each component of a mixture, in raw coordinates; None for images."""
    groups: Tensor | None = None
    """int64 N: samples of one group have parts in common, so that holding out only some of them holds out
    nothing; None if every sample stands alone."""


class Data(ABC):
    """A dataset with its options. Options are structure: the replicas of a cohort share the tensor."""

    @property
    @abstractmethod
    def shape(self) -> tuple[int, ...]:
        """Shape of one sample, (2,) or (C, H, W), known without loading anything."""

    @property
    def size(self) -> int | None:
        """How many samples `load` will return, if that is known without loading anything."""
        return None

    @property
    def modes(self) -> int | None:
        """How many modes (components or classes) it has, if that is known without loading anything."""
        return None

    @property
    def classifier(self) -> str | None:
        """Name of the bundled classifier that recognises this data's modes; None for mixtures."""
        return None

    @property
    def file_backed(self) -> bool:
        """Whether it reads files that a user must have, under the data root."""
        return False

    @abstractmethod
    def load(self, root: Path, download: bool = False) -> Samples:
        """The samples, always the same for the same options.

        Args:
            root: Folder of datasets that live in files.
            download: Fetch missing files into `root`.

        Raises:
            DataError: Files are missing or unreadable.
        """


__all__ = ["Data", "DataError", "Samples", "mixture"]


def mixture(centres: Tensor, sigma: float, size: int, seed: int) -> Samples:
    """`size` points of an equal-weight mixture of isotropic Gaussians. centres: K x 2."""
    generator = torch.Generator().manual_seed(seed)
    modes = len(centres)
    labels = torch.randint(modes, (size,), generator=generator)
    noise = torch.randn((size, 2), generator=generator)
    priors = torch.full((modes,), 1.0 / modes, dtype=torch.float64)
    return Samples(centres[labels] + sigma * noise, priors, centres, sigma)
