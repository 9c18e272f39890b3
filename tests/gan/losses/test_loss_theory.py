"""The optimal discriminator and the divergence that it attains, on six points, against closed forms.

No closed form is known for the optimum of `relativistic` with hinge, nor for `relativistic_average` with
softplus and with hinge; of these it is known that they measure a divergence: D can do better than f(0), or
twice it, exactly where p differs from q.
"""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch
from gan_losses import Variant, variants
from gan_theory import FAKE, REAL, P, Q, batches, discriminator, generator, minimum
from scipy.optimize import linprog
from scipy.stats import wasserstein_distance
from torch import Tensor

from gan.losses.base import Loss
from gan.losses.f_divergence import FDivergence
from gan.losses.hinge import Hinge
from gan.losses.least_squares import LeastSquares
from gan.losses.minimax import Minimax
from gan.losses.non_saturating import NonSaturating
from gan.losses.relativistic import Relativistic
from gan.losses.relativistic_average import RelativisticAverage
from gan.losses.wasserstein import Wasserstein

CLASSIFIERS = [Minimax(), Minimax(halved=True), NonSaturating(), NonSaturating(halved=True)]
BY_CLASSIFIER = pytest.mark.parametrize("loss", CLASSIFIERS, ids=repr)
M = 0.5 * (P + Q)
JSD = 0.5 * float(P @ (P / M).log() + Q @ (Q / M).log())

F: dict[str, tuple[Any, Any, Any]] = {
    "forward_kl": (lambda u: u * u.log(), lambda u: 1 + u.log(), lambda v: v),
    "reverse_kl": (lambda u: -u.log(), lambda u: -1 / u, lambda v: -torch.exp(-v)),
    "pearson": (lambda u: (u - 1) ** 2, lambda u: 2 * (u - 1), lambda v: v),
    "squared_hellinger": (lambda u: (u.sqrt() - 1) ** 2, lambda u: 1 - u**-0.5, lambda v: 1 - torch.exp(-v)),
}
"""f, f' and g_f of each divergence, from the paper."""
DEFINITIONS = {
    "forward_kl": float((P * (P / Q).log()).sum()),
    "reverse_kl": float((Q * (Q / P).log()).sum()),
    "pearson": float(((P - Q) ** 2 / Q).sum()),
    "squared_hellinger": float(((P.sqrt() - Q.sqrt()) ** 2).sum()),
}
"""Each divergence, as it is usually defined."""
BY_DIVERGENCE = pytest.mark.parametrize("name", list(F))


def near(found: Tensor, expected: Tensor) -> None:
    torch.testing.assert_close(found, expected, rtol=0.0, atol=1e-8)


def per_sample(loss: Loss, V: Tensor) -> Tensor:
    """What each point costs G where it is generated."""
    return torch.stack([loss.generator(v.unsqueeze(0), None, loss.targets) for v in V])


def test_batches_represent_the_distributions_exactly() -> None:
    """Every pair of points occurs as often as it is likely."""
    real, fake = batches(torch.arange(6.0))
    seen = torch.bincount((real * 6 + fake).long(), minlength=36).reshape(6, 6) / 3600
    torch.testing.assert_close(seen.double(), torch.outer(P, Q))


@BY_CLASSIFIER
def test_a_classifier_finds_the_log_density_ratio(loss: Minimax | NonSaturating) -> None:
    """V* = log p/q, and -L_D = 2 JSD - log 4 (Goodfellow et al. 2014, theorem 1); half of it if halved."""
    V, value = minimum(discriminator(loss))
    near(V, (P / Q).log())
    whole = 0.5 if loss.halved else 1.0
    assert value == pytest.approx(whole * (math.log(4) - 2 * JSD), abs=1e-8)


def test_minimax_hands_the_generator_the_gradient_of_jsd() -> None:
    """What a sample costs G is the derivative of 2 JSD - log 4 in q there; the expectation is its value."""
    V, _ = minimum(discriminator(Minimax()))
    near(per_sample(Minimax(), V), (Q / (P + Q)).log())
    assert generator(Minimax(), V) + float(P @ (P / (P + Q)).log()) == pytest.approx(
        2 * JSD - math.log(4), abs=1e-8
    )


def test_non_saturating_descends_kl_less_twice_jsd() -> None:
    """The gradient in q of KL(q‖p) - 2 JSD (Arjovsky and Bottou 2017, theorem 2.5), up to a constant."""
    q = Q.clone().requires_grad_(True)
    m = 0.5 * (P + q)
    divergence = (q * (q / P).log()).sum() - (P * (P / m).log()).sum() - (q * (q / m).log()).sum()
    (expected,) = torch.autograd.grad(divergence, [q])
    V, _ = minimum(discriminator(NonSaturating()))
    difference = per_sample(NonSaturating(), V) - expected
    near(difference, difference.mean().expand(6))


@BY_CLASSIFIER
@pytest.mark.parametrize("alpha", [0.9, 0.7])
def test_one_sided_smoothing_mixes_real_into_generated(loss: Loss, alpha: float) -> None:
    """V* = log αp / ((1 - α)p + q) (Salimans et al. 2016, section 3.4)."""
    V, _ = minimum(discriminator(loss, (alpha, 0.0)))
    near(V, (alpha * P / ((1 - alpha) * P + Q)).log())


@BY_CLASSIFIER
def test_flipped_labels_mix_both_ways(loss: Loss) -> None:
    """With probability f: V* = log ((1-f)p + fq) / (fp + (1-f)q), by soft targets and by flips of samples."""
    flipped = 0.25
    expected = (((1 - flipped) * P + flipped * Q) / (flipped * P + (1 - flipped) * Q)).log()
    near(minimum(discriminator(loss, (1 - flipped, flipped)))[0], expected)
    label = torch.tensor([0.0, 1.0, 1.0, 1.0]).repeat(60).double()

    def by_samples(V: Tensor) -> Tensor:
        real, fake = V.repeat_interleave(4 * REAL), V.repeat_interleave(4 * FAKE)
        return loss.discriminator(real, fake, (label, 1.0 - label))

    near(minimum(by_samples)[0], expected)


CODINGS = [LeastSquares(), LeastSquares(a=-1.0, b=1.0, c=0.0), LeastSquares(a=-0.3, b=0.8, c=0.5)]


@pytest.mark.parametrize("loss", CODINGS, ids=repr)
def test_least_squares_regresses_to_the_codes(loss: LeastSquares) -> None:
    """V* = (bp + aq)/(p + q) (Mao et al. 2017, equation 4), also with other targets."""
    a, b = loss.a, loss.b
    V, value = minimum(discriminator(loss))
    near(V, (b * P + a * Q) / (P + Q))
    assert value == pytest.approx(0.5 * (b - a) ** 2 * float((P * Q / (P + Q)).sum()), abs=1e-8)
    near(minimum(discriminator(loss, (0.9 * b, a)))[0], (0.9 * b * P + a * Q) / (P + Q))
    assert loss.boundary(P, Q) == pytest.approx((b * 0.3 + a * 0.3) / (0.3 + 0.3)), "V* where p = q = 0.3"


def test_the_other_coding_measures_pearsons_divergence() -> None:
    """2 C(G) = χ²(p + q ‖ 2q) of the paper, C being G's loss on both kinds of samples at D's optimum."""
    loss = LeastSquares(a=-1.0, b=1.0, c=0.0)
    V, _ = minimum(discriminator(loss))
    on_both = float((P + Q) @ per_sample(loss, V))
    pearson = float(((2 * Q - (P + Q)) ** 2 / (P + Q)).sum())
    assert 2 * on_both == pytest.approx(pearson, abs=1e-8)


def test_hinge_attains_total_variation() -> None:
    """V* = sign(p - q) and L_D = 2 (1 - TV) (Lim and Ye 2017), among all V on a grid with steps of 1/8."""
    objective = discriminator(Hinge())
    V = (P - Q).sign()
    grid = torch.linspace(-3.0, 3.0, 49, dtype=torch.float64)
    for i in range(6):
        tried = V.repeat(49, 1)
        tried[:, i] = grid
        values = torch.stack([objective(row) for row in tried])
        assert grid[values.argmin()] == V[i], "the loss is a sum over points: each may be moved by itself"
    assert float(objective(V)) == pytest.approx(2 - float((P - Q).abs().sum()), abs=1e-12)


def test_wasserstein_attains_the_earth_movers_distance() -> None:
    """Among 1-Lipschitz V on six points one apart, a linear program."""
    slopes = torch.func.grad(discriminator(Wasserstein()))(torch.zeros(6, dtype=torch.float64))
    near(slopes, Q - P)
    steps = torch.diff(torch.eye(6, dtype=torch.float64), dim=0)
    found = linprog(
        slopes.numpy(), torch.cat([steps, -steps]).numpy(), [1.0] * 10, bounds=[(0, 0)] + [(None, None)] * 5
    )
    assert -found.fun == pytest.approx(
        wasserstein_distance(range(6), range(6), P.tolist(), Q.tolist()), abs=1e-10
    )


@BY_DIVERGENCE
def test_f_divergence_is_attained(name: Any) -> None:
    """g_f(V*) = f'(p/q) and -L_D = D_f(p‖q) (Nowozin et al. 2016, equations 4 to 6)."""
    f, slope, activation = F[name]
    V, value = minimum(discriminator(FDivergence(divergence=name)))
    near(activation(V), slope(P / Q))
    assert -value == pytest.approx(float(Q @ f(P / Q)), abs=1e-8)
    assert -value == pytest.approx(DEFINITIONS[name], abs=1e-8)


@BY_DIVERGENCE
def test_f_divergence_hands_the_generator_its_gradient(name: Any) -> None:
    """A sample costs G dD_f/dq = f(u) - u f'(u) by minimax, and -f'(u) by the alternative."""
    f, slope, _ = F[name]
    u = P / Q
    V, _ = minimum(discriminator(FDivergence(divergence=name)))
    near(per_sample(FDivergence(divergence=name, objective="minimax"), V), f(u) - u * slope(u))
    near(per_sample(FDivergence(divergence=name, objective="non_saturating"), V), -slope(u))


@BY_DIVERGENCE
def test_f_divergence_has_its_boundary_at_equal_densities(name: Any) -> None:
    """The logit there is g_f^-1(f'(1)): V* crosses it where p crosses q."""
    _, slope, activation = F[name]
    loss = FDivergence(divergence=name)
    boundary = torch.as_tensor(loss.boundary(P, Q), dtype=torch.float64)
    near(activation(boundary), slope(torch.ones((), dtype=torch.float64)))
    V, _ = minimum(discriminator(loss))
    assert torch.equal(boundary < V, P > Q)


def test_relativistic_finds_the_log_density_ratio_up_to_a_constant() -> None:
    """A pair is told by its likelihood ratio: L_D = log 2 - JSD(p×q ‖ q×p), V* = log p/q + constant."""
    V, value = minimum(discriminator(Relativistic()))
    ratio = (P / Q).log()
    near(V - V[0], ratio - ratio[0])
    pair, other = torch.outer(P, Q), torch.outer(Q, P)
    mixture = 0.5 * (pair + other)
    jsd = 0.5 * float((pair * (pair / mixture).log() + other * (other / mixture).log()).sum())
    assert value == pytest.approx(math.log(2) - jsd, abs=1e-8)


OVERLAP = float((P * Q / (P + Q)).sum())


def test_relativistic_least_squares_solves_its_normal_equations() -> None:
    """V* = (p - q A/(1-A))/(p + q) + constant with A = Σ pq/(p+q), from dL/dV = 0."""
    V, _ = minimum(discriminator(Relativistic(on="least_squares")))
    expected = (P - Q * OVERLAP / (1 - OVERLAP)) / (P + Q)
    near(V - V[0], expected - expected[0])


@pytest.mark.parametrize("halved", [False, True])
def test_average_relativistic_least_squares_solves_its_normal_equations(halved: bool) -> None:
    """V* = (p (1-e) + 2 q e)/(p + q) + constant with e = -A/(2-3A), A = Σ pq/(p+q), from dL/dV = 0."""
    V, _ = minimum(discriminator(RelativisticAverage(on="least_squares", halved=halved)))
    e = -OVERLAP / (2 - 3 * OVERLAP)
    expected = (P * (1 - e) + 2 * Q * e) / (P + Q)
    near(V - V[0], expected - expected[0])


AT_ZERO = {"softplus": math.log(2), "hinge": 1.0, "least_squares": 1.0}
RELATIVISTIC = [v for v in variants() if v.name.startswith("relativistic")]


@pytest.mark.parametrize("variant", RELATIVISTIC, ids=str)
def test_relativistic_losses_measure_a_divergence(variant: Variant) -> None:
    """D can beat a constant V exactly where p ≠ q (Jolicoeur-Martineau 2019, arXiv:1901.02474)."""
    loss, constant = variant.loss(), torch.full((6,), 0.7, dtype=torch.float64)
    terms = 2 if variant.name == "relativistic_average" else 1
    at_rest = AT_ZERO[variant.structure["on"]] * terms * (0.5 if variant.structure.get("halved") else 1.0)
    assert float(discriminator(loss)(constant)) == pytest.approx(at_rest, abs=1e-12)
    assert generator(loss, constant) == pytest.approx(at_rest, abs=1e-12), "the players are mirror images"
    assert float(discriminator(loss)(0.1 * (P / Q).log())) < at_rest - 0.01
    draws = torch.randn(20, 6, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    for V in draws:
        same = V.repeat_interleave(REAL)
        real, fake = same.repeat_interleave(60), same.repeat(60)
        assert float(loss.discriminator(real, fake, None)) >= at_rest, "with p = q nothing beats a constant"
