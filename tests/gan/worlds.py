"""The first round of a training taken apart: its players, its batch, its losses."""

from __future__ import annotations

import itertools

import torch
from gan_cases import CPU, cohort_of
from torch import Tensor
from torch.nn import functional as F

from gan.build import knobs_of, nets_of, state_of
from gan.recipe import Choice, Recipe
from gan.registry import OPTIMIZERS
from gan.rng import Rng
from gan.step import draw, step
from gan.tricks.base import At

SGD = Choice.of(OPTIMIZERS, "sgd")


class World:
    """All that the first round of a run is given."""

    def __init__(self, run: Recipe) -> None:
        self.knobs, self.nets, self.data = knobs_of(run, CPU), nets_of(run), cohort_of([run]).data
        self.state = state_of(run, self.nets, self.knobs)
        self.G, self.D = (self.state.players[side] for side in ("generator", "discriminator"))
        rng, t = Rng.of(self.knobs.seed, 0, self.nets.dtype), torch.zeros((), dtype=self.nets.dtype)
        begun = At(t, rng, self.state.memory, "discriminator", self.nets.layouts, shape=self.nets.shape)
        self.d_turn = begun.place("round 0")
        self.g_turn = begun.place("generator", "generator")
        self.batch = draw(self.G, self.data, self.nets, self.knobs, self.d_turn)[0][0]

    def stepped(self) -> dict[str, Tensor]:
        """Both players' parameters after the first round."""
        state, _ = step(self.state, self.data, self.knobs, torch.tensor(0), self.nets)
        return {side: player.parameters for side, player in state.players.items()}


def mlp(vector_P: Tensor, sizes: list[int], x: Tensor) -> Tensor:
    """What `gan.models.mlp` computes, written out: linear layers with LeakyReLU 0.2 between them."""
    at, pairs = 0, list(itertools.pairwise(sizes))
    for index, (a, b) in enumerate(pairs):
        weight, at = vector_P[at : at + a * b].reshape(b, a), at + a * b
        bias, at = vector_P[at : at + b], at + b
        x = x @ weight.T + bias
        x = F.leaky_relu(x, 0.2) if index < len(pairs) - 1 else x
    assert at == len(vector_P)
    return x
