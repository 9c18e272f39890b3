"""Support: how many different samples, when that is known; and where duplicates hide."""

from __future__ import annotations

import itertools
import math

import pytest
import torch
from clouds import clouds, normal, reference, scorer
from hypothesis import given, settings
from torch import Tensor

from bench.metrics.support import Support
from gan.data.ring import Ring

WIDTHS = pytest.mark.parametrize("d", [2, 16], ids=["tree", "blocks"])


@given(clouds())
@settings(max_examples=60)
def test_pairs_are_a_loops(cloud: tuple[Tensor, Tensor]) -> None:
    """All pairs, one after the other, against the 1st percentile of real neighbours' distances."""
    data, fake = cloud
    of = scorer(data, len(fake), "support")
    points = reference(of).tolist()
    nearest = [min(math.dist(a, b) for j, b in enumerate(points) if j != i) for i, a in enumerate(points)]
    tau = float(torch.quantile(torch.tensor(nearest, dtype=torch.float64), 0.01))

    def twins(a: list[float], b: list[float]) -> bool:
        return math.dist(a, b) <= tau * (1 - 1e-9)

    rows = fake.tolist()
    pairs = sum(twins(a, b) for a, b in itertools.combinations(rows, 2))
    near = sum(any(twins(a, b) for j, b in enumerate(rows) if j != i) for i, a in enumerate(rows))
    n = len(rows)
    found = of.score(fake)
    assert found["support"] == pytest.approx(n * (n - 1) / 2 / max(pairs, 1))
    assert found["near_duplicates"] == pytest.approx(near / n)


@WIDTHS
@pytest.mark.parametrize("support", [10, 100, 1000])
def test_a_known_support_is_estimated(d: int, support: int) -> None:
    """Draws with replacement from that many samples, with noise far below the distance of neighbours."""
    of = scorer(normal(4000, d), 2000, "support")
    drawn = torch.randint(support, (2000,), generator=torch.Generator().manual_seed(1))
    fake = normal(support, d, seed=2)[drawn] + 1e-6 * normal(2000, d, seed=3)
    found = of.score(fake)
    expected_pairs = 2000 * 1999 / 2 / support
    tolerance = 4 / math.sqrt(expected_pairs) + 0.05
    assert found["support"] == pytest.approx(support, rel=tolerance)
    assert found["near_duplicates"] > 0.8


@WIDTHS
def test_healthy_samples_are_like_the_oracle(d: int) -> None:
    """A hundredth of them has a near neighbour, as real samples have by definition."""
    of = scorer(normal(8000, d), 2000, "support")
    assert of.score(normal(2000, d, seed=9))["near_duplicates"] == pytest.approx(0.01, abs=0.015)
    assert of.oracle()["support"] > 50_000


@WIDTHS
def test_exact_duplicates_count_where_the_data_repeats_itself(d: int) -> None:
    """τ is then 0, and nothing is nearer than 0; nor may near ones count."""
    of = scorer(normal(50, d).repeat(40, 1), 1000, "support")
    fake = normal(1000, d, seed=1)
    assert of.score(fake) == {"support": 1000 * 999 / 2, "near_duplicates": 0.0}
    fake[:10] = fake[0]
    assert of.score(fake) == {"support": 1000 * 999 / 2 / 45, "near_duplicates": 0.01}


@WIDTHS
def test_all_samples_equal_are_a_support_of_one(d: int) -> None:
    """Every pair is a duplicate."""
    of = scorer(normal(400, d), 200, "support")
    assert of.score(normal(1, d).repeat(200, 1)) == {"support": 1.0, "near_duplicates": 1.0}


def test_heavy_noise_hides_duplicates_and_lost_modes_go_unseen() -> None:
    """Both blind spots that the documentation admits."""
    of = scorer(normal(4000, 16), 2000, "support")
    few = normal(100, 16, seed=2)[torch.arange(2000) % 100]
    assert of.score(few)["support"] < 110
    assert of.score(few + normal(2000, 16, seed=3))["support"] > 20_000
    two_modes = normal(4000, 16) + 50.0 * (torch.arange(4000) % 2)[:, None]
    of = scorer(two_modes, 2000, "support")
    assert of.score(normal(2000, 16, seed=4))["support"] > 20_000, "one of them is lost"


def test_nothing_ranks_by_it() -> None:
    """Without a pair of duplicates the estimate is N (N - 1) / 2, however different the generators are."""
    of = scorer(normal(4000, 2), 200, "support")
    spread = [10.0 * normal(200, 2, seed=4), 100.0 * normal(200, 2, seed=5)]
    assert [of.score(fake)["near_duplicates"] for fake in spread] == [0.0, 0.0]
    assert {of.score(fake)["support"] for fake in spread} == {200 * 199 / 2}
    assert not any(output.headline for output in of.outputs.values())
    assert Support().cautions(Ring(), 2000, False) == []
    assert "the same support" in Support().cautions(Ring(), 2000, True)[0]
