"""D estimates an f-divergence between data and samples from below, and G lowers the estimate.

    L_D = -E[g(V(x))] + E[f*(g(V(G(z))))]
    L_G = -E[f*(g(V(G(z))))]              (`minimax`)
    L_G = -E[g(V(G(z)))]                  (`non_saturating`)

where V is D's logit, g = g_f an activation onto the domain of the conjugate f*, and D_f(p ‖ q) = ∫ q f(p/q):

    `forward_kl`          D_f = ∫ p log(p/q)      g(v) = v          f*(t) = e^(t - 1)      V* = 1 + log(p/q)
    `reverse_kl`          D_f = ∫ q log(q/p)      g(v) = -e^-v      f*(t) = -1 - log(-t)   V* = log(p/q)
    `pearson`             D_f = ∫ (p - q)²/q      g(v) = v          f*(t) = t²/4 + t       V* = 2 (p/q - 1)
    `squared_hellinger`   D_f = ∫ (√p - √q)²      g(v) = 1 - e^-v   f*(t) = t/(1 - t)      V* = ½ log(p/q)

At D's optimum V*, g(V*) = f'(p/q) and -L_D = D_f: which divergence one lowers decides whether G rather
covers all modes (forward KL, Pearson) or rather avoids what is not data (reverse KL). The second loss of G
pulls where the first is flat and rests at the same point (section 3.2 of the paper, after Goodfellow et al.).

Where an exponent exceeds 20, a density ratio of 5e8, e^x goes on as its tangent: finite in float32, still
convex and increasing, with the same optimum up to that ratio. Pearson's t²/4 + t, as the paper has it, falls
below t = -2, where no optimal D is but one in training may be: there `minimax` pushes G the wrong way. Some
implementations drop the sign in g's exponential; g then falls, and real and generated change places. The
paper wants g to increase.

Reference: Nowozin, Cseke, Tomioka 2016, "f-GAN: training generative neural samplers using variational
divergence minimization", tables 2 and 6, section 3.2, arXiv:1606.00709.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from torch import Tensor

from gan.losses.base import Loss, Targets
from gan.tree import knob, tree

LARGEST_EXPONENT = 20.0
"""Beyond it e^x is continued by its tangent: gradients of 5e8 can still be squared and summed in float32."""


def _exp(x: Tensor) -> Tensor:
    within = x.clamp(max=LARGEST_EXPONENT)
    return within.exp() * (1.0 + (x - within))


@dataclass(frozen=True)
class _Divergence:
    activation: Callable[[Tensor], Tensor]
    """g_f(v)."""
    conjugate: Callable[[Tensor], Tensor]
    """f*(g_f(v)), simplified: none of them needs a logarithm or a quotient."""
    boundary: float
    """The v at which g_f(v) = f'(1): real and generated samples are equally dense."""


_DIVERGENCES = {
    "forward_kl": _Divergence(lambda v: v, lambda v: _exp(v - 1.0), 1.0),
    "reverse_kl": _Divergence(lambda v: -_exp(-v), lambda v: v - 1.0, 0.0),
    "pearson": _Divergence(lambda v: v, lambda v: 0.25 * v.square() + v, 0.0),
    "squared_hellinger": _Divergence(lambda v: 1.0 - _exp(-v), lambda v: _exp(v) - 1.0, 0.0),
}


@tree
class FDivergence(Loss):
    divergence: Literal["forward_kl", "reverse_kl", "pearson", "squared_hellinger"] = knob(
        "forward_kl", unit="name"
    )
    """Which divergence from the data D estimates."""
    objective: Literal["minimax", "non_saturating"] = knob("minimax", unit="name")
    """What G descends: the estimate itself, or minus what D says of its samples."""

    def boundary(self, real_B: Tensor, fake_B: Tensor) -> Tensor | float:
        return _DIVERGENCES[self.divergence].boundary

    def discriminator(self, real_B: Tensor, fake_B: Tensor, targets: Targets | None) -> Tensor:
        f = _DIVERGENCES[self.divergence]
        return f.conjugate(fake_B).mean() - f.activation(real_B).mean()

    def generator(self, fake_B: Tensor, real_B: Tensor | None, targets: Targets | None) -> Tensor:
        f = _DIVERGENCES[self.divergence]
        return -(f.conjugate if self.objective == "minimax" else f.activation)(fake_B).mean()
