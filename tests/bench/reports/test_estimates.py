"""Estimates as text."""

from __future__ import annotations

from bench.reports._estimates import equal, interval, probability
from bench.stats import Interval


def test_numbers_say_no_more_than_they_know() -> None:
    assert interval(Interval(1.0, None, None, 1), 1) == "1.0", "one seed has no interval"
    assert interval(Interval(float("nan"), None, None, 0), 1) == "—"
    assert [probability(p) for p in (None, 0.0001, 0.0625, 1.0)] == ["—", "<.001", ".062", "1.000"]


def test_p_values_stand_behind_their_name() -> None:
    """Small ones as a bound."""
    assert equal(0.0124) == "= .012" and equal(1e-9) == "< .001"
