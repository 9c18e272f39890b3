"""A recipe becomes values: every number a scalar tensor in the run's own precision, the rest structure."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
import torch
from gan_cases import CPU, DCGAN, MLP, RING, recipe
from torch.utils import _pytree as pytree

from gan.build import component, evaluation_copy, knobs_of, nets_of, stack, state_of, why_not
from gan.recipe import Choice
from gan.registry import DATA, LOSSES, OPTIMIZERS, TRICKS
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


@pytest.mark.parametrize(
    ("name", "knobs", "reason"),
    [
        (
            "discrete",
            {"length": 2, "symbols": 2, "modes": 16},
            "discrete: 2 symbols make 4 words of length 2",
        ),
        ("celeba", {"side": 128, "crop": 108}, "celeba: `crop` 108 is less than `side` 128"),
        ("celeba", {"attribute": "Smilin"}, "celeba: unknown attribute 'Smilin'"),
    ],
)
def test_options_that_cannot_be_are_the_first_reason(name: str, knobs: dict[str, Any], reason: str) -> None:
    """Before the model and the tricks have theirs: the data alone is to blame."""
    impossible = recipe(
        {"label_smoothing": {}}, "wasserstein", data=Choice.of(DATA, name, **knobs), model=MLP
    )
    possible = dataclasses.replace(impossible, data=Choice.of(DATA, name))
    assert str(why_not(impossible)).startswith(reason)
    assert "label_smoothing" in str(why_not(possible)), "or a trick would not have declined at all"


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
