"""Distances and positions by hand, and only data that is one point."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from bench.fitting import default_metrics
from bench.metrics.equilibrium import Equilibrium
from bench.metrics.scorer import Scorer
from bench.registries import METRICS
from gan.data.dirac import Dirac
from gan.data.discrete import Discrete
from gan.data.ring import Ring
from gan.recipe import Choice

SCORER = Scorer.of(Dirac(), Dirac().load(Path()), [Choice.of(METRICS, "equilibrium")], 4)


def test_distance_is_the_mean_of_magnitudes_and_position_that_of_signed_ones() -> None:
    """-3, 1, 1 and -1: 1.5 away on average, at -0.5."""
    scores = SCORER.score(torch.tensor([[-3.0], [1.0], [1.0], [-1.0]]))
    assert scores == {"distance": 1.5, "converged": 0.0, "position": -0.5}


def test_real_data_is_at_the_equilibrium() -> None:
    """So is a generator that has reached it, and no other."""
    assert SCORER.oracle() == {"distance": 0.0, "converged": 1.0, "position": 0.0}
    assert SCORER.score(torch.zeros(4, 1))["distance"] == 0.0
    assert SCORER.score(torch.tensor([[0.0], [0.0], [0.0], [1e-6]]))["distance"] > 0.0


def test_it_has_arrived_within_a_distance() -> None:
    """The mean distance, at most `within`."""
    near, far = torch.full((4, 1), -0.02), torch.full((4, 1), 0.021)
    assert SCORER.score(near)["converged"] == 1.0 and SCORER.score(far)["converged"] == 0.0


@pytest.mark.parametrize("data", [Ring(), Ring(modes=1), Discrete(modes=1)])
def test_data_of_many_points_is_declined(data: Ring | Discrete) -> None:
    """Of words, too: a sample may be near many corners."""
    assert "the one point" in str(Equilibrium().fits(data))


def test_it_is_what_such_data_is_scored_by() -> None:
    """Every other metric declines, and says whom to ask."""
    assert [choice.name for choice in default_metrics(Dirac())] == ["equilibrium"]
    for name in set(METRICS.names()) - {"equilibrium"}:
        assert METRICS.load(name)().fits(Dirac()) is not None, name
