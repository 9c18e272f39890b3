"""Length and direction of every weight vector of a player are trained apart.

    w = g v / ‖v‖   for each row w of a weight matrix,   with g and v trained in place of w

The gradient at v is orthogonal to v and shrinks as v grows, so that v finds its own step size; w's length
is one number. Each g begins as ‖v‖, so that the network begins as the same function with and without the
trick (the paper also takes the first g and biases from the activations of one batch). A row of zeros has no
direction and is used as it is; its first update gives it one.

A row is everything at one index of the weight's first axis, as in PyTorch: a unit of a linear layer, an
output channel of a convolution. Of a transposed convolution it is an input channel, though the paper's rows
are those of outputs.

Reference: Salimans and Kingma 2016, "Weight normalization: a simple reparameterization to accelerate
training of deep neural networks", arXiv:1602.07868.
"""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor

from gan.models.base import Layout, Parameters
from gan.rng import Rng
from gan.tree import knob, tree
from gan.tricks._players import acts_on, needs_matrices
from gan.tricks.base import At, Setup, Side, Trick


@tree
class WeightNorm(Trick):
    player: Literal["discriminator", "generator", "both"] = knob("discriminator", unit="name")
    """Whose weights are normalised."""

    def fits(self, setup: Setup) -> str | None:
        sides: tuple[Side, ...] = ("generator", "discriminator")
        for side in sides:
            if self.player in (side, "both") and acts_on(setup, "spectral_norm", side):
                return (
                    f"the length of each row of the {side} is a parameter of its own, which undoes what "
                    "spectral_norm divides by; leave one of the two out, or give them different players"
                )
        return needs_matrices(setup, self.player)

    def learns(self, side: Side, layout: Layout, features: int) -> dict[str, tuple[int, ...]]:
        if self.player not in (side, "both"):
            return {}
        return {name: shape[:1] for name, shape in layout.shapes if len(shape) > 1}

    def initial(self, name: str, shape: tuple[int, ...], own: Parameters, rng: Rng) -> Tensor:
        return own[name].flatten(1).square().sum(dim=1).sqrt()

    def weights(self, parameters: Parameters, at: At) -> Parameters:
        used, own = dict(parameters), f"{at.name}:"
        for key, lengths in parameters.items():
            if key.startswith(own):
                name = key.removeprefix(own)
                used[name] = _with_lengths(parameters[name], lengths)
        return used


def _with_lengths(weight: Tensor, lengths: Tensor) -> Tensor:
    """Each row of `weight` made as long as `lengths` says; a row of zeros stays."""
    column = (len(lengths), *[1] * (weight.ndim - 1))
    squares = weight.flatten(1).square().sum(dim=1)
    pointing = squares > 0.0
    # Replaced before the root, whose slope at 0 would make the gradient NaN.
    scales = torch.where(pointing, lengths / torch.where(pointing, squares, 1.0).sqrt(), 1.0)
    return weight * scales.reshape(column)
