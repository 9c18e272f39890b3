"""The Dirac-GAN through the ordinary step: measured contraction, rotation and stability against theory."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from dirac_theory import METHODS, UPDATES, Matrix, Method, noisy
from gan_cases import cohort_of, recipe

from gan.recipe import Choice, Recipe
from gan.registry import DATA, MODELS, OPTIMIZERS

DATA_AT_ZERO = Choice.of(DATA, "dirac", size=4)
BOTH = pytest.mark.parametrize("updates", UPDATES)
REGULARISED = [name for name, method in METHODS.items() if method.c > 0.0]
PLAIN = [name for name in METHODS if name not in REGULARISED]


def dirac(method: Method, h: float, updates: str, psi: float, theta: float, **changes: Any) -> Recipe:
    """A run that begins at (ψ, θ), with plain gradient descent of learning rate h for both players."""
    plain: dict[str, Any] = {
        "data": DATA_AT_ZERO,
        "model": Choice.of(MODELS, "dirac", psi=psi, theta=theta),
        "optimizer": Choice.of(OPTIMIZERS, "sgd"),
        "updates": updates,
        "generator_lr": h,
        "discriminator_lr": h,
        "batch_size": 2,
        "latent_size": 1,
        "steps": 1000,
    }
    return recipe(method.tricks, method.loss, **{**plain, **changes})


def paths(runs: list[Recipe], steps: int) -> Matrix:
    """(ψ, θ) at the beginning and after each step, R runs that differ in learning rate: R x steps + 1 x 2."""
    cohort, places = cohort_of(runs), []
    for n in range(steps + 1):
        players = cohort.replicas.state.players
        here = [players[side].parameters.reshape(-1) for side in ("discriminator", "generator")]
        places.append(torch.stack(here, dim=1).numpy())
        if n < steps:
            cohort.run(1)
    return np.stack(places, axis=1)


def fitted(places: Matrix) -> Matrix:
    """The linear map that takes every place to the next, by least squares."""
    solved, *_ = np.linalg.lstsq(places[:-1], places[1:], rcond=None)
    return np.asarray(solved.T)


@BOTH
@pytest.mark.parametrize("name", METHODS)
def test_the_update_map_has_the_eigenvalues_of_theory(name: str, updates: str) -> None:
    """Contraction |λ| and rotation arg λ a step, measured on 20 steps close to the equilibrium, to 1e-6."""
    method, rates = METHODS[name], (0.1, 0.5)
    for h, places in zip(
        rates, paths([dirac(method, h, updates, 1e-5, 2e-5) for h in rates], 20), strict=True
    ):
        measured, expected = fitted(places), method.map(h, updates)
        np.testing.assert_allclose(measured, expected, rtol=0, atol=1e-6)
        for a, b in zip(*(np.sort_complex(np.linalg.eigvals(m)) for m in (measured, expected)), strict=True):
            assert abs(a) == pytest.approx(abs(b), abs=1e-6), "contraction"
            assert abs(np.angle(a)) == pytest.approx(abs(np.angle(b)), abs=1e-5), "rotation"


@pytest.mark.parametrize("name", PLAIN)
def test_without_a_regulariser_nothing_converges(name: str) -> None:
    """Both at once spiral out by √(1 + h²a²) a step; in turns they circle by arccos(1 - h²a²/2), |λ| = 1."""
    method, h = METHODS[name], 0.2
    out = np.linalg.eigvals(fitted(paths([dirac(method, h, "simultaneous", 1e-5, 1e-5)], 20)[0]))
    np.testing.assert_allclose(abs(out), np.sqrt(1.0 + (h * method.a) ** 2), atol=1e-8)
    turn = np.linalg.eigvals(fitted(paths([dirac(method, h, "alternating", 1e-5, 1e-5)], 20)[0]))
    np.testing.assert_allclose(abs(turn), 1.0, atol=1e-8)
    np.testing.assert_allclose(abs(np.angle(turn)), np.arccos(1.0 - (h * method.a) ** 2 / 2.0), atol=1e-6)
    far = np.linalg.norm(paths([dirac(method, h, "alternating", 1.0, 1.0)], 300)[0], axis=1)
    # Far out the non-saturating loss spirals in, the more slowly the nearer it is.
    assert far[-1] > 0.5 * far[100], "nor does it find there from farther away, unless like 1 / √n"


@BOTH
@pytest.mark.parametrize("name", REGULARISED)
def test_the_largest_stable_learning_rate_is_that_of_theory(name: str, updates: str) -> None:
    """At 0.95 of it the players converge from nearby, at 1.05 they leave."""
    method = METHODS[name]
    bound = method.largest_rate(updates)
    runs = [dirac(method, factor * bound, updates, 1e-4, 1e-4) for factor in (0.95, 1.05)]
    below, beyond = np.linalg.norm(paths(runs, 200), axis=2)
    assert below[-1] < 0.1 * below[0], f"{below[-1] / below[0]} at 0.95 of {bound}"
    assert beyond[-20:].max() > 3.0 * beyond[0], f"{beyond.max() / beyond[0]} at 1.05 of {bound}"


def test_closed_forms_of_the_largest_learning_rate() -> None:
    """Both at once with R1, while it oscillates: |λ|² = 1 - hγ + h²a², so that h < γ/a².

    Both at once under consensus: |λ|² = (1 - hγa²)² + h²a², so that h < 2γ / (1 + γ²a²). In turns R1's map
    has determinant 1 - hγ, so that only an eigenvalue -1 stops it: h²a² + 2hγ = 4. Instance noise is R1 with
    γ = σ²/2, on average, and has the paper's eigenvalues f''(0) σ² ± √(f''(0)² σ⁴ - f'(0)²), f''(0) = -1/4.
    """
    r1, consensus = METHODS["r1, wasserstein"], METHODS["consensus"]
    assert r1.largest_rate("simultaneous") == pytest.approx(0.8)
    gamma = 2.0
    assert consensus.largest_rate("simultaneous") == pytest.approx(2 * gamma / (1 + gamma**2 * 0.25))
    h = METHODS["r1"].largest_rate("alternating")
    assert (h * 0.5) ** 2 + 2 * h * 0.6 == pytest.approx(4.0)
    for sigma in (1.2, 2.0):
        root = np.sqrt(sigma**4 / 16 - 1 / 4 + 0j)
        paper = np.sort_complex(1.0 + 0.1 * (-(sigma**2) / 4 + np.array([-root, root])))
        derived = np.sort_complex(np.linalg.eigvals(noisy(sigma).map(0.1, "simultaneous")))
        np.testing.assert_allclose(derived, paper, atol=1e-12)
    assert noisy(1.2).largest_rate("simultaneous") == pytest.approx(2 * 1.2**2)
    h = noisy(1.2).largest_rate("alternating")
    assert (h * 0.5) ** 2 + h * 1.2**2 == pytest.approx(4.0)


def differences(
    method: Method, rates: list[float], updates: str, seeds: int, steps: int, batch_size: int
) -> Matrix:
    """The product of the first n update maps under each run's own noise: rates x seeds x steps + 1 x 2 x 2.

    Two runs of one seed see the same noise, so that what it adds cancels in their difference and what it
    multiplies stays. They begin 1e-5 apart, which leaves the rounding of float64 at 1e-11 of a difference and
    what is quadratic in it below 1e-5.
    """
    apart, ends = 1e-5, []
    for psi, theta in ((0.0, 0.0), (apart, 0.0), (0.0, apart)):
        begun: dict[str, Any] = {"psi": psi, "theta": theta, "batch_size": batch_size}
        runs = [dirac(method, h, updates, seed=seed, **begun) for h in rates for seed in range(seeds)]
        ends.append(paths(runs, steps).reshape(len(rates), seeds, steps + 1, 2))
    return np.stack([ends[1] - ends[0], ends[2] - ends[0]], axis=-1) / apart


@BOTH
@pytest.mark.parametrize("sigma", [1.2, 2.0], ids=["rotating", "overdamped"])
def test_instance_noise_has_the_eigenvalues_of_theory_on_average(sigma: float, updates: str) -> None:
    """Mean contraction |λ| and rotation arg λ a step, at two small rates and on both sides of the largest.

    D's own entry is random, with a standard deviation of 1/√B of h c a step. The mean of 5 seeds and 2 steps
    has that over √10, and is allowed 4 of those: 1 % of h c. In turns G passes h a of it on. All entries are
    allowed what nonlinearity adds, of the order of h times the mean square distance from the equilibrium, to
    which each of D's moves adds h² σ²/(2B). Eigenvalues may move as far as the matrix then lets them, by
    Bauer and Fike's theorem.
    """
    method, batch_size, seeds, steps = noisy(sigma), 16_384, 5, 2
    bound = method.largest_rate(updates)
    rates = [0.1, 0.4, 0.95 * bound, 1.05 * bound]
    products = differences(method, rates, updates, seeds, steps, batch_size)
    maps = products[:, :, 1:] @ np.linalg.inv(products[:, :, :-1])
    passed_on = method.a if updates == "alternating" else 0.0
    for h, measured in zip(rates, maps.mean(axis=(1, 2)), strict=True):
        expected = method.map(h, updates)
        error = 4.0 * h * method.c / np.sqrt(batch_size * seeds * steps)
        square = steps * (h * sigma) ** 2 / (2.0 * batch_size)
        allowed = 2.0 * h * square + error * np.array([[1.0, 0.0], [h * passed_on, 0.0]])
        assert (abs(measured - expected) <= allowed).all(), f"{measured} at {h}, not {expected}"
        values, vectors = np.linalg.eig(expected)
        slack = np.linalg.cond(vectors) * np.linalg.norm(allowed)
        found = np.linalg.eigvals(measured)
        for a, b in zip(np.sort_complex(found), np.sort_complex(values), strict=True):
            assert abs(a) == pytest.approx(abs(b), abs=slack), f"contraction at {h}"
            assert abs(np.angle(a)) == pytest.approx(abs(np.angle(b)), abs=slack / abs(b)), f"rotation at {h}"
        assert (abs(found).max() < 1.0) == (h < bound), f"{abs(found)} at {h}, where {bound} is the largest"


@BOTH
def test_the_largest_stable_learning_rate_under_instance_noise(updates: str) -> None:
    """At 0.95 of it runs under the same noise forget where they began, at 1.05 they part.

    What noise adds keeps a single run some h σ/√(2B) away for ever, which is why runs are compared in pairs.
    The random entry has a relative variance of 1/B. That moves |λ|² of the second moments, and of a single
    path, away from that of the mean by the order of h² c²/B < 1e-3, where the two rates are at least 4 % from
    1: in batches so large one pair tells what the mean of many would.
    """
    method = noisy(1.1)
    bound = method.largest_rate(updates)
    rates, batch_size = [0.95 * bound, 1.05 * bound], 8192
    products = differences(method, rates, updates, seeds=1, steps=120, batch_size=batch_size)
    below, beyond = np.linalg.norm(products[:, 0], axis=(2, 3))
    assert below[-1] < 0.1 * below[0], f"{below[-1] / below[0]} at 0.95 of {bound}"
    assert beyond.max() > 3.0 * beyond[0], f"{beyond.max() / beyond[0]} at 1.05 of {bound}"


NOT_CONVERGENT = {
    "weight-clipped WGAN": Method("wasserstein", {"weight_clip": {"bound": 1.0}}, a=1.0),
    "WGAN-GP": Method("wasserstein", {"wgan_gp": {"weight": 1.0}}, a=1.0),
    "WGAN-GP, non-saturating": Method("non_saturating", {"wgan_gp": {"weight": 1.0}}, a=0.5),
}


@BOTH
@pytest.mark.parametrize("d_steps", [1, pytest.param(5, marks=pytest.mark.slow)])
@pytest.mark.parametrize("name", NOT_CONVERGENT)
def test_clipped_and_gradient_penalised_wgans_do_not_converge(name: str, d_steps: int, updates: str) -> None:
    """After long enough to converge they are still away from the equilibrium.

    Mescheder et al. (2018) prove it of both with any fixed number of D's updates to one of G's.
    """
    method, rates = NOT_CONVERGENT[name], (0.03, 0.1, 0.3)
    runs = [dirac(method, h, updates, 0.5, 0.5, d_steps=d_steps) for h in rates]
    distance = np.linalg.norm(paths(runs, 300)[:, -150:], axis=2)
    assert np.isfinite(distance).all()
    assert (distance.max(axis=1) > 0.1).all(), f"{distance.max(axis=1)} at learning rates {rates}"
