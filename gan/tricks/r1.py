"""Zero-centred gradient penalty on real samples.

    R₁ = γ/2 E_x[‖∇ₓ D(x)‖²],   x real

D is punished for slope where the data are, so that at the equilibrium it is flat and G is left in
peace: training then converges locally. The paper's ½ is kept, as in StyleGAN and R3GAN; implementations
that leave it out (`half: false`) mean by the same γ a penalty twice as strong.

`every: 16` is the lazy regularisation of StyleGAN2, which evaluates the penalty in every 16th step and
multiplies it by 16 (Karras et al. 2020).

Reference: Mescheder, Geiger, Nowozin 2018, "Which training methods for GANs do actually converge?",
arXiv:1801.04406; Karras et al. 2020, "Analyzing and improving the image quality of StyleGAN",
appendix B, arXiv:1912.04958.
"""

from __future__ import annotations

from torch import Tensor

from gan.schedules import Scheduled, value
from gan.tree import knob, tree
from gan.tricks._slope import mean_square, needs_independent_samples
from gan.tricks.base import At, Batch, Critic, Setup, Trick


@tree
class R1(Trick):
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
        return factor * value(self.gamma, at.t) * mean_square(critic, batch.real)
