"""The Dirac-GAN through the ordinary step: measured contraction, rotation and stability against theory."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from dirac_theory import METHODS, UPDATES, Matrix, Method
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
    has determinant 1 - hγ, so that only an eigenvalue -1 stops it: h²a² + 2hγ = 4.
    """
    r1, consensus = METHODS["r1, wasserstein"], METHODS["consensus"]
    assert r1.largest_rate("simultaneous") == pytest.approx(0.8)
    gamma = 2.0
    assert consensus.largest_rate("simultaneous") == pytest.approx(2 * gamma / (1 + gamma**2 * 0.25))
    h = METHODS["r1"].largest_rate("alternating")
    assert (h * 0.5) ** 2 + 2 * h * 0.6 == pytest.approx(4.0)


@BOTH
def test_instance_noise_contracts_at_the_rate_of_theory(updates: str) -> None:
    """Two runs of the same noise that begin apart approach by det M = 1 - hσ²/2 (+ h²/4 at once) a step.

    What the noise adds cancels in their difference; what it multiplies has this mean, which 100 steps of
    2 x 4,096 samples show to √(2/(2·4096·100)) = 0.2 %; nonlinearity adds as much.
    """
    sigma, h, start, steps = 1.0, 0.2, 1e-6, 100
    constant = {"sigma": {"shape": "constant", "start": sigma}}
    method = Method("non_saturating", {"instance_noise": constant}, a=0.5, c=sigma**2 / 2.0)
    ends = []
    for psi, theta in ((0.0, 0.0), (start, 0.0), (0.0, start)):
        ends.append(paths([dirac(method, h, updates, psi, theta, batch_size=4096)], steps)[0, -1])
    product = np.stack([ends[1] - ends[0], ends[2] - ends[0]], axis=1) / start
    measured = np.log(np.linalg.det(product)) / steps
    assert measured == pytest.approx(np.log(np.linalg.det(method.map(h, updates))), rel=0.02)


NOT_CONVERGENT = {
    "weight-clipped WGAN": Method("wasserstein", {"weight_clip": {"bound": 1.0}}, a=1.0),
    "WGAN-GP": Method("wasserstein", {"wgan_gp": {"weight": 1.0}}, a=1.0),
    "WGAN-GP, non-saturating": Method("non_saturating", {"wgan_gp": {"weight": 1.0}}, a=0.5),
}


@BOTH
@pytest.mark.parametrize("d_steps", [1, 5])
@pytest.mark.parametrize("name", NOT_CONVERGENT)
def test_clipped_and_gradient_penalised_wgans_do_not_converge(name: str, d_steps: int, updates: str) -> None:
    """Lemma 2.7 and its corollary: after long enough to converge they are still away from the equilibrium."""
    method, rates = NOT_CONVERGENT[name], (0.03, 0.1, 0.3)
    runs = [dirac(method, h, updates, 0.5, 0.5, d_steps=d_steps) for h in rates]
    distance = np.linalg.norm(paths(runs, 300)[:, -150:], axis=2)
    assert np.isfinite(distance).all()
    assert (distance.max(axis=1) > 0.1).all(), f"{distance.max(axis=1)} at learning rates {rates}"
