"""How long a score takes: measured where the data is, and never with many samples."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.metrics.scorer import Scorer
from bench.plan import plan
from bench.scoring_cost import _TIMED, extrapolated, score_seconds
from bench.study import Study, parse

SECONDS = st.floats(1e-6, 1e3)


def study(data: str, metrics: str, samples: int) -> Study:
    text = f"question: q\nbase: {{data: {data}}}\nseeds: 1\nmetrics: {metrics}\nsamples: {samples}\n"
    return plan(parse(text, Path("x.yaml"))).study


@given(SECONDS, st.floats(1.0, 100.0))
def test_a_cost_that_grows_with_n_or_with_its_square_is_found(whole: float, times: float) -> None:
    """Exactly, and so is a sum of both."""
    assert extrapolated(whole / 2, whole, times) == pytest.approx(whole * times)
    assert extrapolated(whole / 4, whole, times) == pytest.approx(whole * times**2)
    both = 0.5 * whole * (times + times**2)
    assert extrapolated(0.5 * whole * (0.5 + 0.25), whole, times) == pytest.approx(both)


@given(SECONDS, SECONDS, st.floats(1.0, 100.0))
def test_noise_does_not_lead_astray(half: float, whole: float, times: float) -> None:
    """Whatever was measured, more samples cost as much more as they are, and no more than its square."""
    found = extrapolated(half, whole, times)
    assert whole * times * (1 - 1e-9) <= found <= whole * times**2 * (1 + 1e-9)


@pytest.mark.parametrize("samples", [300, 50_000])
def test_no_score_of_many_samples_is_computed(samples: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """`ganbench check` answers in seconds whatever a study asks for."""
    scored = []
    oracle = Scorer.oracle

    def counted(self: Scorer) -> dict[str, float]:
        scored.append(self.n)
        return oracle(self)

    monkeypatch.setattr(Scorer, "oracle", counted)
    assert score_seconds(study("ring", "[modes]", samples), "cpu") > 0.0
    assert max(scored) == min(samples, _TIMED)


def test_where_the_data_is_missing_its_size_is_what_is_known(tmp_path: Path) -> None:
    """More samples take longer; a network that has to be downloaded is not timed, and takes longest."""
    few, many, inception = (
        score_seconds(study("mnist", metrics, samples), "cpu", tmp_path)
        for metrics, samples in (
            ("[modes]", 500),
            ("[modes]", 5000),
            ("[{fid: {extractor: inception-v3-compat}}]", 5000),
        )
    )
    assert 0.0 < few < many < inception
