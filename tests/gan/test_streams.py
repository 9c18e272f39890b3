"""Common random numbers: adding a trick shifts nobody else's."""

from __future__ import annotations

import dataclasses

import pytest
import torch
from gan_cases import CPU, DIGITS, MLP, RING, Recipe, cohort_of, home, recipe
from torch import Tensor

from gan.build import knobs_of, nets_of, state_of
from gan.players import Knobs
from gan.registry import LOSSES, TRICKS
from gan.step import step
from gan.tricks.base import At, Batch, Critic, Trick
from gan.tricks.chain import Chain


class Probe(Trick):
    """Writes down what it is handed, and what its own stream gives."""

    def __init__(self) -> None:
        self.latents: list[list[float]] = []
        self.batches: list[list[float]] = []
        self.own: list[list[float]] = []

    def latent(self, z_BZ: Tensor, at: At) -> Tensor:
        self.latents.append(z_BZ.flatten().tolist())
        return z_BZ

    def penalty(self, critic: Critic, batch: Batch, at: At) -> Tensor | float:
        # Only D's own updates: in those that G looks ahead to, the samples are G's to differentiate.
        if not batch.fake.requires_grad:
            self.batches.append(batch.real.flatten().tolist())
            self.own.append(at.rng.normal((5,)).tolist())
        return 0.0


def _watched(run: Recipe) -> tuple[Probe, dict[str, Tensor]]:
    """What a probe sees in three rounds, and the networks' initial weights by player and name."""
    knobs, nets, data = knobs_of(run, CPU), nets_of(run), cohort_of([run]).data
    probe = Probe()
    tricks: dict[str, Trick] = {"probe": probe, **knobs.tricks.tricks}  # first, before others change z
    knobs = Knobs(knobs.seed, knobs.lr, knobs.loss, knobs.optimizer, Chain(tricks))
    state = state_of(run, nets, knobs)
    begun = {
        f"{side} {name}": weights
        for side, player in state.players.items()
        for name, weights in nets.layouts[side].own(nets.layouts[side].unpack(player.parameters)).items()
    }
    for n in range(3):
        state, _ = step(state, data, knobs, torch.tensor(n), nets)
    return probe, begun


def _alike(one: dict[str, Tensor], other: dict[str, Tensor]) -> bool:
    return one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)


def _layer(name: str) -> str:
    return name.rpartition(".")[0]


@pytest.mark.parametrize("name", TRICKS.names())
def test_adding_a_trick_shifts_nobodys_random_numbers(name: str) -> None:
    """Same initial weights, real batches and latents with and without it, and same private streams."""
    with_it = home(name, d_steps=2, seed=5)
    without = dataclasses.replace(with_it, tricks=tuple(t for t in with_it.tricks if t.name != name))
    (one, begun), (other, also) = _watched(with_it), _watched(without)
    assert begun.keys() == also.keys(), "what a trick adds comes beside the networks' own"
    # A D that is to judge packs of samples has more weights in its first layer.
    wider = {_layer(name) for name, weights in begun.items() if weights.shape != also[name].shape}
    same = {name for name in begun if _layer(name) not in wider}
    assert {name for name in begun if name.startswith("generator")} < same
    assert all(torch.equal(begun[name], also[name]) for name in same), "the initial weights are the seed's"
    assert len(other.batches) == 6, "three rounds of two updates"
    assert _again(one.batches, other.batches) == other.batches, "the real batches are the seed's alone"
    assert one.latents[:6] == other.latents[:6], "the latents are the seed's alone"
    assert _again(one.own, other.own) == other.own, "another trick's private stream is its own"


def _again(seen: list[list[float]], before: list[list[float]]) -> list[list[float]]:
    """What was seen before, in order and once; a trick may have the losses evaluated at further places."""
    return [list(numbers) for numbers in dict.fromkeys(map(tuple, seen)) if list(numbers) in before]


def test_every_update_sees_fresh_random_numbers() -> None:
    """No two batches, latents or private draws of a training are alike, and another seed gives others."""
    probe, begun = _watched(recipe(d_steps=2, seed=5))
    for seen in (probe.latents, probe.batches, probe.own):
        assert len({tuple(numbers) for numbers in seen}) == 6, "three rounds of two updates"
    another, elsewhere = _watched(recipe(d_steps=2, seed=6))
    assert not _alike(begun, elsewhere)
    assert probe.latents[0] != another.latents[0] and probe.batches[0] != another.batches[0]


@pytest.mark.parametrize("loss", LOSSES.names())
def test_arms_with_another_loss_share_weights_batches_and_latents(loss: str) -> None:
    """Losses can be compared in pairs, seed by seed, from the first update on."""
    (one, begun), (other, also) = _watched(recipe(loss=loss)), _watched(recipe())
    assert _alike(begun, also)
    assert one.batches == other.batches and one.latents == other.latents


@pytest.mark.parametrize("data", [RING, DIGITS])
def test_the_same_seed_begins_with_the_same_weights_whatever_the_rest(data: object) -> None:
    """Learning rates, batch size and length do not enter the initial weights."""
    base = recipe(data=data, model=MLP)
    changed = dataclasses.replace(base, generator_lr=0.1, batch_size=8, steps=7, d_steps=3)
    assert _alike(_watched(base)[1], _watched(changed)[1])
