"""The numbers of a comparison: families as declared, failures last, and independent of every order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from factor_studies import study
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.reports._summary import Summary, all_pairs, ranking, summarise
from bench.reports.comparison import markdown
from bench.rows import Results
from bench.stats import d_z, holm, iqm, sign_flip, wilson

SURVIVOR = {"safe": 40.0, "risky": 37.0, "slow": 41.0}


def risky(levels: Mapping[str, str], seed: int) -> float | str:
    """An arm that diverges on 4 of 10 seeds and is three better on the others."""
    if levels["arm"] == "risky" and seed in (1, 3, 6, 8):
        return "diverged"
    return SURVIVOR[levels["arm"]] + 0.3 * np.sin(seed * 7.0 + len(levels["arm"]))


def of(found: Results) -> dict[str, Summary]:
    return {summary.levels["arm"]: summary for summary in summarise(found)}


@pytest.mark.parametrize("baseline", ["arm0", "arm1"])
def test_an_arm_that_often_fails_does_not_win_by_its_survivors(baseline: str) -> None:
    """Its mean is the best by far; it is not bold, and no rank or probability calls it better for sure."""
    found = study({"arm": list(SURVIVOR)}, risky, seeds=10, baseline=baseline)
    arms = of(found)
    cells = {name: arm.cells["fid"] for name, arm in arms.items()}
    assert cells["risky"].final.mean < cells["safe"].final.mean - 2, "or this would show nothing"
    assert cells["safe"].leads and not cells["risky"].leads
    assert cells["risky"].tied and cells["risky"].unscored == 4, "not worse either: 6 wins of 10"
    improvement = cells["risky"].improvement if baseline == "arm0" else cells["safe"].improvement
    assert improvement is not None and improvement.interval.low is not None
    assert improvement.interval.low < 0.5 < (improvement.interval.high or 0.0)
    assert cells["risky"].rank == pytest.approx(0.6 * 1 + 0.4 * 3), "first where it survives, else last"
    placed = ranking(found)
    assert placed is not None and placed.nemenyi is not None
    assert any({0, 1} <= set(group) for group in placed.nemenyi.groups)
    assert "**risky**" not in markdown(found) and "**safe**" in markdown(found)


def test_median_and_interquartile_mean_have_failures_last() -> None:
    """With four failures of ten the middle is survivors still; with six it is a failure, and no number."""
    arm = of(study({"arm": list(SURVIVOR)}, risky, seeds=10))["risky"].cells["fid"]
    scores = sorted(risky({"arm": "risky"}, seed) for seed in (0, 2, 4, 5, 7, 9))
    assert arm.median == pytest.approx((scores[4] + scores[5]) / 2), "not the middle of the survivors"
    assert arm.iqm is None, "the worst of the middle half, places 3 to 8 of 10, are failures"
    score = lambda levels, seed: "failed" if seed < 6 else risky(levels, 0)  # noqa: E731
    arm = of(study({"arm": list(SURVIVOR)}, score, seeds=10))["risky"].cells["fid"]
    assert (arm.median, arm.iqm) == (None, None) and arm.final.n == 4


def test_failing_most_of_the_time_is_worse() -> None:
    """With eight failures of ten there is no mark: the sign test tells it from the best."""
    score = lambda levels, seed: "failed" if levels["arm"] == "risky" and seed > 1 else risky(levels, 0)  # noqa: E731
    found = of(study({"arm": list(SURVIVOR)}, score, seeds=12))
    assert not found["risky"].cells["fid"].tied and found["risky"].cells["fid"].unscored == 10


def test_where_every_arm_fails_the_best_rank_leads() -> None:
    """Not the best mean of survivors."""
    fails = {"safe": (0,), "risky": (1, 2, 3, 4, 5), "slow": (6,)}

    def score(levels: Mapping[str, str], seed: int) -> float | str:
        return "failed" if seed in fails[levels["arm"]] else SURVIVOR[levels["arm"]]

    found = of(study({"arm": list(SURVIVOR)}, score, seeds=8))
    assert [name for name, arm in found.items() if arm.cells["fid"].leads] == ["safe"]


def declared(**told: Any) -> dict[str, Any]:
    compare = {"metric": "fid", "direction": "lower", "family": "all_vs_baseline", "alpha": 0.05, **told}
    return {**compare, "baseline": "arm0", "arms": [f"arm{index}" for index in range(4)], "seeds": [0]}


FOUR = {"arm": ["a", "b", "c", "d"]}


def drifting(levels: Mapping[str, str], seed: int) -> float:
    return 10.0 * "abcd".index(levels["arm"]) + np.cos(3.0 * seed + len(levels))


@pytest.mark.parametrize(
    ("family", "size", "factor"), [("all_vs_baseline", 3, 3), ("all_pairs", 6, 6), (["arm1", "arm2"], 2, 2)]
)
def test_p_is_corrected_for_the_declared_family(family: Any, size: int, factor: int) -> None:
    """Every raw p is the smallest that 8 seeds allow, so that each counts as often as the family is large."""
    found = study(FOUR, drifting, seeds=8, compare=declared(family=family))
    cells = {name: arm.cells["fid"] for name, arm in of(found).items()}
    assert cells["b"].p == 2.0**-7 and cells["b"].p_holm == pytest.approx(factor * 2.0**-7)
    assert (cells["d"].p_holm is None) == isinstance(family, list), "outside the family there is none"
    text = markdown(found)
    assert f"Holm-corrected for {size} comparisons" in text and f"; {size} comparisons (" in text
    assert len(all_pairs(found)) == (6 if family == "all_pairs" else 0)
    assert ("## All pairs" in text) == (family == "all_pairs")


def test_a_comparison_that_cannot_be_tested_still_counts() -> None:
    """A family does not shrink because an arm has not run."""
    score = lambda levels, seed: "pending" if levels["arm"] == "d" else drifting(levels, seed)  # noqa: E731
    cells = of(study(FOUR, score, seeds=8))
    assert cells["d"].cells["fid"].p is None
    assert cells["b"].cells["fid"].p_holm == pytest.approx(3 * 2.0**-7)


def test_an_arm_that_failed_altogether_lost_every_seed() -> None:
    """It has no difference, and yet a p-value: nothing is as bad."""
    score = lambda levels, seed: "failed" if levels["arm"] == "d" else drifting(levels, seed)  # noqa: E731
    cell = of(study(FOUR, score, seeds=8))["d"].cells["fid"]
    assert (cell.p, cell.final.n) == (2.0**-7, 0)


def test_departures_from_the_declaration_are_said() -> None:
    """What was another, what was added, and that nothing was declared."""
    now = {**declared(alpha=0.01, family="all_pairs"), "seeds": [0, 1, 2]}
    found = study(FOUR, drifting, seeds=3, compare=now)
    assert "Not declared before the first run: FID" in markdown(found)
    plan = {**found.plan, "declared": {**declared(), "arms": ["arm0", "arm1", "gone"]}}
    text = markdown(replace(found, plan=plan))
    assert (
        "**This report departs from what was declared before the first run: alpha was 0.05, is 0.01; family "
        "was all_vs_baseline, is all_pairs; 2 arms added (c, d); 1 arm gone; 2 seeds added (1, 2).**" in text
    )
    kept = replace(found, plan={**found.plan, "declared": now})
    assert "Declared before the first run: FID, lower is better; 6 comparisons" in markdown(kept)


@settings(deadline=None, max_examples=15)
@given(st.integers(0, 2**32 - 1), st.integers(1, 12))
def test_cells_hold_what_the_statistics_give_alone(seed: int, seeds: int) -> None:
    """Together or one by one, and whatever order the rows are in."""
    rng = np.random.default_rng(seed)
    table = {
        (arm, s): float(rng.normal()) if rng.random() < 0.8 else "failed" for arm in "abcd" for s in range(12)
    }
    found = study(FOUR, lambda levels, s: table[levels["arm"], s], seeds=seeds)
    arms = of(found)
    finals = {
        arm: np.array([x if isinstance(x := table[arm, s], float) else np.nan for s in range(seeds)])
        for arm in "abcd"
    }
    for arm in "bcd":
        cell, gaps = arms[arm].cells["fid"], finals[arm] - finals["a"]
        gaps, mine = gaps[~np.isnan(gaps)], finals[arm][~np.isnan(finals[arm])]
        tested = np.where(np.isnan(finals[arm]), 0.0, 1.0) - np.where(np.isnan(finals["a"]), 0.0, 1.0)
        tested = np.where(tested, tested, np.nan_to_num(np.sign(finals["a"] - finals[arm])))
        whole = len(gaps) == seeds
        assert cell.p == (sign_flip(gaps if whole else tested) if seeds > 1 else None)
        centre = iqm(np.where(np.isnan(finals[arm]), np.inf, finals[arm]))
        assert cell.d_z == pytest.approx(d_z(gaps)) and cell.iqm == (centre if np.isfinite(centre) else None)
        assert cell.unscored == seeds - len(mine)
        rate = arms[arm].rates["healthy"]
        assert (rate.low, rate.high) == wilson(len(mine), seeds)
    raw = [arms[arm].cells["fid"].p for arm in "bcd"]
    assert [arms[arm].cells["fid"].p_holm for arm in "bcd"] == [
        None if p is None else q
        for p, q in zip(raw, holm([1.0 if p is None else p for p in raw]), strict=True)
    ]
    shuffled = found.rows.sample(frac=1.0, random_state=seed % 1000)
    assert repr(summarise(replace(found, rows=shuffled))) == repr(summarise(found))
