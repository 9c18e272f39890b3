"""Neighbours are counted as in the paper's formula, here as loops over samples, kernels and dimensions."""

from __future__ import annotations

import dataclasses
import math

import torch
from gan_cases import moment, recipe, trained
from torch import Tensor

from gan.build import why_not
from gan.rng import Rng
from gan.tricks.base import At
from gan.tricks.minibatch_discrimination import MinibatchDiscrimination

NOISE = torch.Generator().manual_seed(0)
FEATURES = torch.randn(6, 4, generator=NOISE, dtype=torch.float64)
T = 0.5 * torch.randn(4, 3, 2, generator=NOISE, dtype=torch.float64)
WEIGHT = torch.randn(3, generator=NOISE, dtype=torch.float64)
LOGITS = torch.randn(6, generator=NOISE, dtype=torch.float64)
TRICK = MinibatchDiscrimination(kernels=3, dims=2)


def _at(T: Tensor, weight: Tensor) -> At:
    return dataclasses.replace(moment(), parameters={"it:T": T, "it:weight": weight})


def _by_hand(h: Tensor, T: Tensor, weight: Tensor) -> Tensor:
    out = []
    for i in range(len(h)):
        logit = LOGITS[i]
        for b in range(T.shape[1]):
            neighbours = torch.zeros((), dtype=torch.float64)
            for j in range(len(h)):
                if j != i:
                    distance = sum(((h[i] - h[j]) @ T[:, b, c]).abs() for c in range(T.shape[2]))
                    neighbours = neighbours + torch.exp(-torch.as_tensor(distance))
            logit = logit + weight[b] * neighbours
        out.append(logit)
    return torch.stack(out)


def test_values_and_gradients_are_those_of_the_loops() -> None:
    """To 1e-8, in the features, in T and in the head's weights."""
    given = (FEATURES, T, WEIGHT)
    pull = torch.arange(1.0, 7.0, dtype=torch.float64)

    def ours(h: Tensor, T: Tensor, weight: Tensor) -> Tensor:
        return TRICK.output(LOGITS, h, _at(T, weight))

    torch.testing.assert_close(ours(*given), _by_hand(*given), rtol=0, atol=1e-8)
    for index in range(3):
        one = torch.func.grad(lambda *a: pull @ ours(*a), index)(*given)
        other = torch.func.grad(lambda *a: pull @ _by_hand(*a), index)(*given)
        torch.testing.assert_close(one, other, rtol=0, atol=1e-8)
        assert one.abs().max() > 1e-3


def test_a_collapsed_batch_has_all_neighbours_and_a_scattered_one_none() -> None:
    """B - 1 in every kernel, or 0."""
    weight = torch.tensor([1.0, 0.0, 0.0], dtype=torch.float64)
    zero = torch.zeros(6, dtype=torch.float64)
    alike = TRICK.output(zero, FEATURES[:1].expand(6, 4), _at(T, weight))
    torch.testing.assert_close(alike, torch.full((6,), 5.0, dtype=torch.float64))
    apart = TRICK.output(zero, 1e6 * FEATURES, _at(T, weight))
    torch.testing.assert_close(apart, zero)


def test_what_it_learns_begins_as_it_says() -> None:
    """T as N(0, 1/F), the head at 0; both move in training."""
    rng = Rng.of(torch.tensor(0), -1, torch.float64)
    begun = TRICK.initial("T", (400, 50, 5), {}, rng)
    count = begun.numel()
    assert abs(float(begun.mean()) * math.sqrt(400 * count)) < 4
    assert abs(float(begun.square().mean()) * 400 - 1) < 4 * math.sqrt(2 / count)
    cohort = trained(recipe({"minibatch_discrimination": {"kernels": 3, "dims": 2}}, steps=5))
    layout = cohort.nets.layouts["discriminator"]
    moved = layout.unpack(cohort.replica(0).state.players["discriminator"].parameters)
    assert moved["minibatch_discrimination:T"].shape == (8, 3, 2)
    assert (moved["minibatch_discrimination:weight"] != 0).all()


def test_a_lone_logit_is_declined() -> None:
    """It has no neighbours."""
    assert why_not(recipe({"minibatch_discrimination": {}}, batch_size=1)) is not None
    assert why_not(recipe({"minibatch_discrimination": {}}, batch_size=2)) is None
