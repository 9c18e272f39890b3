"""g v / ‖v‖ and its gradients, against PyTorch's parametrisation and the paper's formulas."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from gan_cases import moment, recipe, trained
from torch import Tensor, nn
from torch.nn.utils import parametrizations

from gan.build import knobs_of, nets_of, state_of, why_not
from gan.models.base import Layout
from gan.recipe import Choice
from gan.registry import DATA, MODELS
from gan.tricks.weight_norm import WeightNorm

LAYERS = {
    "linear": lambda: nn.Linear(5, 3),
    "convolution": lambda: nn.Conv2d(2, 3, 4, 2, 1),
    "transposed": lambda: nn.ConvTranspose2d(2, 3, 4, 2, 1),
}


def _random(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


@pytest.mark.parametrize("kind", LAYERS)
def test_it_is_pytorchs_weight_norm(kind: str) -> None:
    """Outputs and the gradients at g and v, for lengths other than those of v."""
    layer = LAYERS[kind]().double()
    trick, name = WeightNorm(player="both"), "weight"
    x = _random(4, 5) if kind == "linear" else _random(4, 2, 8, 8)
    v = _random(*layer.weight.shape, seed=1)
    g = _random(*trick.learns("generator", Layout.of(layer), 1)[name], seed=2)
    bias = layer.bias.detach().clone()

    def ours(lengths: Tensor, direction: Tensor) -> Tensor:
        used = trick.weights({"weight": direction, "bias": bias, "it:weight": lengths}, moment())
        out = torch.func.functional_call(layer, Layout.of(layer).own(used), (x,))
        return (out * torch.arange(out.numel(), dtype=out.dtype).reshape(out.shape)).sum()

    gradients, value = torch.func.grad_and_value(ours, argnums=(0, 1))(g, v)
    reference = parametrizations.weight_norm(LAYERS[kind]().double())
    parameters = dict(reference.named_parameters())
    with torch.no_grad():
        parameters["bias"].copy_(bias)
        parameters["parametrizations.weight.original0"].copy_(g.reshape(-1, *[1] * (v.ndim - 1)))
        parameters["parametrizations.weight.original1"].copy_(v)
    out = reference(x)
    theirs = (out * torch.arange(out.numel(), dtype=out.dtype).reshape(out.shape)).sum()
    theirs.backward()
    torch.testing.assert_close(value, theirs.detach(), rtol=1e-8, atol=1e-8)
    for index, gradient in enumerate(gradients):
        wanted = parameters[f"parametrizations.weight.original{index}"].grad
        assert wanted is not None
        torch.testing.assert_close(gradient, wanted.reshape(gradient.shape), rtol=1e-8, atol=1e-8)


def test_gradients_are_those_of_the_paper() -> None:
    """∇_g = ∇_w · v / ‖v‖ and ∇_v = g / ‖v‖ ∇_w - g ∇_g / ‖v‖² v, row by row; so ∇_v is orthogonal to v."""
    v, g, slope = _random(3, 5), _random(3, seed=1), _random(3, 5, seed=2)
    trick = WeightNorm()

    def value(lengths: Tensor, direction: Tensor) -> Tensor:
        return (trick.weights({"w": direction, "it:w": lengths}, moment())["w"] * slope).sum()

    at_g, at_v = torch.func.grad(value, argnums=(0, 1))(g, v)
    for row in range(3):
        length = float(v[row].norm())
        wanted = float(slope[row] @ v[row]) / length
        assert float(at_g[row]) == pytest.approx(wanted, rel=1e-8)
        by_hand = float(g[row]) / length * slope[row] - float(g[row]) * wanted / length**2 * v[row]
        torch.testing.assert_close(at_v[row], by_hand, rtol=1e-8, atol=1e-8)
        assert float(at_v[row] @ v[row]) == pytest.approx(0.0, abs=1e-9)


@pytest.mark.parametrize("player", ["discriminator", "generator", "both"])
def test_the_networks_begin_as_the_same_functions(player: Any) -> None:
    """The weights in use are the initial ones to rounding, though the named player has more parameters."""
    plain, normed = recipe(), recipe({"weight_norm": {"player": player}})
    states = []
    for run in (plain, normed):
        knobs, nets = knobs_of(run, torch.device("cpu")), nets_of(run)
        states.append((state_of(run, nets, knobs), nets, knobs))
    (without, nets, _), (state, more, knobs) = states
    sides: Any = ("generator", "discriminator")
    for side in sides:
        own = nets.layouts[side].unpack(without.players[side].parameters)
        given = more.layouts[side].unpack(state.players[side].parameters)
        used = knobs.tricks.weights(given, moment(side=side))
        for name, parameter in own.items():
            torch.testing.assert_close(used[name], parameter, rtol=1e-12, atol=0.0)
        added = {name for name in given if ":" in name}
        matrices = {f"weight_norm:{name}" for name, p in own.items() if p.ndim > 1}
        assert added == (matrices if player in (side, "both") else set())


def test_rows_are_as_long_as_their_parameter_says_after_training() -> None:
    """‖w_k‖ = |g_k|, with lengths that have moved."""
    run = recipe({"weight_norm": {}})
    cohort = trained(run)
    given = cohort.nets.layouts["discriminator"].unpack(
        cohort.replica(0).state.players["discriminator"].parameters
    )
    used = cohort.knobs[0].tricks.weights(given, moment())
    moved = 0.0
    for key, lengths in given.items():
        if key.startswith("weight_norm:"):
            name = key.removeprefix("weight_norm:")
            torch.testing.assert_close(used[name].flatten(1).norm(dim=1), lengths.abs())
            moved = max(moved, float((lengths - given[name].flatten(1).norm(dim=1)).abs().max()))
    assert moved > 1e-4


def test_a_row_of_zeros_is_used_as_it_is_and_gets_a_direction() -> None:
    """Finite at 0, with the gradient of a plain weight; then g = 0 moves and the row lives."""
    trick, slope = WeightNorm(), torch.tensor([[1.0, 2.0], [3.0, 4.0]], dtype=torch.float64)
    v = torch.tensor([[0.0, 0.0], [3.0, 4.0]], dtype=torch.float64)
    g = trick.initial("w", (2,), {"w": v}, moment().rng)
    assert g.tolist() == [0.0, 5.0]

    def value(lengths: Tensor, direction: Tensor) -> Tensor:
        return (trick.weights({"w": direction, "it:w": lengths}, moment())["w"] * slope).sum()

    at_g, at_v = torch.func.grad(value, argnums=(0, 1))(g, v)
    assert torch.equal(at_v[0], slope[0]), "as without the trick"
    assert at_g.isfinite().all() and at_v.isfinite().all()
    at_g, _ = torch.func.grad(value, argnums=(0, 1))(g, v - 0.1 * at_v)
    assert float(at_g[0]) == pytest.approx(-float(slope[0].norm())), "downhill from a length of 0"


@pytest.mark.parametrize("ours", ["discriminator", "generator", "both"])
@pytest.mark.parametrize("theirs", ["discriminator", "generator", "both"])
def test_it_declines_beside_spectral_norm_on_the_same_player(ours: Any, theirs: Any) -> None:
    """One divides by a size that the other restores; on different players both are fine."""
    reason = why_not(recipe({"weight_norm": {"player": ours}, "spectral_norm": {"player": theirs}}))
    apart = {ours, theirs} == {"discriminator", "generator"}
    assert (reason is None) == apart
    assert reason is None or "spectral_norm" in reason


@pytest.mark.parametrize("trick", ["weight_norm", "spectral_norm"])
def test_a_player_without_a_matrix_is_declined(trick: str) -> None:
    """The generator of `dirac` is one number; its discriminator has a matrix, of one number."""
    world = {"data": Choice.of(DATA, "dirac"), "model": Choice.of(MODELS, "dirac")}
    reason = why_not(recipe({trick: {"player": "generator"}}, **world))
    assert reason is not None and "no generator of this model has a weight matrix" in reason
    assert why_not(recipe({trick: {"player": "both"}}, **world)) is None
