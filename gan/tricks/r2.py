"""Zero-centred gradient penalty on generated samples.

    R₂ = γ/2 E_z[‖∇_y D(y)‖²],   y = G(z)

D is punished for slope where G is, which makes training converge locally as R₁ does. The two together
keep D smooth while the two distributions are still far apart, where either alone does not: R3GAN needs
both. The paper's ½ is kept, as in R3GAN; `half: false` leaves it out.

Reference: Mescheder, Geiger, Nowozin 2018, "Which training methods for GANs do actually converge?",
arXiv:1801.04406; Huang et al. 2024, "The GAN is dead; long live the GAN! A modern GAN baseline",
arXiv:2501.05441.
"""

from __future__ import annotations

from torch import Tensor

from gan.schedules import Scheduled, value
from gan.tree import knob, tree
from gan.tricks._slope import mean_square, needs_independent_samples
from gan.tricks.base import At, Batch, Critic, Setup, Trick


@tree
class R2(Trick):
    gamma: Scheduled = knob(1.0, unit="1", low=0.0, high=1000.0, log=True, neutral=0.0)
    """Weight γ of the penalty."""
    half: bool = knob(True, unit="yes or no")
    """Whether γ is halved, as in the paper."""
    every: int = knob(1, unit="steps", low=1, high=10_000)
    """Steps between evaluations; the weight is multiplied by it."""

    def fits(self, setup: Setup) -> str | None:
        return needs_independent_samples(setup)

    def penalty(self, critic: Critic, batch: Batch, at: At) -> Tensor | float:
        factor = 0.5 if self.half else 1.0
        return factor * value(self.gamma, at.t) * mean_square(critic, batch.fake)
