"""A recipe becomes values: every number a scalar tensor in the run's own precision, the rest structure."""

from __future__ import annotations

import dataclasses

import pytest
import torch
from gan_cases import CPU, DCGAN, MLP, RING, recipe
from torch.utils import _pytree as pytree

from gan.build import component, evaluation_copy, knobs_of, nets_of, stack, state_of, why_not
from gan.recipe import Choice
from gan.registry import LOSSES, OPTIMIZERS, TRICKS
from gan.step import step
from gan.tricks.base import At, Trick
from gan.tricks.chain import Chain


@pytest.mark.parametrize("precision", ["float32", "float64"])
def test_numbers_have_the_precision_of_the_run(precision: str) -> None:
    """0.1 in float64 is 0.1, and not float32's neighbour of it."""
    run = recipe({"r1": {"gamma": 0.1}}, generator_lr=0.1, discriminator_lr=0.3, precision=precision)
    knobs, dtype = knobs_of(run, CPU), getattr(torch, precision)
    wanted = torch.tensor(0.1, dtype=dtype)
    assert torch.equal(knobs.lr["generator"], wanted) and knobs.lr["generator"].dtype == dtype
    assert torch.equal(knobs.tricks.tricks["r1"].gamma, wanted)  # type: ignore[attr-defined]
    numbers = [leaf for leaf in pytree.tree_leaves(knobs) if isinstance(leaf, torch.Tensor)]
    assert all(leaf.dtype in (dtype, torch.int64) and leaf.ndim == 0 for leaf in numbers)


def test_progress_has_the_precision_of_the_run() -> None:
    """A tenth of the way is 0.1 to the last bit."""
    seen = []

    class Clock(Trick):
        def latent(self, z_BZ: torch.Tensor, at: At) -> torch.Tensor:
            seen.append(at.t)
            return z_BZ

    run = recipe(steps=10)
    knobs, nets = knobs_of(run, CPU), nets_of(run)
    knobs = dataclasses.replace(knobs, tricks=Chain({"clock": Clock()}))
    state = state_of(run, nets, knobs)
    data = torch.zeros(5, 2, dtype=torch.float64)
    for n in (0, 1, 7):
        step(state, data, knobs, torch.tensor(n), nets)
    assert [float(t) for t in seen] == [0.0, 0.1, 0.7]


@pytest.mark.parametrize("name", TRICKS.names())
def test_a_whole_number_for_a_knob_is_a_knob(name: str) -> None:
    """Never structure."""
    ones = {knob.name: 1 for knob in TRICKS.spec(name).knobs if not knob.structural}
    made = component("trick", Choice.of(TRICKS, name, **ones))
    assert all(isinstance(getattr(made, key), float) for key in ones)


def test_every_loss_and_optimizer_can_be_made_from_its_defaults() -> None:
    """As a study that sets nothing does."""
    for kind, registry in (("loss", LOSSES), ("optimizer", OPTIMIZERS)):
        for name in registry.names():
            assert component(kind, Choice.of(registry, name)) == registry.load(name)()


def test_a_model_that_cannot_make_the_data_is_declined_by_name() -> None:
    """The reason names the model, and a combination that applies has none."""
    assert str(why_not(recipe(data=RING, model=DCGAN))).startswith("dcgan: ")
    assert why_not(recipe(data=RING, model=MLP)) is None


def test_networks_hold_no_numbers() -> None:
    """They are structure: replicas share them, and weights are always handed in."""
    nets = nets_of(recipe())
    for network in (nets.generator, nets.discriminator):
        assert all(parameter.is_meta for parameter in network.parameters())


def test_stacking_refuses_other_structure() -> None:
    """Trees that differ in anything but numbers are no cohort."""
    one, other = {"x": torch.ones(2), "name": "a"}, {"x": torch.zeros(2), "name": "b"}
    assert stack([one, one])["x"].shape == (2, 2)
    with pytest.raises(AssertionError, match="structure"):
        stack([one, other])


def test_a_copy_for_evaluation_leaves_the_original_in_training() -> None:
    """And is itself in evaluation mode, all the way down."""
    network = nets_of(recipe()).generator
    copied = evaluation_copy(network)
    assert all(module.training for module in network.modules())
    assert not any(module.training for module in copied.modules())


def test_the_players_begin_with_weights_of_their_own() -> None:
    """Layers of one name and shape in both networks are not copies of each other."""
    run = recipe()
    nets = nets_of(run)
    players = state_of(run, nets, knobs_of(run, CPU)).players
    g, d = (
        nets.layouts[side].unpack(players[side].parameters)["layers.1.weight"]
        for side in ("generator", "discriminator")
    )
    assert g.shape == d.shape and not torch.equal(g, d)
