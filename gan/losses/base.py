"""What every loss is: two functions of logits."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar

from torch import Tensor

Targets = tuple[float | Tensor, float | Tensor]
"""What D's logits are trained towards, on real and on generated samples: scalars or tensors of shape B."""


class Loss(ABC):
    """Losses of both players. Logits have shape B; each loss is a scalar to be minimised."""

    pairs: ClassVar[bool] = False
    """Whether G's loss also looks at D's logits on real samples."""

    def fits(self) -> str | None:
        """Why its knobs do not go together, in words that say what to change; None if they do."""
        return None

    @property
    def targets(self) -> Targets | None:
        """D's targets on (real, generated) samples; None if the loss has no targets to smooth or flip."""
        return None

    def boundary(self, real_B: Tensor, fake_B: Tensor) -> Tensor | float:
        """The logit above which D takes a sample for real, given its logits on both kinds.

        0 where D's logits are those of a classifier. A loss that is blind to a constant added to all logits
        has no such point, and takes the middle between the two means.
        """
        return 0.0

    @abstractmethod
    def discriminator(self, real_B: Tensor, fake_B: Tensor, targets: Targets | None) -> Tensor:
        """D's loss. `targets` is `self.targets` after the tricks; None where that is None."""

    @abstractmethod
    def generator(self, fake_B: Tensor, real_B: Tensor | None, targets: Targets | None) -> Tensor:
        """G's loss. `real_B` is given if `pairs`; `targets` are D's own, before any trick."""


def middle(real_B: Tensor, fake_B: Tensor) -> Tensor:
    """Half way between D's mean logits on real and on generated samples, scalar."""
    return 0.5 * (real_B.detach().mean() + fake_B.detach().mean())
