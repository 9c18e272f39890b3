"""Gradient penalty towards slope 1 around the real samples alone.

    GP = λ E[(‖∇_x̂ D(x̂)‖ - k)²],   x̂ = x + α c s δ,   s the standard deviation of the real batch

D's sharp slopes around real samples are what goes with mode collapse, the paper finds; the penalty
rounds them off there and leaves the rest of space to D, so that any loss can be used. The perturbation:

    δ ~ U(0, 1)    `one_sided`, the authors' code, in which also α ~ U(0, 1) a sample (`interpolate`)
    δ ~ U(-1, 1)   `both_sides`: with c = ½ it is s (U(0, 1) - ½), as in compare_gan
    δ ~ N(0, 1)    `gaussian`, the paper's equation, there without s and with c for the variance

each a number a coordinate. Without `interpolate` α is 1. s is taken over all numbers of the batch, and is
the root of the mean square (not the unbiased estimate), as in the authors' code. Coordinates stay as they
fall: nothing clips them to the data's range.

Reference: Kodali et al. 2017, "On convergence and stability of GANs", arXiv:1705.07215; Lucic et al. 2018,
"Are GANs created equal?", arXiv:1711.10337 (compare_gan).
"""

from __future__ import annotations

from typing import Literal

from torch import Tensor

from gan.rng import Rng
from gan.schedules import Scheduled, value
from gan.tree import knob, tree
from gan.tricks._slope import needs_independent_samples, norms, per_pack, slopes
from gan.tricks.base import At, Batch, Critic, Setup, Trick


@tree
class Dragan(Trick):
    weight: Scheduled = knob(10.0, unit="1", low=0.0, high=1000.0, log=True, neutral=0.0)
    """Weight λ of the penalty."""
    target: float = knob(1.0, unit="logits per data unit", low=0.0, high=1000.0)
    """Slope k that D is drawn to."""
    radius: Scheduled = knob(0.5, unit="standard deviations of the batch", low=0.0, high=10.0)
    """Size c of the perturbation."""
    noise: Literal["one_sided", "both_sides", "gaussian"] = knob("one_sided", unit="name")
    """Distribution of the perturbation."""
    interpolate: bool = knob(False, unit="yes or no")
    """Whether each perturbation is shortened by a random factor α, one a sample."""
    every: int = knob(1, unit="steps", low=1, high=10_000)
    """Steps between evaluations; the weight is multiplied by it."""

    def fits(self, setup: Setup) -> str | None:
        return needs_independent_samples(setup)

    def penalty(self, critic: Critic, batch: Batch, at: At) -> Tensor | float:
        x = batch.real
        step = value(self.radius, at.t) * x.std(correction=0) * self._drawn(at.rng.at("noise"), x.shape)
        if self.interpolate:
            alpha_L = at.rng.at("alpha").uniform((len(x) // critic.pack,))
            step = per_pack(critic, alpha_L, x) * step
        excess_L = norms(slopes(critic, x + step)) - self.target
        return value(self.weight, at.t) * excess_L.square().mean()

    def _drawn(self, rng: Rng, shape: tuple[int, ...]) -> Tensor:
        """The perturbation δ. Shape: `shape`."""
        if self.noise == "gaussian":
            return rng.normal(shape)
        uniform = rng.uniform(shape)
        return uniform if self.noise == "one_sided" else 2.0 * uniform - 1.0
