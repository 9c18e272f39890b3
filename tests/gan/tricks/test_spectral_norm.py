"""After convergence every normalised matrix has largest singular value 1, by a dense decomposition."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from gan_cases import NOTHING, moment
from torch import Tensor
from torch.nn import functional as F

from gan.models.base import Layout
from gan.tricks.base import Side, Vectors
from gan.tricks.spectral_norm import SpectralNorm

SHAPES = (("a.weight", (6, 4)), ("a.bias", (6,)), ("b.weight", (5, 3, 4, 4)), ("c.weight", (1, 7)))
LAYOUTS: dict[Side, Layout] = {"generator": Layout((("g.weight", (3, 3)),)), "discriminator": Layout(SHAPES)}
GENERATOR = torch.Generator().manual_seed(0)
PLAYERS: Vectors = {
    side: torch.randn(layout.size, generator=GENERATOR, dtype=torch.float64)
    for side, layout in LAYOUTS.items()
}


def _converged(trick: SpectralNorm, iterations: int = 500) -> dict[str, Tensor]:
    memory = trick.begin(PLAYERS, moment(layouts=LAYOUTS))
    for _ in range(iterations):
        _, memory = trick.update(PLAYERS, {}, NOTHING, moment(memory=memory, layouts=LAYOUTS))
    return memory


def _top(weight: Tensor) -> float:
    return float(torch.linalg.svdvals(weight.flatten(1))[0])


@pytest.mark.parametrize("name", ["a.weight", "b.weight", "c.weight"])
def test_the_largest_singular_value_becomes_one(name: str) -> None:
    """For a square-ish matrix, for a kernel with one row an output channel, for a single row."""
    trick = SpectralNorm(player="discriminator")
    at = moment(memory=_converged(trick), layouts=LAYOUTS)
    before = LAYOUTS["discriminator"].unpack(PLAYERS["discriminator"])
    after = trick.weights(before, at)
    assert _top(before[name]) != pytest.approx(1.0, abs=0.1)
    assert _top(after[name]) == pytest.approx(1.0, abs=1e-9)
    torch.testing.assert_close(after[name] * _top(before[name]), before[name])


def test_biases_are_left_alone() -> None:
    """Only what is a matrix has a singular value."""
    trick = SpectralNorm(player="discriminator")
    before = LAYOUTS["discriminator"].unpack(PLAYERS["discriminator"])
    after = trick.weights(before, moment(memory=_converged(trick, 1), layouts=LAYOUTS))
    assert torch.equal(after["a.bias"], before["a.bias"])


def test_the_gradient_is_that_of_the_ratio() -> None:
    """With converged vectors, W / σ(W) does not change along W, and elsewhere as finite differences say."""
    trick = SpectralNorm(player="discriminator")
    at = moment(memory=_converged(trick), layouts=LAYOUTS)
    before = LAYOUTS["discriminator"].unpack(PLAYERS["discriminator"])
    probe = torch.randn(6, 4, generator=GENERATOR, dtype=torch.float64)

    def shadow(weight: Tensor) -> Tensor:
        return (trick.weights({**before, "a.weight": weight}, at)["a.weight"] * probe).sum()

    def exact(weight: Tensor) -> Tensor:
        return (weight / torch.linalg.svdvals(weight)[0] * probe).sum()

    weight = before["a.weight"]
    gradient = torch.func.grad(shadow)(weight)
    torch.testing.assert_close(gradient, torch.func.grad(exact)(weight), rtol=1e-7, atol=1e-9)
    assert float((gradient * weight).sum()) == pytest.approx(0.0, abs=1e-9)
    assert gradient.norm() > 0.01, "a gradient flows"


def test_singular_vectors_are_constants_in_the_gradient() -> None:
    """Also far from convergence: that of W / (uᵀ W v) with u and v held fixed, by hand."""
    trick = SpectralNorm(player="discriminator")
    memory = _converged(trick, 0)
    before = LAYOUTS["discriminator"].unpack(PLAYERS["discriminator"])
    at = moment(memory=memory, layouts=LAYOUTS)
    weight, probe = before["a.weight"], torch.arange(24, dtype=torch.float64).reshape(6, 4)
    v = weight.T @ memory["discriminator.a.weight"]
    v = v / v.norm()
    u = weight @ v
    u = u / u.norm()
    sigma = u @ weight @ v
    by_hand = probe / sigma - (weight * probe).sum() / sigma**2 * torch.outer(u, v)
    gradient = torch.func.grad(
        lambda w: (trick.weights({**before, "a.weight": w}, at)["a.weight"] * probe).sum()
    )(weight)
    torch.testing.assert_close(gradient, by_hand, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize(
    ("player", "sides"), [("generator", {"generator"}), ("both", {"generator", "discriminator"})]
)
def test_only_the_named_player_is_normalised(player: Any, sides: set[str]) -> None:
    """And memory is kept for nobody else."""
    memory = SpectralNorm(player=player).begin(PLAYERS, moment(layouts=LAYOUTS))
    assert {key.split(".")[0] for key in memory} == sides
    parameters = LAYOUTS["discriminator"].unpack(PLAYERS["discriminator"])
    after = SpectralNorm(player=player).weights(parameters, moment(memory=memory, layouts=LAYOUTS))
    assert torch.equal(after["a.weight"], parameters["a.weight"]) == ("discriminator" not in sides)


def test_a_matrix_of_zeros_stays_and_learns() -> None:
    """It has no largest singular value to divide by; its gradient is that of the weights themselves."""
    trick = SpectralNorm(player="discriminator")
    at = moment(memory=_converged(trick, 0), layouts=LAYOUTS)
    before = LAYOUTS["discriminator"].unpack(PLAYERS["discriminator"])
    probe = torch.arange(24, dtype=torch.float64).reshape(6, 4)

    def shadow(weight: Tensor) -> Tensor:
        return (trick.weights({**before, "a.weight": weight}, at)["a.weight"] * probe).sum()

    zeros = torch.zeros(6, 4, dtype=torch.float64)
    assert torch.equal(trick.weights({**before, "a.weight": zeros}, at)["a.weight"], zeros)
    assert torch.equal(torch.func.grad(shadow)(zeros), probe)


def test_it_is_the_papers_algorithm_step_by_step() -> None:
    """Algorithm 1 in NumPy, with one u a weight carried through five steps of changing weights: to 1e-8."""
    trick, layout = SpectralNorm(player="discriminator"), LAYOUTS["discriminator"]
    memory = trick.begin(PLAYERS, moment(layouts=LAYOUTS))
    left = {name.partition(".")[2]: u.numpy() for name, u in memory.items()}
    for n in range(5):
        vector = torch.randn(layout.size, generator=torch.Generator().manual_seed(n), dtype=torch.float64)
        players: Vectors = {**PLAYERS, "discriminator": vector}
        at = moment(memory=memory, layouts=LAYOUTS)
        after = trick.weights(layout.unpack(vector), at)
        _, memory = trick.update(players, {}, NOTHING, at)
        for name, weight in layout.unpack(vector).items():
            if name == "a.bias":
                continue
            W = weight.numpy().reshape(weight.shape[0], -1)
            v = W.T @ left[name]
            v = v / np.sqrt((v**2).sum())
            u = W @ v
            left[name] = u / np.sqrt((u**2).sum())
            wanted = W / (left[name] @ W @ v)
            np.testing.assert_allclose(after[name].numpy().reshape(W.shape), wanted, rtol=1e-8, atol=1e-8)
            np.testing.assert_allclose(
                memory[f"discriminator.{name}"].numpy(), left[name], rtol=1e-8, atol=1e-8
            )


def _operator_norm(kernel: Tensor, side: int, stride: int, padding: int) -> float:
    """Largest singular value of the convolution as a dense matrix, built column by column."""
    inputs = kernel.shape[1] * side * side
    pixels = torch.eye(inputs, dtype=kernel.dtype).reshape(inputs, kernel.shape[1], side, side)
    columns = [F.conv2d(pixel[None], kernel, stride=stride, padding=padding).flatten() for pixel in pixels]
    return float(torch.linalg.svdvals(torch.stack(columns, dim=1))[0])


@pytest.mark.parametrize(
    ("size", "stride", "padding", "overlap"), [(4, 2, 1, 2.0), (3, 1, 1, 3.0), (4, 4, 0, 1.0), (1, 1, 0, 1.0)]
)
@pytest.mark.parametrize("constant", [False, True])
def test_the_kernels_matrix_bounds_the_convolution(
    size: int, stride: int, padding: int, overlap: float, constant: bool
) -> None:
    """σ(W) ≤ ‖K‖ ≤ √(⌈h/s⌉ ⌈w/s⌉) σ(W): a normalised layer stretches by 1 to `overlap`, by a dense SVD.

    A random kernel, and one that is constant over its pixels: on a constant image of 12×12 pixels that one
    is stretched by nearly as much as the bound allows.
    """
    kernel = torch.randn(5, 3, size, size, generator=GENERATOR, dtype=torch.float64)
    if constant:
        kernel = kernel.mean(dim=(2, 3), keepdim=True).expand(-1, -1, size, size).contiguous()
    layouts: dict[Side, Layout] = {"discriminator": Layout((("k.weight", tuple(kernel.shape)),))}
    players: Vectors = {"discriminator": kernel.flatten()}
    trick = SpectralNorm()
    memory = trick.begin(players, moment(layouts=layouts))
    for _ in range(500):
        _, memory = trick.update(players, {}, NOTHING, moment(memory=memory, layouts=layouts))
    normed = trick.weights({"k.weight": kernel}, moment(memory=memory, layouts=layouts))["k.weight"]
    stretch = _operator_norm(normed, 12, stride, padding)
    assert 1.0 - 1e-6 <= stretch <= overlap + 1e-6
    if constant:
        assert stretch > 0.9 * overlap, "the bound is nearly reached"
