"""Samples in, scores out: every metric of a study against one fixed half of the data.

The real data is permuted with the evaluation seed (files are ordered: MNIST's test split begins with the
easier half), then its first n samples are the reference and the next n, disjoint, are the oracle: scored by
the same code as if a generator had made them, they are the best that any generator can reach at this n.

Scoring leaves the caller's random numbers, gradient mode and modules untouched.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from importlib.metadata import version
from typing import Any

import torch
from torch import Tensor

from bench.features.pixels import NotFinite, to_uint8
from bench.metrics._bank import Bank, Scored
from bench.metrics.base import Metric, Output
from bench.registries import METRICS
from gan.data.base import Data, Samples
from gan.recipe import Choice

__all__ = ["NotFinite", "Scorer", "to_uint8"]


class Scorer:
    """The metrics of a study, ready for samples of any of its runs."""

    def __init__(self, bank: Bank, oracle: Tensor, metrics: dict[str, Metric], seed: int) -> None:
        """Use `Scorer.of`."""
        self.n = bank.reference.n
        """How many generated samples a score takes: as many as there are in the reference."""
        self.outputs = _outputs(metrics, bank.data)
        """Every number that `score` returns, by name, in the order of the table."""
        self._bank = bank
        self._oracle = oracle
        self._metrics = metrics
        self._seed = seed

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
            n: Generated samples a score, and as many real ones; at most half of the data.
            seed: Of the permutation that splits the data.
            device: Where images are turned into features.

        Raises:
            ValueError: A metric does not fit the data or comes twice, two share an output, or n < 2.
        """
        n = min(n, len(samples.x) // 2)
        if n < 2:
            raise ValueError(f"scores need at least 2 samples and as many real ones twice, not {n}")
        loaded: dict[str, Metric] = {}
        for choice in metrics:
            metric: Metric = METRICS.load(choice.name)(**choice.knobs)
            reason = metric.fits(data)
            if reason is not None:
                raise ValueError(f"metric {choice.name}: {reason}")
            if choice.name in loaded:
                raise ValueError(f"metric {choice.name} is asked for twice")
            loaded[choice.name] = metric
        order = torch.randperm(len(samples.x), generator=torch.Generator().manual_seed(seed))
        halves = samples.x[order[: 2 * n].to(samples.x.device)]
        return cls(Bank(data, samples, Scored(halves[:n]), device), halves[n:], loaded, seed)

    def score(self, x: Tensor) -> dict[str, float]:
        """The value of every output for generated samples.

        Args:
            x: Float; images `n` x C x H x W in [-1, 1] (clamped) or points `n` x 2, on any device.

        Raises:
            NotFinite: A sample, or a score, is NaN or infinite.
            ValueError: The samples have another shape or number than the reference.
        """
        expected = (self.n, *self._bank.data.shape)
        if tuple(x.shape) != expected:
            raise ValueError(f"scores are comparable at one shape, {expected}, and not {tuple(x.shape)}")
        values: dict[str, float] = {}
        with torch.no_grad():
            samples = Scored(x)
            for metric in self._metrics.values():
                values |= metric.score(self._bank, samples)
        for name, value in values.items():
            if not math.isfinite(value):
                raise NotFinite(f"{name} is {value}: the samples are beyond what can be scored")
        return values

    def oracle(self) -> dict[str, float]:
        """The scores of the real samples that are not in the reference."""
        return self.score(self._oracle)

    def protocol(self) -> dict[str, Any]:
        """Everything besides the samples that a score depends on; plain values. Loads the extractors.

        The path of a weights file is not part of it, its content's hash is.
        """
        options: dict[str, dict[str, Any]] = {}
        for name, metric in self._metrics.items():
            wanted = metric.reads(self._bank.data)
            fields = dataclasses.asdict(metric)  # type: ignore[call-overload]
            options[name] = {k: v for k, v in fields.items() if k not in ("extractor", "weights")}
            if wanted is not None:
                extractor = self._bank.extractor(wanted)
                options[name] |= {"extractor": extractor.name, "weights_sha256": extractor.sha256}
        return {
            "n_real": self.n,
            "n_fake": self.n,
            "reference": f"rows 1 to {self.n} of the permuted data",
            "oracle": f"rows {self.n + 1} to {2 * self.n} of the permuted data",
            "evaluation_seed": self._seed,
            "metrics": options,
            "versions": {name: version(name) for name in ("torch", "torch-fidelity", "numpy")},
        }


def _outputs(metrics: dict[str, Metric], data: Data) -> dict[str, Output]:
    outputs: dict[str, Output] = {}
    for name, metric in metrics.items():
        for output in metric.outputs(data):
            if output.name in outputs:
                raise ValueError(f"metric {name}: another metric already reports {output.name}")
            outputs[output.name] = output
    return outputs
