"""Samples on their way through the metrics: each extractor sees them once, whoever asks first."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any, TypeVar

from torch import Tensor

from bench.features.extractor import Extractor, Features, Wanted, load_extractor
from bench.features.pixels import require_finite, to_uint8
from gan.data.base import Data, Samples

T = TypeVar("T")


class Scored:
    """N samples, real or generated, in the form that metrics are defined on."""

    def __init__(self, x: Tensor) -> None:
        """x: float; images N x C x H x W in [-1, 1], or points N x 2. Raises NotFinite."""
        x = x.detach().cpu()
        require_finite(x)
        self._images = to_uint8(x) if x.ndim == 4 else None
        self._points = x.double() if x.ndim == 2 else None
        self._features: dict[str, Features] = {}
        self.n = len(x)

    @property
    def images(self) -> Tensor:
        """uint8, N x C x H x W; only of image data."""
        assert self._images is not None, "these samples are points"
        return self._images

    @property
    def points(self) -> Tensor:
        """float64, N x 2, raw coordinates; only of a mixture."""
        assert self._points is not None, "these samples are images"
        return self._points

    def features(self, extractor: Extractor) -> Features:
        """What `extractor` says about the images; computed on the first call."""
        key = f"{extractor.name} {extractor.sha256}"
        if key not in self._features:
            self._features[key] = extractor(self.images)
        return self._features[key]


class Bank:
    """The real side of every score: the reference samples, and what was computed from them."""

    def __init__(self, data: Data, samples: Samples, reference: Scored, device: str) -> None:
        self.data = data
        self.priors = samples.priors.double()
        """float64, K: the share of each mode in the data."""
        self.centres = samples.centres
        self.sigma = samples.sigma
        self.reference = reference
        self._device = device
        self._known: dict[Hashable, Any] = {}

    def once(self, key: Hashable, compute: Callable[[], T]) -> T:
        """`compute()` of the first call with this key."""
        if key not in self._known:
            self._known[key] = compute()
        value: T = self._known[key]
        return value

    def extractor(self, wanted: Wanted) -> Extractor:
        """The extractor, loaded once. Raises what `load_extractor` does."""
        return self.once(wanted, lambda: load_extractor(wanted, self._device))
