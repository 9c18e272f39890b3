"""Precision, recall, density and coverage: other people's, and a loop's where others are wrong about ties."""

from __future__ import annotations

import contextlib
import io
from pathlib import Path

import pytest
import torch
from clouds import clouds, normal, reference, scorer
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from bench.features.extractor import Wanted, load_extractor
from bench.features.pixels import to_uint8
from bench.metrics.precision_recall import PrecisionRecall, expected_coverage
from bench.metrics.scorer import Scorer
from bench.registries import METRICS
from gan.data.digits import Digits
from gan.data.ring import Ring
from gan.recipe import Choice

WIDTHS = pytest.mark.parametrize("d", [2, 16], ids=["tree", "blocks"])


def _prdc(real: Tensor, fake: Tensor, k: int) -> dict[str, float]:
    from prdc import compute_prdc

    with contextlib.redirect_stdout(io.StringIO()):
        found: dict[str, float] = compute_prdc(real.numpy(), fake.numpy(), k)
    return found


def _fidelity(real: Tensor, fake: Tensor, k: int) -> dict[str, float]:
    from torch_fidelity.metric_prc import prc_features_to_metric

    return dict(prc_features_to_metric(fake, real, prc_neighborhood=k, prc_batch_size=10_000, verbose=False))


def _looped(real: Tensor, fake: Tensor, k: int, k_coverage: int) -> dict[str, float]:
    """Every pair on its own; the surface, give or take rounding, belongs to the ball."""

    def distance(a: Tensor, b: Tensor) -> float:
        return float((a - b).norm())

    def radius(x: Tensor, index: int, k: int) -> float:
        others = sorted(distance(x[index], y) for j, y in enumerate(x) if j != index)
        return others[min(k, len(others)) - 1] * (1 + 1e-9)

    of_real = [(radius(real, j, k), radius(real, j, k_coverage)) for j in range(len(real))]
    of_fake = [radius(fake, i, k) for i in range(len(fake))]
    apart = [[distance(x, y) for y in real] for x in fake]
    n, m = len(real), len(fake)
    wide = [[apart[i][j] <= of_real[j][1] for j in range(n)] for i in range(m)]
    return {
        "precision": sum(any(apart[i][j] <= of_real[j][0] for j in range(n)) for i in range(m)) / m,
        "recall": sum(any(apart[i][j] <= of_fake[i] for i in range(m)) for j in range(n)) / n,
        "density": sum(map(sum, wide)) / (min(k_coverage, n - 1) * m),
        "coverage": sum(any(wide[i][j] for i in range(m)) for j in range(n)) / n,
    }


@WIDTHS
@pytest.mark.parametrize("k", [1, 3, 12])
def test_they_are_torch_fidelitys_and_prdcs(d: int, k: int) -> None:
    """On float64 features without ties, off in several ways; torch-fidelity rounds its means to float32."""
    of = scorer(normal(800, d), 400, "precision_recall", k=k, k_coverage=k)
    real, healthy = reference(of), normal(400, d, seed=1)
    for fake in (healthy, 0.3 * healthy, 2.0 * healthy + 0.5, torch.cat([healthy[:390], 9.0 + healthy[:10]])):
        ours, prdc, fidelity = of.score(fake), _prdc(real, fake, k), _fidelity(real, fake, k)
        assert ours["precision"] == pytest.approx(fidelity["precision"], abs=1e-6)
        assert ours["recall"] == pytest.approx(fidelity["recall"], abs=1e-6)
        for name, value in prdc.items():
            assert ours[name] == pytest.approx(value, abs=1e-9), f"{name} is prdc's"


@given(clouds(), st.integers(1, 7), st.integers(1, 7))
@settings(max_examples=60)
def test_with_ties_they_are_a_loops(cloud: tuple[Tensor, Tensor], k: int, k_coverage: int) -> None:
    """Duplicates, all samples equal, fewer samples than neighbours, coordinates up to 1e150."""
    data, fake = cloud
    of = scorer(data, len(fake), "precision_recall", k=k, k_coverage=k_coverage)
    expected = _looped(reference(of), fake, k, k_coverage)
    found = of.score(fake)
    assert {name: found[name] for name in expected} == pytest.approx(expected)


@WIDTHS
@pytest.mark.parametrize("offset", [0.0, 1e4])
def test_a_copy_of_the_kth_neighbour_is_inside(d: int, offset: float) -> None:
    """It is exactly on the ball's surface, and its distance is computed in another way than the radius."""
    of = scorer(normal(400, d) + offset, 200, "precision_recall", k=3, k_coverage=3)
    real = reference(of)
    distances = torch.cdist(real, real, compute_mode="donot_use_mm_for_euclid_dist")
    third = distances.fill_diagonal_(torch.inf).argsort(dim=1)[:, 2]
    for row in range(0, 200, 10):
        alone = real[third[row]] - real[row]
        far = real[row] + 1e6 * alone
        fake = torch.cat([real[third[row]][None], far.expand(199, -1)])
        # On the surface of the ball around `row`; inside those around the neighbours that it is nearer to.
        within = distances[:, third[row]] <= distances.sort(dim=1).values[:, 2] * (1 + 1e-9)
        within[third[row]] = True
        assert of.score(fake)["coverage"] == pytest.approx(float(within.double().mean()))
        assert within[row]
        beside = real[row] + alone * (1 + 1e-6)
        outside = torch.cat([beside[None], far.expand(199, -1)])
        reached = torch.cdist(real, beside[None], compute_mode="donot_use_mm_for_euclid_dist")[:, 0]
        within = reached <= distances.sort(dim=1).values[:, 2]
        assert of.score(outside)["coverage"] == pytest.approx(float(within.double().mean()))
        assert not within[row], "a millionth farther out is outside"


@WIDTHS
def test_the_reference_itself_is_covered_where_strict_comparison_says_half(d: int) -> None:
    """Data in which every point comes in many copies: radii are 0, and a copy is still inside."""
    x = normal(2, d).repeat(40, 1)
    of = scorer(x, 40, "precision_recall")
    real = reference(of)
    scores = of.score(real)
    assert scores["precision"] == scores["recall"] == scores["coverage"] == 1.0
    assert _prdc(real, real, 3)["coverage"] == 0.0, "or this is no trap"


@pytest.mark.parametrize(("real", "fake", "k"), [(300, 300, 5), (200, 400, 3), (3, 50, 5)])
def test_the_expected_coverage_is_that_of_a_perfect_generator(real: int, fake: int, k: int) -> None:
    """The mean over draws of real and generated samples from one distribution."""
    draws = 30 if real > 10 else 2000
    coverages = []
    for seed in range(draws):
        x, y = normal(real, 2, seed=2 * seed), normal(fake, 2, seed=2 * seed + 1)
        radius = torch.cdist(x, x).sort(dim=1).values[:, min(k, real - 1)]
        coverages.append(float((torch.cdist(x, y).amin(dim=1) <= radius).double().mean()))
    mean = torch.tensor(coverages, dtype=torch.float64)
    error = float(mean.std()) / draws**0.5
    assert expected_coverage(real, fake, k) == pytest.approx(float(mean.mean()), abs=4 * error)


def test_the_expected_coverage_is_the_published_one() -> None:
    """.9689 at 2,000 and 2,000 with five neighbours, and about 1 - 2⁻⁵ for many."""
    assert expected_coverage(2000, 2000, 5) == pytest.approx(0.9689, abs=5e-5)
    assert expected_coverage(10**9, 10**9, 5) == pytest.approx(1 - 0.5**5)


def test_features_of_images_are_the_extractors() -> None:
    """Digits, seen by the bundled classifier: as torch-fidelity on the same features."""
    data = Digits()
    of = Scorer.of(data, data.load(Path()), [Choice.of(METRICS, "precision_recall")], 300)
    extractor = load_extractor(Wanted("ganbench-digits"))
    x = of.held_out + 0.5 * torch.randn(of.held_out.shape, generator=torch.Generator().manual_seed(0))
    real, fake = (extractor(to_uint8(z)).values for z in (reference(of), x))
    theirs = _fidelity(real, fake, 3)
    assert of.score(x)["precision"] == pytest.approx(theirs["precision"], abs=1e-6)
    assert of.score(x)["recall"] == pytest.approx(theirs["recall"], abs=1e-6)
    assert of.score(x)["coverage"] == pytest.approx(_prdc(real, fake, 5)["coverage"], abs=1e-9)


def test_each_failure_moves_its_own_number() -> None:
    """Half of the modes lost: coverage and recall. Noise: precision. One sample: everything but precision."""
    data = Ring()
    samples = data.load(Path())
    of = Scorer.of(data, samples, [Choice.of(METRICS, "precision_recall")], 1000)
    oracle = of.oracle()
    assert oracle["coverage"] == pytest.approx(oracle["coverage_expected"], abs=0.03)
    assert samples.centres is not None
    four = samples.centres[torch.arange(1000) % 4] + 0.02 * normal(1000, 2).float()
    half, noise, one = (
        of.score(x) for x in (four, of.held_out + normal(1000, 2), reference(of)[:1].repeat(1000, 1))
    )
    assert half["coverage"] < 0.55 and half["recall"] < 0.55 and half["precision"] > 0.9
    assert noise["precision"] < 0.5 < oracle["precision"]
    assert one["coverage"] < 0.02 and one["recall"] < 0.02 and one["precision"] == 1.0


def test_few_samples_are_cautioned_against() -> None:
    """And enough are not."""
    metric = PrecisionRecall()
    assert "`samples: 1000`" in metric.cautions(Ring(), 500, True)[0]
    assert metric.cautions(Ring(), 2000, True) == []


def test_more_neighbours_than_there_are_are_cautioned_against() -> None:
    """The protocol holds the number that was asked for, and the balls reach to the farthest sample only."""
    assert PrecisionRecall(k=999, k_coverage=999).cautions(Ring(), 1000, True) == []
    (both,) = PrecisionRecall(k=1000, k_coverage=1000).cautions(Ring(), 1000, True)
    assert "999 neighbours" in both and "`k: 1000` and `k_coverage: 1000`" in both
    _, one = PrecisionRecall(k_coverage=500).cautions(Ring(), 300, True)
    assert "`k: 3`" not in one and "`samples: 501`" in one


def test_options_that_do_not_fit_are_refused() -> None:
    """Points have no extractor; 8 x 8 digits are not for the bundled classifier of 28 x 28."""
    assert "leave out" in (PrecisionRecall(extractor="ganbench-digits").fits(Ring()) or "")
    assert "28" in (PrecisionRecall(extractor="ganbench-mnist").fits(Digits()) or "")
