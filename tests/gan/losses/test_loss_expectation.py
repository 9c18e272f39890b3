"""The expectation of a loss over all batches that can be drawn is what its formula says."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from typing import Any

import pytest
import torch
from gan_losses import Variant, variants
from torch import Tensor

from gan.losses.base import Loss
from gan.losses.relativistic_average import RelativisticAverage

V = (-0.6, 0.2, 1.7)
"""D's logits on three points."""
P, Q = (0.5, 0.2, 0.3), (0.1, 0.6, 0.3)
"""How likely each is to be real and to be generated."""
Cost = Callable[[float], float]


def _sigmoid(x: float) -> float:
    return 1 / (1 + math.exp(-x))


def _log_s(x: float) -> float:
    return math.log(_sigmoid(x))


def _log_not_s(x: float) -> float:
    return math.log(1 - _sigmoid(x))


SUMS: dict[str, tuple[Cost, Cost, Cost]] = {
    "minimax": (lambda r: -_log_s(r), lambda f: -_log_not_s(f), _log_not_s),
    "non_saturating": (lambda r: -_log_s(r), lambda f: -_log_not_s(f), lambda f: -_log_s(f)),
    "hinge": (lambda r: max(0.0, 1 - r), lambda f: max(0.0, 1 + f), lambda f: -f),
    "wasserstein": (lambda r: -r, lambda f: f, lambda f: -f),
    "least_squares": (lambda r: (r - 1) ** 2 / 2, lambda f: f**2 / 2, lambda f: (f - 1) ** 2 / 2),
}
"""What a real and a generated sample cost D, and a generated one G."""
G_AND_CONJUGATE: dict[str, tuple[Cost, Cost]] = {
    "forward_kl": (lambda v: v, lambda t: math.exp(t - 1)),
    "reverse_kl": (lambda v: -math.exp(-v), lambda t: -1 - math.log(-t)),
    "pearson": (lambda v: v, lambda t: t * t / 4 + t),
    "squared_hellinger": (lambda v: 1 - math.exp(-v), lambda t: t / (1 - t)),
}
COSTS: dict[str, Cost] = {
    "softplus": lambda lead: -_log_s(lead),
    "hinge": lambda lead: max(0.0, 1 - lead),
    "least_squares": lambda lead: (lead - 1) ** 2,
}


def _mean(weights: tuple[float, ...], cost: Cost) -> float:
    return sum(weight * cost(v) for weight, v in zip(weights, V, strict=True))


def formula(name: str, chosen: dict[str, Any]) -> tuple[float, float]:
    """Expected losses of D and of G under p and q, for a loss without means inside."""
    half = 0.5 if chosen.get("halved") else 1.0
    if name == "relativistic":
        f = COSTS[chosen["on"]]
        pairs = [(p * q, r - s) for p, r in zip(P, V, strict=True) for q, s in zip(Q, V, strict=True)]
        return sum(w * f(lead) for w, lead in pairs), sum(w * f(-lead) for w, lead in pairs)
    if name == "f_divergence":
        g, conjugate = G_AND_CONJUGATE[chosen["divergence"]]
        on_fake = _mean(Q, lambda v: conjugate(g(v)))
        pull = on_fake if chosen["objective"] == "minimax" else _mean(Q, g)
        return on_fake - _mean(P, g), -pull
    real, fake, generator = SUMS[name]
    # Of least squares both losses are halved, of the others D's alone; SUMS has the paper's ½ of the former.
    d_scale, g_scale = (2.0 * half, 2.0 * half) if name == "least_squares" else (half, 1.0)
    return d_scale * (_mean(P, real) + _mean(Q, fake)), g_scale * _mean(Q, generator)


def expectation(loss: Loss, size: int) -> tuple[float, float]:
    """Over all batches of this size, each weighted with how likely it is to be drawn."""
    d_total = g_total = 0.0
    for reals in itertools.product(range(3), repeat=size):
        for fakes in itertools.product(range(3), repeat=size):
            weight = math.prod(P[i] for i in reals) * math.prod(Q[i] for i in fakes)
            real, fake = _logits(reals), _logits(fakes)
            d_total += weight * float(loss.discriminator(real, fake, loss.targets))
            g_total += weight * float(loss.generator(fake, real if loss.pairs else None, loss.targets))
    return d_total, g_total


def _logits(points: tuple[int, ...]) -> Tensor:
    return torch.tensor([V[i] for i in points], dtype=torch.float64)


UNBIASED = [variant for variant in variants() if variant.name != "relativistic_average"]


@pytest.mark.parametrize("variant", UNBIASED, ids=str)
def test_a_batch_estimates_the_expectation_without_bias(variant: Variant) -> None:
    """Every loss but the one with a mean inside is a mean of independent terms."""
    assert expectation(variant.loss(), 2) == pytest.approx(
        formula(variant.name, variant.structure), abs=1e-12
    )


@pytest.mark.parametrize("size", [1, 2, 3])
def test_average_relativistic_least_squares_is_biased_by_the_variances(size: int) -> None:
    """By (Var_p V + Var_q V)/B, the squared errors of the two means; other costs have no such closed form."""
    average = RelativisticAverage(on="least_squares")
    p_mean, q_mean = _mean(P, lambda v: v), _mean(Q, lambda v: v)
    population = _mean(P, lambda v: (v - q_mean - 1) ** 2) + _mean(Q, lambda v: (v - p_mean + 1) ** 2)
    variances = _mean(P, lambda v: (v - p_mean) ** 2) + _mean(Q, lambda v: (v - q_mean) ** 2)
    assert expectation(average, size)[0] == pytest.approx(population + variances / size, abs=1e-12)
