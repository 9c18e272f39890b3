"""Counting modes: closed forms, and what scripted failures do to each number."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from bench.metrics import modes
from bench.metrics._classes import by_channel
from bench.metrics.modes import Modes
from bench.metrics.scorer import Scorer
from bench.registries import METRICS
from gan.data.base import Data
from gan.data.digits import Digits, load_digits
from gan.data.dirac import Dirac
from gan.data.discrete import Discrete
from gan.data.high_dimensional import HighDimensional
from gan.data.imbalanced import Imbalanced
from gan.data.random_mixture import RandomMixture
from gan.data.ring import Ring
from gan.data.spiral import Spiral
from gan.data.stacked_digits import StackedDigits
from gan.recipe import Choice

N = 2000
RING = Ring()
SAMPLES = RING.load(Path())
MODES = [Choice.of(METRICS, "modes")]
SCORER = Scorer.of(RING, SAMPLES, MODES, N)
assert SAMPLES.centres is not None
assert SAMPLES.sigma is not None
CENTRES, SIGMA = SAMPLES.centres, SAMPLES.sigma
DIGITS_SAMPLES = Digits().load(Path())
DIGITS_X, DIGITS_PRIORS = DIGITS_SAMPLES.x, DIGITS_SAMPLES.priors
DIGITS_SCORER = Scorer.of(Digits(), DIGITS_SAMPLES, MODES, 40)


def _from_modes(modes: list[int], spread: float = 1.0) -> Tensor:
    """N points, evenly from these modes of the ring."""
    generator = torch.Generator().manual_seed(1)
    chosen = torch.tensor(modes)[torch.arange(N) % len(modes)]
    return CENTRES[chosen] + spread * SIGMA * torch.randn(N, 2, generator=generator)


def test_a_healthy_ring_has_all_modes_and_its_ceiling_of_quality() -> None:
    """Within 3 sigma are 98.89 % of a two-dimensional Gaussian, so no generator should be asked for more."""
    scores = SCORER.score(_from_modes(list(range(8))))
    assert scores["modes"] == scores["modes_10pct"] == 8
    assert scores["reverse_kl"] < 0.001
    ceiling = SCORER.outputs["high_quality"].ceiling
    assert ceiling == pytest.approx(0.98889, abs=1e-5)
    assert scores["high_quality"] == pytest.approx(ceiling, abs=0.01), "4 standard errors at N = 2000"


def test_real_points_reach_the_ceiling() -> None:
    """The closed form against 100,000 of the data's own points."""
    near = (torch.cdist(SAMPLES.x, CENTRES).amin(dim=1) <= 3 * SIGMA).double().mean()
    assert near.item() == pytest.approx(1 - math.exp(-4.5), abs=0.002)


@pytest.mark.parametrize("distances", [1, 8 * 300])
def test_points_are_counted_block_by_block_as_at_once(
    distances: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A row of distances at a time, or blocks that do not divide the samples: memory changes no score."""
    whole = SCORER.score(_from_modes([0, 1, 2, 5]))
    monkeypatch.setattr(modes, "_DISTANCES", distances)
    assert SCORER.score(_from_modes([0, 1, 2, 5])) == whole


_COORDINATES = st.sampled_from([0.0, 1.0, -1.0, 1e-300, 1e150]) | st.floats(-2.0, 2.0)


@given(st.integers(1, 12), st.integers(2, 40), st.data())
@settings(max_examples=50)
def test_no_more_modes_are_held_than_there_are(kinds: int, n: int, data: st.DataObject) -> None:
    """Nor than there are samples; every number is finite, in its range, and blind to the samples' order."""
    ring = Ring(modes=kinds, size=100)
    scorer = Scorer.of(ring, ring.load(Path()), MODES, n)
    rows = st.lists(st.tuples(_COORDINATES, _COORDINATES), min_size=n, max_size=n)
    x = torch.tensor(data.draw(rows), dtype=torch.float64)
    real = torch.tensor(data.draw(st.lists(st.booleans(), min_size=n, max_size=n)))
    x[real] = scorer.held_out.double()[:n][real]
    found = scorer.score(x)
    assert found["modes_10pct"] <= found["modes"] <= min(kinds, n)
    assert 0.0 <= found["high_quality"] <= 1.0 and 0.0 <= found["lowest_share"] <= 1.0 + 1e-12
    assert -1e-12 <= found["reverse_kl"] <= math.log(kinds) + 1e-9
    assert -1e-12 <= found["jsd"] <= math.log(2.0) + 1e-12
    assert found["rarest_expected"] == pytest.approx(n / kinds)
    assert scorer.score(x.flip(0)) == found


@given(st.lists(st.integers(0, 1796), min_size=40, max_size=40), st.floats(0.0, 3.0), st.integers(0, 9))
@settings(max_examples=20)
def test_no_more_classes_are_held_than_there_are(rows: list[int], spread: float, seed: int) -> None:
    """The same for images, whatever the classifier makes of them."""
    noise = torch.randn(40, 1, 8, 8, generator=torch.Generator().manual_seed(seed))
    x = (DIGITS_X[rows] + spread * noise).clamp(-1.0, 1.0)
    found = DIGITS_SCORER.score(x)
    assert found["modes"] <= min(10, len(set(rows))) if spread == 0.0 else found["modes"] <= 10
    assert all(math.isfinite(value) for value in found.values())
    assert 0.0 <= found["confidence"] <= 1.0 and found["lowest_share"] <= 1.0 + 1e-9
    assert -1e-12 <= found["class_kl"] <= -math.log(float(DIGITS_PRIORS.min())) + 1e-9
    turned = DIGITS_SCORER.score(x.flip(0))
    assert turned == pytest.approx(found, rel=1e-6), "but for the rounding of sums"


@pytest.mark.parametrize("kept", [1, 4, 7])
def test_dropped_modes_are_counted_and_cost_ln_of_the_share(kept: int) -> None:
    """With k of K modes, evenly, KL is ln(K / k)."""
    scores = SCORER.score(_from_modes(list(range(kept)), spread=0.1))
    assert scores["modes"] == scores["modes_10pct"] == kept
    assert scores["reverse_kl"] == pytest.approx(math.log(8 / kept), abs=1e-3)
    assert scores["high_quality"] == 1.0


def test_a_blob_reaches_modes_by_luck_but_holds_none() -> None:
    """One sample a mode is the literature's count; a tenth of the fair share is not fooled."""
    scores = SCORER.score(torch.randn(N, 2, generator=torch.Generator().manual_seed(0)))
    assert scores["modes"] == 8
    assert scores["modes_10pct"] == 0
    assert scores["high_quality"] < 0.02


def test_with_nothing_near_a_mode_the_divergence_is_the_worst_there_is() -> None:
    """0/0 has an agreed value: ln K, that of a generator that only knows one mode."""
    scores = SCORER.score(torch.zeros(N, 2))
    assert scores["modes"] == scores["high_quality"] == 0.0
    assert scores["reverse_kl"] == pytest.approx(math.log(8))


def test_one_sample_repeated_on_a_centre_is_one_mode_of_perfect_quality() -> None:
    """High quality alone does not see collapse, which is why it is never alone."""
    scores = SCORER.score(CENTRES[3].expand(N, 2))
    assert scores["modes"] == scores["modes_10pct"] == 1
    assert scores["high_quality"] == 1.0
    assert scores["reverse_kl"] == pytest.approx(math.log(8))


def test_a_tenth_of_the_fair_share_is_of_all_samples() -> None:
    """At N = 2000 and K = 8 a mode needs 25 high-quality samples: 24 are too few."""
    x = CENTRES[0].repeat(N, 1)
    x[:25] = CENTRES[1]
    x[25:49] = CENTRES[2]
    scores = SCORER.score(x)
    assert scores["modes"] == 3
    assert scores["modes_10pct"] == 2


@pytest.mark.parametrize("dropped", [1, 3, 5])
def test_dropped_digits_are_counted(dropped: int) -> None:
    """The classifier errs on a digit in a hundred, and still no dropped class is reported."""
    images, labels = load_digits()
    data = Digits()
    scorer = Scorer.of(data, data.load(Path()), MODES, N)
    kept = images[labels >= dropped]
    scores = scorer.score(kept[torch.arange(scorer.n) % len(kept)])
    assert scores["modes"] == 10 - dropped
    assert scores["class_kl"] == pytest.approx(math.log(10 / (10 - dropped)), abs=0.06)
    assert scores["confidence"] > 0.98
    assert scorer.oracle()["modes"] == 10


def test_a_stack_that_never_changes_is_one_of_a_thousand_modes() -> None:
    """And real stacks reach as many of the 1,000 as 2,000 draws from their priors do."""
    data = StackedDigits(size=4000)
    samples = data.load(Path())
    scorer = Scorer.of(data, samples, MODES, N)
    assert scorer.outputs["modes"].ceiling == 1000
    collapsed = scorer.score(samples.x[:1].expand(N, -1, -1, -1))
    assert collapsed["modes"] == 1
    expected = float((1 - (1 - samples.priors) ** N).sum())
    assert scorer.oracle()["modes"] == pytest.approx(expected, abs=40)


def test_images_that_no_bundled_classifier_knows_are_declined() -> None:
    """Without labels there are no modes to count."""

    class Photographs(Digits):  # type: ignore[misc]
        @property
        def classifier(self) -> str | None:
            return None

    assert "classifier" in (Modes().fits(Photographs()) or "")
    assert Modes().fits(RING) is None
    assert Modes().fits(Digits()) is None


def test_a_bundled_classifier_by_name_is_the_one_of_auto() -> None:
    """Its classes are told apart, and of a stack by channel, just the same."""
    data = StackedDigits(size=400)
    named = [Choice.of(METRICS, "modes", classifier="ganbench-digits-stacked")]
    automatic, chosen = (Scorer.of(data, data.load(Path()), metrics, 200) for metrics in (MODES, named))
    assert automatic.outputs == chosen.outputs
    assert automatic.look(automatic.held_out) == chosen.look(chosen.held_out)


def test_the_lowest_share_is_that_of_the_rarest_mode() -> None:
    """A mode at a fifth of its share; and which modes are held is told one by one."""
    points = _from_modes(list(range(8)), spread=0.1)
    fair = N // 8
    seventh = torch.arange(N) % 8 == 7
    moved = torch.nonzero(seventh)[fair // 5 :, 0]
    points[moved] = points[moved - 7]
    assert SCORER.score(points)["lowest_share"] == pytest.approx(0.2, abs=0.01)
    assert SCORER.look(points).held == "11111111"
    assert SCORER.look(_from_modes([0, 3], spread=0.1)).held == "10010000"


def test_merged_classes_show_in_the_least_certain_class_and_hardly_in_the_mean() -> None:
    images, labels = load_digits()
    scorer = Scorer.of(Digits(), Digits().load(Path()), MODES, N)
    order = torch.randperm(len(images), generator=torch.Generator().manual_seed(2))[: scorer.n]
    x, y = images[order].clone(), labels[order]
    pairs = int(min((y == 0).sum(), (y == 1).sum()))
    zeros, ones = (torch.nonzero(y == digit)[:pairs, 0] for digit in (0, 1))
    x[zeros] = x[ones] = 0.5 * (x[zeros] + x[ones])
    whole, merged = scorer.score(images[order]), scorer.score(x)
    assert whole["lowest_confidence"] > 0.97
    assert merged["lowest_confidence"] < 0.9
    assert merged["confidence"] > 0.9 * whole["confidence"]


def test_the_histogram_of_a_stack_is_taken_apart_by_channel() -> None:
    """Against counting the digits of every class number."""
    counts = torch.randint(0, 9, (1000,), generator=torch.Generator().manual_seed(0))
    expected = torch.zeros(30, dtype=torch.int64)
    for kind, count in enumerate(counts.tolist()):
        for channel, digit in enumerate((kind // 100, kind // 10 % 10, kind % 10)):
            expected[10 * channel + digit] += count
    assert torch.equal(by_channel(counts, 10, 3), expected)


def test_a_digit_that_one_channel_has_lost_is_missed_among_thirty() -> None:
    data = StackedDigits(size=4000)
    scorer = Scorer.of(data, data.load(Path()), MODES, N)
    oracle, real = scorer.look(scorer.train[: scorer.n]), scorer.train[: scorer.n].clone()
    assert oracle.held is not None and oracle.held == "1" * 30
    images, labels = load_digits()
    others = images[labels != 4]
    real[:, 1] = others[torch.arange(scorer.n) % len(others), 0]
    lost = scorer.look(real)
    assert lost.held is not None
    assert [index for index, mode in enumerate(lost.held) if mode == "0"] == [14]
    assert lost.scores["lowest_share"] < 0.1 < oracle.scores["lowest_share"]


@pytest.mark.parametrize("dimensions", [1, 2])
def test_on_a_line_and_a_plane_the_radius_is_the_literatures(dimensions: int) -> None:
    """3 σ, exactly."""
    assert modes.radius(dimensions) == 3.0


@pytest.mark.parametrize("dimensions", [3, 5, 40, 700])
def test_in_more_dimensions_as_many_real_points_are_inside_as_on_a_plane(dimensions: int) -> None:
    """98.89 %, against sums of squared normal numbers; 3 σ would hold next to none of 40 dimensions."""
    generator = torch.Generator().manual_seed(0)
    squared = torch.zeros(20_000, dtype=torch.float64)
    for _ in range(dimensions):
        squared += torch.randn(20_000, generator=generator, dtype=torch.float64) ** 2
    inside = float((squared.sqrt() <= modes.radius(dimensions)).double().mean())
    assert inside == pytest.approx(1 - math.exp(-4.5), abs=5 * math.sqrt(0.011 * 0.989 / 20_000))
    if dimensions >= 40:
        assert float((squared.sqrt() <= 3.0).double().mean()) < 1e-3


@pytest.mark.parametrize(
    "data",
    [
        RandomMixture(modes=3, dimension=1, seed=1, size=20_000),
        RandomMixture(modes=6, dimension=5, size=20_000),
        HighDimensional(modes=4, dimension=50, extra=30, size=20_000),
        Imbalanced(ratio=5.0, size=20_000),
        Discrete(modes=6),
    ],
    ids=lambda data: type(data).__name__,
)
def test_real_data_of_any_dimension_reaches_its_ceiling(data: Data) -> None:
    """All modes, at their shares, of high quality as often as the closed form says: five standard errors."""
    scorer = Scorer.of(data, data.load(Path()), MODES, 5000)
    oracle, ceiling = scorer.oracle(), scorer.outputs["high_quality"].ceiling
    assert ceiling is not None
    assert oracle["high_quality"] == pytest.approx(ceiling, abs=5 * math.sqrt(0.011 * 0.989 / 5000))
    assert oracle["modes"] == oracle["modes_10pct"] == data.modes
    assert oracle["reverse_kl"] < 0.01


def test_rare_modes_have_a_smaller_fair_share() -> None:
    """Equal numbers of every mode are not what imbalanced data looks like; its own priors are."""
    data = Imbalanced(ratio=100.0, sigma=0.01, size=20_000)
    samples = data.load(Path())
    scorer = Scorer.of(data, samples, MODES, N)
    assert samples.centres is not None
    even = scorer.score(samples.centres[torch.arange(N) % 8])
    expected = -sum(math.log(8 * prior) for prior in samples.priors.tolist()) / 8
    assert even["reverse_kl"] == pytest.approx(expected, rel=1e-6)
    assert even["rarest_expected"] == pytest.approx(N * float(samples.priors.min()))


def test_a_sample_is_the_word_that_it_is_nearest_to_spelling() -> None:
    """Soft symbols are the largest, soft bits the nearer end; a word that the data lacks counts for none."""
    for data in (Discrete(length=5, symbols=3, modes=4, size=100), Discrete(length=5, symbols=2, modes=4)):
        scorer = Scorer.of(data, data.load(Path()), MODES, 40)
        centres = data.load(Path()).centres
        assert centres is not None
        soft = 0.6 * centres[torch.arange(40) % 3] + 0.2
        found = scorer.score(soft)
        assert found["modes"] == 3 and found["high_quality"] == 1.0
        wrong = soft.clone()
        # Any one symbol changed: words differ in two at least.
        wrong[:, :3] = soft[:, :3].flip(1) if data.symbols == 3 else 1.0 - soft[:, :3]
        if data.symbols == 2:
            wrong[:, 1:3] = soft[:, 1:3]
        same = (modes.corners(wrong, data.symbols) == modes.corners(soft, data.symbols)).all(dim=1)
        assert scorer.score(wrong)["high_quality"] == pytest.approx(float(same.double().mean()))


def test_modes_without_centres_are_declined() -> None:
    """In words that say what to ask instead."""
    assert "precision_recall" in str(Modes().fits(Spiral()))
    assert "equilibrium" in str(Modes().fits(Dirac()))
