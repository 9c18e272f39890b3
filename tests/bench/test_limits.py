"""Limits hold to the last digit, and own up to what so few samples cannot show."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from bench.limits import EACH_MODE, LIMITS, Limit, findings, not_looked_for, strictly_counted


def limit(output: str) -> Limit:
    return next(limit for limit in LIMITS if output in limit.outputs)


@pytest.mark.parametrize(
    ("output", "parts", "of"),
    [("modes_10pct", 9, 10), ("recall", 3, 10), ("coverage", 2, 5), ("precision", 3, 5)],
)
def test_a_share_of_the_oracle_is_crossed_where_it_is_met(output: str, parts: int, of: int) -> None:
    """In whole numbers: 0.4 · 0.145 is a hair below 0.058 in binary, and the next sample is beyond it."""
    for thousandths in range(of, 1001, of):
        oracle, met = thousandths / 1000, thousandths * parts // of
        assert limit(output).crossed(met / 1000, oracle, 1000)
        assert not limit(output).crossed((met + 1) / 1000, oracle, 1000)
    assert limit("modes_10pct").crossed(27.0, 30.0, 1000) and not limit("modes_10pct").crossed(
        28.0, 30.0, 1000
    )


def test_an_excess_is_crossed_where_it_is_met() -> None:
    """0.2 + 0.1 is a hair above 0.3 in binary."""
    for hundredths in range(90):
        assert limit("copied").crossed((hundredths + 10) / 100, hundredths / 100, 1000)
        assert not limit("copied").crossed((hundredths + 9.9) / 100, hundredths / 100, 1000)


def test_fifteen_samples_a_mode_suffice_however_many_modes_there_are() -> None:
    """735 · (1 / 49) is a hair below 15 in binary."""
    for modes in range(7, 1000):
        assert EACH_MODE.reached(15 * modes, {"rarest_expected": 15 * modes * (1.0 / modes)})
        assert not EACH_MODE.reached(15 * modes - 1, {"rarest_expected": (15 * modes - 1) * (1.0 / modes)})
    assert not EACH_MODE.reached(99, {"rarest_expected": 50.0}), "two modes, and yet too few"
    assert EACH_MODE.reached(100, {"modes": 8.0}), "nobody knows"


def test_only_what_could_be_seen_is_named_as_not_looked_for() -> None:
    """Modes come and go in histories only, and are followed by a metric that counts them."""
    few = {"lowest_share": 0.5, "rarest_expected": 14.0}
    assert not_looked_for(300, few, followed=True) == "thinned modes, modes that come and go"
    assert not_looked_for(300, few, followed=False) == "thinned modes"
    assert not_looked_for(300, {"fid": 1.0}, followed=False) == ""
    assert not_looked_for(300, {**few, "rarest_expected": 15.0}, followed=True) == ""


@pytest.mark.parametrize("a_mode", [1, 2, 3, 4, 8])
@pytest.mark.parametrize("modes", [25, 100, 400])
def test_chance_loses_no_modes(modes: int, a_mode: int) -> None:
    """Of few samples a mode chance misses many; a perfect generator is silent or within the limit."""
    n = modes * a_mode
    draws = np.random.default_rng(0).multinomial(n, np.full(modes, 1.0 / modes), size=400)
    held = (draws >= 0.1 * a_mode).sum(axis=1)
    alarms = [
        findings(
            {"modes_10pct": float(pool)}, {"modes_10pct": float(real), "rarest_expected": float(a_mode)}, n
        )
        for pool, real in pairwise(held)
    ]
    assert sum(map(bool, alarms)) <= 0.01 * len(alarms)


def test_a_study_that_counts_modes_twice_says_by_which_count_it_judges() -> None:
    """With both outputs the limit reads the strict one; with one of them there is nothing to tell apart."""
    both = {"modes": {"label": "modes"}, "modes_10pct": {"label": "modes ≥ 10 %"}}
    blob = findings({"modes": 25.0, "modes_10pct": 5.0}, {"modes": 25.0, "modes_10pct": 25.0}, 1000)
    assert [found.output for found in blob] == ["modes_10pct"]
    assert strictly_counted(both) == (
        "Verdicts count a mode as held only from a tenth of its share on: that is the output “modes ≥ 10 %”, "
        "not “modes”."
    )
    assert all(strictly_counted({name: both[name]}) is None for name in both)
