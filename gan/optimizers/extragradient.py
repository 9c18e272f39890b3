"""Descend along the gradient that a trial step finds, instead of the one at hand.

    round 1:   θ½ ← θ - η d(θ)           both players try a step, and remember θ
    round 2:   θ  ← θ - η d(θ½)          from θ, along what they found there

Looking ahead tells a player how its opponent will answer, so that in a bilinear game the circling players
come nearer with every step. d is the gradient (`base: sgd`) or Adam's direction (`base: adam`), whose moments
and bias correction see the gradients of both rounds, as in the paper's algorithm 4 and the authors' code.

Two rounds, each on fresh batches, make one step: `steps` counts gradient evaluations, and both training and
evaluation end on an even number of rounds, since after an odd one the players stand at θ½. The averages of
`ema` and `historical_averaging` take in both θ½ and θ; theory averages the θ½ (Nemirovski 2004), the paper's
experiments the θ.

Reference: Korpelevich 1976, "The extragradient method for finding saddle points and other problems",
Matecon 12; Gidel, Berard et al. 2019, "A variational inequality perspective on generative adversarial
networks", arXiv:1802.10551.
"""

from __future__ import annotations

from dataclasses import fields
from typing import Literal

import torch
from torch import Tensor

from gan.optimizers import _adam
from gan.optimizers.base import Moments, Optimizer
from gan.tree import knob, tree
from gan.tricks.base import Setup


@tree
class Extragradient(Optimizer):
    base: Literal["adam", "sgd"] = knob("adam", unit="name")
    """What turns a gradient into a direction: Adam, or nothing."""
    beta1: float = knob(0.5, unit="1", low=0.0, high=0.999)
    """Decay β₁ of the first moment a round; acts with `base: adam`."""
    beta2: float = knob(0.999, unit="1", low=0.0, high=0.99999)
    """Decay β₂ of the second moment a round; acts with `base: adam`."""
    epsilon: float = knob(1e-8, unit="gradient", low=1e-16, high=1.0, log=True)
    """Added to the denominator; acts with `base: adam`."""

    @property
    def rounds(self) -> int:
        return 2

    def fits(self, setup: Setup) -> str | None:
        if not setup.simultaneous:
            return "both players have to look ahead from the same point; set updates: simultaneous"
        if (setup.d_steps, setup.g_steps) != (1, 1):
            return "both players have to look ahead once a round; set d_steps: 1 and g_steps: 1"
        idle = [f.name for f in fields(self) if f.name != "base" and getattr(self, f.name) != f.default]
        if self.base == "sgd" and idle:
            return f"{idle[0]} does not act with base: sgd; leave it out, or set base: adam"
        for name, trick in setup.tricks.items():
            if trick.every > 1 and trick.every % 2 == 0:
                return (
                    f"every other round is only a trial, and the penalty of {name} would fall on no other; "
                    "set its every to an odd number"
                )
            if getattr(trick, "period", 2) % 2:
                return f"two rounds make one step; set the period of {name} to an even number"
        return None

    def begin(self, parameters_P: Tensor) -> Moments:
        moments = _adam.begin(parameters_P) if self.base == "adam" else {}
        return {**moments, "from": parameters_P, "ahead": parameters_P.new_zeros(())}

    def update(
        self, parameters_P: Tensor, gradient_P: Tensor, moments: Moments, lr: Tensor
    ) -> tuple[Tensor, Moments]:
        after: Moments = {}
        if self.base == "adam":
            after = _adam.seen(gradient_P, moments, self.beta1, self.beta2)
        way = _adam.direction(after, self.epsilon) if self.base == "adam" else gradient_P
        ahead = moments["ahead"]
        begun = torch.where(ahead > 0.0, moments["from"], parameters_P)
        return begun - lr * way, {**after, "from": begun, "ahead": 1.0 - ahead}
