"""Samples in, scores out: every metric of a study against one fixed part of the data.

The reference is the first n of the samples that runs train on, the oracle the first n of those that they
never see (`bench.metrics._split`): scored by the same code as if a generator had made them, they are the best
that any generator can reach at this n.

Scoring leaves the caller's random numbers, gradient mode and modules untouched.
"""

from __future__ import annotations

import dataclasses
import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

import torch
from torch import Tensor

from bench.features.pixels import NotFinite, require_finite
from bench.metrics._bank import Bank, Scored
from bench.metrics._split import split
from bench.metrics.base import Metric, Output
from bench.metrics.named import metric_of
from gan.data.base import Data, Samples
from gan.data.errors import DataError
from gan.recipe import Choice

_PATHS = ("extractor", "weights", "classifier")
"""Options that may be a path: what they lead to is recorded by name and hash."""
SCORING = 2
"""Raised whenever the same samples would get other scores than before; part of the protocol."""


@dataclass(frozen=True)
class Look:
    """What a scorer finds in generated samples."""

    scores: dict[str, float]
    """The value of every output."""
    held: str | None
    """Which modes of the data are held, a 1 or 0 each; None if no metric counts modes."""


class Scorer:
    """The metrics of a study, ready for samples of any of its runs."""

    def __init__(self, bank: Bank, metrics: dict[str, Metric]) -> None:
        """Use `Scorer.of`."""
        self.n = bank.n
        """How many generated samples a score takes: as many as there are in the reference."""
        self.outputs = _outputs(metrics, bank.data)
        """Every number that `score` returns, by name, in the order of the table."""
        self.train = bank.parts.train
        """The samples that runs may learn from, float N x shape."""
        self.held_out = bank.parts.held_out[: self.n]
        """The samples that the oracle is scored on, float `n` x shape; no run sees them."""
        self._bank = bank
        self._metrics = metrics
        self._oracle: dict[str, float] | None = None

    @classmethod
    def of(
        cls,
        data: Data,
        samples: Samples,
        metrics: Sequence[Choice],
        n: int,
        seed: int = 0,
        device: str = "cpu",
    ) -> Scorer:
        """A scorer of `metrics` against `samples`, the loaded `data`.

        Args:
            n: Generated samples a score, and as many real ones; fewer if not so many are held out.
            seed: Of the permutation that splits the data.
            device: Where images are turned into features.

        Raises:
            DataError: The data itself is not finite, or too small to hold samples out.
            ValueError: A metric does not fit the data or comes twice, two share an output, or n < 2.
        """
        try:
            require_finite(samples.x)
        except NotFinite as error:
            raise DataError(f"the data cannot be used: {error}") from None
        parts = split(samples.x, seed, samples.groups)
        n = min(n, len(parts.held_out))
        if n < 2:
            raise ValueError(f"scores need at least 2 samples, not {n}")
        loaded: dict[str, Metric] = {}
        for choice in metrics:
            metric = metric_of(choice)
            reason = metric.fits(data)
            if reason is not None:
                raise ValueError(f"metric {choice.name}: {reason}")
            if choice.name in loaded:
                raise ValueError(f"metric {choice.name} is asked for twice")
            loaded[choice.name] = metric
        return cls(Bank(data, samples, parts, n, device), loaded)

    def score(self, x: Tensor) -> dict[str, float]:
        """The value of every output for generated samples.

        Args:
            x: Float; images `n` x C x H x W in [-1, 1] (clamped) or points `n` x d, on any device.

        Raises:
            NotFinite: A sample, or a score, is NaN or infinite.
            ValueError: The samples have another shape or number than the reference.
        """
        return self.look(x).scores

    def look(self, x: Tensor) -> Look:
        """As `score`, with what else a verdict needs to know of the samples."""
        expected = (self.n, *self._bank.data.shape)
        if tuple(x.shape) != expected:
            raise ValueError(f"scores are comparable at one shape, {expected}, and not {tuple(x.shape)}")
        values: dict[str, float] = {}
        held = None
        with torch.no_grad():
            samples = Scored(x, self._bank.device)
            for metric in self._metrics.values():
                values |= metric.score(self._bank, samples)
                modes = metric.held(self._bank, samples)
                held = held if modes is None else "".join("1" if mode else "0" for mode in modes.tolist())
        for name, value in values.items():
            if not math.isfinite(value):
                raise NotFinite(f"{name} is {value}: the samples are beyond what can be scored")
        return Look(values, held)

    def oracle(self) -> dict[str, float]:
        """The scores of real samples that no run has seen. Raises DataError if real data cannot be scored."""
        if self._oracle is None:
            try:
                self._oracle = self.score(self.held_out)
            except NotFinite as error:
                raise DataError(f"the data cannot be used: scored against itself, {error}") from None
        return dict(self._oracle)

    def protocol(self) -> dict[str, Any]:
        """Everything besides the samples that a score depends on; plain values. Loads the extractors.

        The path of a weights file is not part of it, its content's hash is.
        """
        parts = self._bank.parts
        options: dict[str, dict[str, Any]] = {}
        for name, metric in self._metrics.items():
            wanted = metric.reads(self._bank.data)
            fields = dataclasses.asdict(metric)  # type: ignore[call-overload]
            options[name] = {k: v for k, v in fields.items() if k not in _PATHS}
            if wanted is not None:
                extractor = self._bank.extractor(wanted)
                options[name] |= {
                    "extractor": extractor.name,
                    "layer": extractor.layer,
                    "weights_sha256": extractor.sha256,
                }
        return {
            "n_real": self.n,
            "n_fake": self.n,
            "split": f"{len(parts.train)} training and {len(parts.held_out)} held-out samples",
            "split_seed": parts.seed,
            "reference": f"the first {self.n} training samples",
            "oracle": f"the first {self.n} held-out samples",
            "images_sha256": self._content(),
            "scoring": SCORING,
            "metrics": options,
            "versions": {name: version(name) for name in ("torch", "torch-fidelity", "numpy", "scipy")},
        }

    def _content(self) -> str | None:
        """Hash of the images of the reference and of the oracle: files of one name may hold other data.

        None for points: they follow from the data's options, and their last digits from the processor.
        """
        parts = [self._bank.rows(part).raw for part in ("reference", "held_out")]
        if parts[0].ndim == 2:
            return None
        digest = hashlib.sha256()
        for part in parts:
            digest.update(part.cpu().contiguous().numpy().tobytes())
        return digest.hexdigest()


def _outputs(metrics: dict[str, Metric], data: Data) -> dict[str, Output]:
    outputs: dict[str, Output] = {}
    for name, metric in metrics.items():
        for output in metric.outputs(data):
            if output.name in outputs:
                raise ValueError(f"metric {name}: another metric already reports {output.name}")
            outputs[output.name] = output
    return outputs
