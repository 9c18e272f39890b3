"""What every metric is: a component that says what it measures, on which data, and measures it.

A metric is a file of this folder, found by its name; its options are knobs and part of the protocol.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Literal

from torch import Tensor

from bench.features.extractor import Wanted
from bench.metrics._bank import Bank, Scored
from gan.data.base import Data


@dataclass(frozen=True)
class Output:
    """One number of a metric, and what a table needs to print and to rank it."""

    name: str
    """Key in the journal, in MLflow and in the table; unique over all metrics of a study."""
    label: str
    """What a person reads above the column."""
    direction: Literal["higher", "lower", "none"]
    """Which way is better; "none" for a number that only describes."""
    digits: int
    """Decimals worth printing."""
    ceiling: float | None = None
    """The value of a perfect generator, where it is known in closed form."""
    headline: bool = True
    """Whether a ranking may rest on it; the others describe, and stand together at the end of a report."""


class Metric(ABC):
    """A measurement of N generated samples against the data."""

    @abstractmethod
    def outputs(self, data: Data) -> tuple[Output, ...]:
        """The numbers that `score` returns on this data, in the order of the table."""

    @abstractmethod
    def fits(self, data: Data) -> str | None:
        """The reason why it cannot be computed on this data; None if it can."""

    @abstractmethod
    def score(self, bank: Bank, samples: Scored) -> dict[str, float]:
        """A value for each output. Pure: neither argument changes but for what they remember.

        Args:
            bank: The real samples, and whatever is computed from them once.
            samples: The generated samples, finite, as many as the real ones.
        """

    def cautions(self, data: Data, n: int, primary: bool) -> list[str]:
        """Why its numbers would mislead here, and what to ask instead; one sentence each.

        Args:
            data: What is scored.
            n: Samples a score.
            primary: Whether a study's conclusions rest on this metric.
        """
        return []

    def held(self, bank: Bank, samples: Scored) -> Tensor | None:
        """Which modes of the data the samples hold, bool K; None from a metric that counts no modes."""
        return None

    def modes_counted(self, data: Data) -> int | None:
        """How many modes `held` tells apart, of stacks in a channel; None if only loading the data tells."""
        return None

    def reads(self, data: Data) -> Wanted | None:
        """The extractor through which it sees images, for the protocol; None if it needs none."""
        return None
