"""Zero-centred gradient penalty on real samples.

    R₁ = γ/2 E_x[‖∇ₓ D(x)‖²],   x real

D is punished for slope where the data are, so that at the equilibrium it is flat and G is left in
peace: training then converges locally. The paper's ½ is kept; StyleGAN's γ is the same.

Reference: Mescheder, Geiger, Nowozin 2018, "Which training methods for GANs do actually converge?",
arXiv:1801.04406.
"""

from __future__ import annotations

from torch import Tensor

from gan.schedules import Scheduled, value
from gan.tree import knob, tree
from gan.tricks._slope import needs_independent_samples, slopes
from gan.tricks.base import At, Batch, Critic, Setup, Trick


@tree
class R1(Trick):
    gamma: Scheduled = knob(1.0, unit="1", low=0.0, high=1000.0, log=True, neutral=0.0)
    """Weight γ of the penalty."""

    def fits(self, setup: Setup) -> str | None:
        return needs_independent_samples(setup)

    def penalty(self, critic: Critic, batch: Batch, at: At) -> Tensor | float:
        slope_LF = slopes(critic, batch.real)
        return 0.5 * value(self.gamma, at.t) * slope_LF.square().sum() / len(slope_LF)
