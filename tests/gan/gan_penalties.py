"""Penalties the slow way: one pack after another, one derivative after another, by plain autograd."""

from __future__ import annotations

from collections.abc import Callable

import torch
from gan_cases import CPU, Recipe, cohort_of, critic
from torch import Tensor
from torch.nn import functional as F

from gan.build import knobs_of, nets_of, state_of
from gan.players import Knobs, Nets, Player
from gan.rng import Rng
from gan.tricks.base import At, Batch, Side, Trick

UNITS = 5
Reference = Callable[[Tensor], Tensor]
"""A penalty as a function of D's parameters."""


def normal(*shape: int, seed: int = 0) -> Tensor:
    """Numbers to be real, or generated, or weights; float64."""
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def weights(inputs: int) -> Tensor:
    """Parameters of a discriminator that sees so many numbers."""
    return normal(UNITS * (inputs + 2) + 1, seed=7)


def logits(weights_P: Tensor, x: Tensor, pack: int = 1) -> Tensor:
    """A smooth discriminator with one hidden layer. Shape: B / pack."""
    packs = x.reshape(len(x) // pack, -1)
    sizes = [UNITS * packs.shape[1], UNITS, UNITS, 1]
    w, b, v, c = weights_P.split(sizes)
    return torch.tanh(packs @ w.reshape(UNITS, -1).T + b) @ v + c


def packs(x: Tensor, pack: int) -> list[Tensor]:
    """What D judges together, one at a time."""
    return [x[index : index + pack] for index in range(0, len(x), pack)]


def slope(weights_P: Tensor, one: Tensor) -> Tensor:
    """∇ of the logit of one pack, as a vector that depends on the weights."""
    one = one.clone().requires_grad_()
    (gradient,) = torch.autograd.grad(logits(weights_P, one, len(one))[0], one, create_graph=True)
    return gradient.reshape(-1)


def agrees(trick: Trick, given: Batch, at: At, pack: int, reference: Reference) -> None:
    """The trick's penalty and its gradient in D's parameters are the reference's, to 1e-8."""
    weights_P = weights(given.real[0].numel() * pack)

    def penalty(own_P: Tensor) -> Tensor:
        return torch.as_tensor(trick.penalty(critic(lambda x: logits(own_P, x, pack), pack), given, at))

    gradient, value = torch.func.grad_and_value(penalty)(weights_P)
    leaf = weights_P.clone().requires_grad_()
    expected = reference(leaf)
    (slow,) = torch.autograd.grad(expected, leaf)
    assert slow.norm() > 1e-3, "or nothing was compared"
    torch.testing.assert_close(value, expected.detach(), rtol=1e-8, atol=1e-8)
    torch.testing.assert_close(gradient, slow, rtol=1e-8, atol=1e-8)


def world(run: Recipe) -> tuple[Player, Player, Tensor, Nets, Knobs, At]:
    """G, D, the data, and all that else the first step of a run is given."""
    knobs, nets, data = knobs_of(run, CPU), nets_of(run), cohort_of([run]).data
    state = state_of(run, nets, knobs)
    rng = Rng.of(knobs.seed, 0, nets.dtype)
    zero = torch.zeros((), dtype=nets.dtype)
    at = At(zero, rng, state.memory, "discriminator", nets.layouts, shape=nets.shape)
    return state.players["generator"], state.players["discriminator"], data, nets, knobs, at


def mlp(nets: Nets, side: Side, vector_P: Tensor, x: Tensor) -> Tensor:
    """`gan.models.mlp` for points, written out. Shape: B x outputs."""
    parts = list(nets.layouts[side].unpack(vector_P).values())
    for index in range(0, len(parts), 2):
        x = x @ parts[index].T + parts[index + 1]
        x = F.leaky_relu(x, 0.2) if index + 2 < len(parts) else x
    return x
