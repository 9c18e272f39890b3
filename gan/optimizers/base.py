"""What every optimiser is: a pure function of a vector, its gradient and its moments."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

from torch import Tensor

if TYPE_CHECKING:
    from gan.tricks.base import Setup

Moments = dict[str, Tensor]
"""An optimiser's memory: named vectors of shape P or scalars, whatever it needs."""


class Optimizer(ABC):
    """Turns gradients into new parameters. Parameters are one flat vector of shape P."""

    @property
    def rounds(self) -> int:
        """Rounds of training that make one step of it; in between, players are not where they belong."""
        return 1

    def fits(self, setup: Setup) -> str | None:
        """Why it cannot train this setup, in words that say what to change; None if it can."""
        return None

    @abstractmethod
    def begin(self, parameters_P: Tensor) -> Moments:
        """The moments before the first update."""

    @abstractmethod
    def update(
        self, parameters_P: Tensor, gradient_P: Tensor, moments: Moments, lr: Tensor
    ) -> tuple[Tensor, Moments]:
        """New parameters and moments after one descent step of learning rate `lr` (a scalar)."""
