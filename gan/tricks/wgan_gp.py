"""Gradient penalty towards slope 1 between real and generated samples.

    GP = λ E[(‖∇_x̂ D(x̂)‖ - k)²],   x̂ = u x + (1 - u) G(z),   u ~ U(0, 1) a sample,   k = 1
    GP = λ E[max(0, ‖∇_x̂ D(x̂)‖ - k)²]   if one-sided

A soft Lipschitz constraint along the lines on which an optimal Wasserstein critic has slope 1;
replaces weight clipping. Two-sided, as in the paper's experiments; the paper also names the one-sided
penalty, which leaves slopes below k alone, and Petzka et al. argue for it. Karras et al. 2018 use
another `target` k for some data (750 on CIFAR-10, with λ/k² in place of λ).

Reference: Gulrajani et al. 2017, "Improved training of Wasserstein GANs", arXiv:1704.00028; Petzka,
Fischer, Lukovnikov 2018, "On the regularization of Wasserstein GANs", arXiv:1709.08894 (one-sided);
Karras et al. 2018, "Progressive growing of GANs", arXiv:1710.10196 (target).
"""

from __future__ import annotations

from typing import Literal

from torch import Tensor

from gan.schedules import Scheduled, value
from gan.tree import knob, tree
from gan.tricks._slope import between, needs_independent_samples, norms, slopes
from gan.tricks.base import At, Batch, Critic, Setup, Trick


@tree
class WganGp(Trick):
    weight: Scheduled = knob(10.0, unit="1", low=0.0, high=1000.0, log=True, neutral=0.0)
    """Weight λ of the penalty."""
    sided: Literal["two", "one"] = knob("two", unit="name")
    """Whether slopes below the target are punished as well (two) or left alone (one)."""
    target: float = knob(1.0, unit="logits per data unit", low=0.0, high=1000.0)
    """Slope k that D is drawn to, or held below."""
    every: int = knob(1, unit="steps", low=1, high=10_000)
    """Steps between evaluations; the weight is multiplied by it."""

    def fits(self, setup: Setup) -> str | None:
        return needs_independent_samples(setup)

    def penalty(self, critic: Critic, batch: Batch, at: At) -> Tensor | float:
        excess_L = norms(slopes(critic, between(critic, batch, at))) - self.target
        if self.sided == "one":
            excess_L = excess_L.clamp(min=0.0)
        return value(self.weight, at.t) * excess_L.square().mean()
