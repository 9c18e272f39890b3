"""Both sides of a score: samples on their way through the metrics, and the real data they are held against.

Whatever is computed from samples is computed once, whoever asks first; of real ones it is also kept on disk.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any, Literal, TypeVar

import torch
from torch import Tensor

from bench.features.extractor import Extractor, Features, Wanted, load_extractor
from bench.features.pixels import NotFinite, require_finite, to_uint8
from bench.metrics import _cache
from bench.metrics._frechet import Moments
from bench.metrics._neighbours import closest, is_flat, kd_tree, nearest
from bench.metrics._split import Split
from gan.data.base import Data, Samples

T = TypeVar("T")

Kept = Callable[[str, Callable[[], dict[str, Tensor]]], dict[str, Tensor]]
"""Finds tensors by a name, or computes and keeps them."""

Part = Literal["reference", "train", "held_out"]
"""reference: the training samples a score is held against; train: more of them; held_out: the oracle's."""

NEIGHBOURS = 10
"""How many nearest neighbours of every real sample are kept."""

FARTHEST = 1e150
"""The largest coordinate of a point whose distances can still be squared."""


class Remembering:
    """Computes each thing once."""

    def __init__(self) -> None:
        self._known: dict[Hashable, Any] = {}

    def once(self, key: Hashable, compute: Callable[[], T]) -> T:
        """`compute()` of the first call with this key."""
        if key not in self._known:
            self._known[key] = compute()
        value: T = self._known[key]
        return value


def _measurable(points: Tensor) -> Tensor:
    """`points`, N x D, unless the square of a distance between them is not finite; then raises NotFinite."""
    require_finite(points)
    if bool((far := (points.abs() > FARTHEST).any(dim=1)).any()):
        raise NotFinite(f"{int(far.sum())} of {len(points)} samples are farther than {FARTHEST:g}")
    return points


class Scored(Remembering):
    """N samples, real or generated, in the form that metrics are defined on; on the scorer's device."""

    def __init__(self, x: Tensor, device: str | torch.device = "cpu") -> None:
        """x: float; images N x C x H x W in [-1, 1], or points N x D within `FARTHEST`. Raises NotFinite."""
        super().__init__()
        x = x.detach().to(device)
        if not x.is_floating_point():
            raise ValueError(f"samples are floats (images in [-1, 1]), not {x.dtype}")
        self._images = to_uint8(x) if x.ndim == 4 else None
        self._points = _measurable(x.double()) if x.ndim == 2 else None
        self.n = len(x)

    @property
    def images(self) -> Tensor:
        """uint8, N x C x H x W; only of image data."""
        assert self._images is not None, "these samples are points"
        return self._images

    @property
    def points(self) -> Tensor:
        """float64, N x D, raw coordinates; only of a mixture."""
        assert self._points is not None, "these samples are images"
        return self._points

    @property
    def raw(self) -> Tensor:
        """Images or points, whichever these are."""
        return self.points if self._images is None else self._images

    def features(self, extractor: Extractor | None) -> Features:
        """What `extractor` says about the images; of points, with None, the points themselves."""
        if extractor is None:
            return Features(self.points, self.points.new_zeros((self.n, 0)))
        return self.once(("features", extractor.name, extractor.sha256), lambda: extractor(self.images))


class Real(Remembering):
    """Real samples as one extractor sees them, and what follows from them alone: computed when asked for."""

    def __init__(self, features: Features, kept: Kept) -> None:
        """`kept`: where costly parts are looked up."""
        super().__init__()
        self.features = features
        self._kept = kept

    @property
    def moments(self) -> Moments:
        """Mean, covariance and its triangle."""
        return self.once("moments", self._moments)

    def _moments(self) -> Moments:
        def compute() -> dict[str, Tensor]:
            found = Moments.of(self.features.values)
            parts = {"mean": found.mean, "covariance": found.covariance, "triangle": found.triangle}
            return {name: torch.from_numpy(value) for name, value in parts.items()}

        found = {name: part.cpu().numpy() for name, part in self._kept("moments", compute).items()}
        return Moments(found["mean"], found["covariance"], known_triangle=found["triangle"])

    @property
    def nearest(self) -> Tensor:
        """float64, N x k: distances to the k nearest other rows, ascending; k is NEIGHBOURS, or N - 1 if
        less."""

        def compute() -> dict[str, Tensor]:
            return {"nearest": nearest(self.features.values, NEIGHBOURS)}

        return self.once("nearest", lambda: self._kept("nearest", compute)["nearest"])

    def closest(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Distance and index of the row that is nearest to each of `x`, N x D; as `_neighbours.closest`."""
        rows = self.features.values
        tree = self.once("tree", lambda: kd_tree(rows)) if is_flat(rows) else None
        return closest(x, rows, tree)

    def radius(self, k: int) -> Tensor:
        """float64, N: distance of every row to its k-th nearest other row, or to the farthest if there are
        fewer."""
        known = self.nearest
        if k > known.shape[1] and known.shape[1] < len(known) - 1:
            known = self.once(("nearest", k), lambda: nearest(self.features.values, k))
        return known[:, min(k, known.shape[1]) - 1]


class Bank(Remembering):
    """The real side of every score."""

    def __init__(self, data: Data, samples: Samples, parts: Split, n: int, device: str = "cpu") -> None:
        """`n`: rows of the reference, and of the oracle."""
        super().__init__()
        self.data = data
        self.priors = samples.priors.double().to(device)
        """float64, K: the share of each mode in the data."""
        self.centres = None if samples.centres is None else samples.centres.double().to(device)
        self.sigma = samples.sigma
        self.n = n
        self.parts = parts
        self.device = device

    @property
    def reference(self) -> Scored:
        """The training samples that generated ones are compared with."""
        return self.rows("reference")

    def rows(self, part: Part, count: int | None = None) -> Scored:
        """The first `count` rows of a part (`n` if None; fewer if there are not so many)."""
        count = count or self.n
        source = self.parts.held_out if part == "held_out" else self.parts.train
        return self.once(("rows", part, count), lambda: Scored(source[:count], self.device))

    def extractor(self, wanted: Wanted) -> Extractor:
        """The extractor, loaded once. Raises what `load_extractor` does."""
        return self.once(wanted, lambda: load_extractor(wanted, self.device))

    def features(self, samples: Scored, wanted: Wanted | None) -> Features:
        """Samples as an extractor sees them; points, with None, as they are."""
        return samples.features(None if wanted is None else self.extractor(wanted))

    def real(self, wanted: Wanted | None, part: Part = "reference", count: int | None = None) -> Real:
        """Real samples as an extractor sees them (points, with None, as they are); from the disk if known."""
        return self.once(("real", wanted, part, count), lambda: self._real(wanted, self.rows(part, count)))

    def _real(self, wanted: Wanted | None, rows: Scored) -> Real:
        extractor = None if wanted is None else self.extractor(wanted)
        about = {
            "data": repr(self.data),
            "split_seed": self.parts.seed,
            # Another processor or library rounds features in another way.
            "computed": [torch.device(self.device).type, torch.__version__],
            "extractor": extractor and [extractor.name, extractor.layer, extractor.sha256],
        }
        name = _cache.key(rows.raw, about)

        def kept(part: str, compute: Callable[[], dict[str, Tensor]]) -> dict[str, Tensor]:
            found = _cache.kept(f"{name}-{part}", compute)
            return {key: value.to(self.device) for key, value in found.items()}

        def seen() -> dict[str, Tensor]:
            features = rows.features(extractor)
            return {"features": features.values, "logits": features.logits}

        found = seen() if extractor is None else kept("features", seen)
        return Real(Features(found["features"], found["logits"]), kept)
