"""Every parameter of D is held within bounds after each of its updates.

    w_i → max(-c, min(c, w_i))   for all parameters of D

keeps D among functions of one Lipschitz constant, which the Wasserstein loss asks for. The constant is that
of no particular size: it grows with width and depth at a given c, a large c takes long to train D to its
optimum, a small one makes gradients vanish. All parameters are clipped, biases and the gains of norms among
them, as in the authors' code, and those that other tricks add to D.

Reference: Arjovsky, Chintala, Bottou 2017, "Wasserstein GAN", algorithm 1, arXiv:1701.07875.
"""

from __future__ import annotations

import math

from torch import Tensor

from gan.schedules import Scheduled, value
from gan.tree import knob, tree
from gan.tricks._bounds import held_within
from gan.tricks._players import acts_on
from gan.tricks.base import At, Setup, Trick


@tree
class WeightClip(Trick):
    bound: Scheduled = knob(0.01, unit="weight", low=1e-6, high=math.inf, log=True, neutral=math.inf)
    """Largest size c of a parameter; the paper's: 0.01."""

    def fits(self, setup: Setup) -> str | None:
        for other in ("spectral_norm", "weight_norm"):
            if acts_on(setup, other, "discriminator"):
                return f"{other} rescales the weights of D, which undoes the bound; leave one of the two out"
        return None

    def project(self, parameters_P: Tensor, at: At) -> Tensor:
        if at.side != "discriminator":
            return parameters_P
        return held_within(parameters_P, value(self.bound, at.t))
