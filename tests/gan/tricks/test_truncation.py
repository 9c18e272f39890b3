"""Truncated latents are exactly those of the truncated normal, in the order of the ones they come from."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import pytest
import torch
from gan_cases import drawn, moment, recipe, trained, weights

from gan.build import why_not
from gan.tricks.base import At
from gan.tricks.truncation import Truncation

COUNT = 200_000
SAMPLING = replace(moment(), sampling=True)
Z = SAMPLING.rng.at("z").normal((COUNT, 1))


def _cdf(x: float) -> float:
    return 0.5 * (1.0 + math.erf(x / math.sqrt(2.0)))


def _variance(psi: float) -> float:
    """Of N(0, 1) given |z| ≤ ψ: 1 - 2 ψ φ(ψ) / (2 Φ(ψ) - 1)."""
    density = math.exp(-0.5 * psi * psi) / math.sqrt(2.0 * math.pi)
    return 1.0 - 2.0 * psi * density / (2.0 * _cdf(psi) - 1.0)


@pytest.mark.parametrize("psi", [0.05, 0.5, 1.0, 2.0, 4.0])
def test_the_distribution_is_the_truncated_normals(psi: float) -> None:
    """Variance, mean and distribution function at seven points, to five standard errors; none is beyond."""
    z = Truncation(psi=psi).latent(Z, SAMPLING)
    assert float(z.abs().max()) <= psi
    wanted = _variance(psi)
    assert float(z.mean()) == pytest.approx(0.0, abs=5 * (wanted / COUNT) ** 0.5)
    error = (float(((z**2 - wanted) ** 2).mean()) / COUNT) ** 0.5
    assert float(z.var()) == pytest.approx(wanted, abs=5 * error)
    for share in (-0.9, -0.5, -0.1, 0.0, 0.2, 0.6, 0.95):
        below = (_cdf(share * psi) - _cdf(-psi)) / (_cdf(psi) - _cdf(-psi))
        found = float((z < share * psi).double().mean())
        assert found == pytest.approx(below, abs=5 * (below * (1 - below) / COUNT) ** 0.5)


def test_it_is_the_law_of_drawing_again() -> None:
    """Drawing again whatever is beyond ψ, as in the paper, gives the same quantiles: to five errors."""
    generator, psi = torch.Generator().manual_seed(0), 0.8
    again = torch.randn(COUNT, generator=generator, dtype=torch.float64)
    while (beyond := again.abs() > psi).any():
        again[beyond] = torch.randn(int(beyond.sum()), generator=generator, dtype=torch.float64)
    z = Truncation(psi=psi).latent(Z, SAMPLING)[:, 0].sort().values
    distance = 0.0
    for place in torch.linspace(-psi, psi, 101).tolist():
        below = [float((x < place).double().mean()) for x in (again, z)]
        distance = max(distance, abs(below[0] - below[1]))
    assert distance < 1.95 * (2 / COUNT) ** 0.5, "the Kolmogorov-Smirnov distance of one in a thousand"


def test_the_order_of_latents_stays() -> None:
    """A monotone odd map, so that samples at two thresholds can be compared one by one."""
    z = torch.linspace(-6.0, 6.0, 1001, dtype=torch.float64)
    after = Truncation(psi=1.5).latent(z, SAMPLING)
    assert bool((after.diff() > 0.0).all())
    torch.testing.assert_close(after, -after.flip(0))


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("psi", [0.01, 1.0, 7.99, 8.0])
def test_the_largest_latents_stay_finite(dtype: torch.dtype, psi: float) -> None:
    """Also where erf rounds to 1 in single precision; near 8 nothing moves, and at 8 not a bit."""
    z, bound = torch.tensor([-6.8, -5.5, 0.0, 5.5, 6.8], dtype=dtype), torch.tensor(psi, dtype=dtype)
    trick: Any = Truncation(psi=bound)  # type: ignore[arg-type]
    after = trick.latent(z, SAMPLING)
    assert bool(after.isfinite().all()) and after.dtype == dtype
    assert bool((after.abs() <= bound).all())
    if psi > 7.0:
        torch.testing.assert_close(after, z, rtol=1e-4, atol=0.0)
    assert torch.equal(after, z) == (psi == 8.0)


def test_released_generators_scale_what_is_cut_at_two() -> None:
    """ψ times a normal truncated at 2, of variance ψ² times its variance."""
    z = Truncation(psi=0.5, form="released").latent(Z, SAMPLING)
    assert float(z.abs().max()) <= 1.0
    torch.testing.assert_close(z, 0.5 * Truncation(psi=2.0).latent(Z, SAMPLING))
    assert float(z.var()) == pytest.approx(0.25 * _variance(2.0), rel=0.02)


def test_scaling_is_scaling() -> None:
    """ψ z, and at ψ = 1 the same bits."""
    assert torch.equal(Truncation(psi=0.5, form="scaled").latent(Z, SAMPLING), 0.5 * Z)
    assert torch.equal(Truncation(psi=1.0, form="scaled").latent(Z, SAMPLING), Z)


@pytest.mark.parametrize("form", ["resampled", "released", "scaled"])
def test_training_is_left_alone(form: Any) -> None:
    """The same weights as without it, and other samples."""
    at: At = moment()
    assert torch.equal(Truncation(form=form).latent(Z, at), Z)
    plain, cut = trained(recipe(steps=3)), trained(recipe({"truncation": {"form": form}}, steps=3))
    assert torch.equal(weights(plain), weights(cut))
    assert not torch.equal(drawn(plain), drawn(cut))


def test_it_declines_beside_a_temperature_of_the_latent() -> None:
    """Which changes the scale that ψ is measured in."""
    reason = why_not(recipe({"truncation": {}, "temperature": {}}))
    assert reason is not None and "leave one of the two out" in reason
