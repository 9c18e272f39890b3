"""Activations and conjugates are the paper's, and what replaces e^x far out changes nothing near by."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch
from gan_losses import at
from scipy.optimize import minimize_scalar

from gan.losses.f_divergence import LARGEST_EXPONENT, FDivergence

TABLES: dict[str, tuple[Any, Any, Any]] = {
    "forward_kl": (lambda u: u * math.log(u), lambda v: v, lambda t: math.exp(t - 1)),
    "reverse_kl": (lambda u: -math.log(u), lambda v: -math.exp(-v), lambda t: -1 - math.log(-t)),
    "pearson": (lambda u: (u - 1) ** 2, lambda v: v, lambda t: t * t / 4 + t),
    "squared_hellinger": (
        lambda u: (math.sqrt(u) - 1) ** 2,
        lambda v: 1 - math.exp(-v),
        lambda t: t / (1 - t),
    ),
}
"""f, g_f and f* of the paper."""
BY_DIVERGENCE = pytest.mark.parametrize("name", list(TABLES))
LOGITS = [-1.7, -0.3, 0.0, 0.4, 1.0, 2.2]


@BY_DIVERGENCE
@pytest.mark.parametrize("v", LOGITS)
def test_the_tables_conjugate_is_the_conjugate(name: str, v: float) -> None:
    """f*(t) is the supremum of ut - f(u) over u > 0, found numerically at t = g_f(v)."""
    f, activation, conjugate = TABLES[name]
    t = activation(v)
    found = minimize_scalar(lambda log_u: f(math.exp(log_u)) - math.exp(log_u) * t, bounds=(-12.0, 12.0))
    assert -found.fun == pytest.approx(conjugate(t), abs=1e-6)


@BY_DIVERGENCE
@pytest.mark.parametrize("v", LOGITS)
def test_values_are_those_of_the_tables(name: Any, v: float) -> None:
    """L_D = -g(V(x)) + f*(g(V(G(z)))); G descends -f*(g) or -g."""
    _, activation, conjugate = TABLES[name]
    for real in LOGITS:
        seen = at(FDivergence(divergence=name), real=real, fake=v)
        assert seen.d == pytest.approx(conjugate(activation(v)) - activation(real), abs=1e-12)
    assert seen.g == pytest.approx(-conjugate(activation(v)), abs=1e-12)
    other = at(FDivergence(divergence=name, objective="non_saturating"), real=real, fake=v)
    assert other.g == pytest.approx(-activation(v), abs=1e-12)
    assert (other.d, other.d_real, other.d_fake) == (seen.d, seen.d_real, seen.d_fake), "D's loss is the same"


@BY_DIVERGENCE
def test_minimax_is_zero_sum(name: Any) -> None:
    """What G gains on its samples, D loses on them."""
    seen = at(FDivergence(divergence=name), real=0.3, fake=0.7)
    assert seen.g_fake == pytest.approx(-seen.d_fake)


@BY_DIVERGENCE
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64], ids=str)
def test_far_out_both_losses_go_on_without_a_jump(name: Any, dtype: torch.dtype) -> None:
    """D's loss stays convex and smooth in each logit through the bounds of the exponent, on both sides."""
    for sign in (-1.0, 1.0):
        for bound in (LARGEST_EXPONENT, LARGEST_EXPONENT + 1.0):
            v = (sign * bound + torch.linspace(-0.5, 0.5, 11, dtype=dtype)).requires_grad_(True)
            loss = FDivergence(divergence=name)
            for value in (loss.discriminator(v, v.detach(), None), loss.discriminator(v.detach(), v, None)):
                (slope,) = torch.autograd.grad(value, [v])
                jumps = slope.diff()
                assert (jumps >= -1e-6 * slope.abs().max()).all(), "convex"
                assert (jumps <= 0.2 * slope.abs().max() + 0.01).all(), "no jump"


def test_the_exponential_is_exact_up_to_its_bound_and_a_tangent_beyond() -> None:
    """By -L_D of the squared Hellinger distance on generated samples, e^v - 1."""
    below, bound, above = (LARGEST_EXPONENT + step for step in (-0.5, 0.0, 3.0))
    found = [at(FDivergence(divergence="squared_hellinger"), real=0.0, fake=v) for v in (below, bound, above)]
    assert found[0].d == pytest.approx(math.expm1(below), rel=1e-14)
    assert found[0].d_fake == pytest.approx(math.exp(below), rel=1e-14)
    assert found[1].d == pytest.approx(math.expm1(bound), rel=1e-14)
    assert found[2].d == pytest.approx(math.exp(bound) * 4.0 - 1.0, rel=1e-14)
    assert found[2].d_fake == pytest.approx(math.exp(bound), rel=1e-14)


def test_pearsons_conjugate_turns_where_no_optimum_lies() -> None:
    """At t = -2 = f'(0): below it, minimax pushes G the wrong way, and the alternative does not."""
    assert at(FDivergence(divergence="pearson"), real=0.0, fake=-2.5).g_fake > 0.0
    assert at(FDivergence(divergence="pearson"), real=0.0, fake=-1.5).g_fake < 0.0
    assert at(FDivergence(divergence="pearson", objective="non_saturating"), real=0.0, fake=-2.5).g_fake < 0.0
