"""Names on the numbers: lines and contrasts of a study against SciPy's tests of the same runs."""

from __future__ import annotations

import numpy as np
import pytest
from factor_studies import study
from scipy import stats as reference

from bench.reports._analysis import Analysis, analyse
from bench.reports._slices import slices
from bench.stats import holm

FACTORS = {"loss": ["hinge", "minimax"], "r1": ["off", "on"], "lr": ["0.1", "0.2", "0.3"]}


def analysis(y: np.ndarray, design: str = "factorial") -> Analysis:
    """Of scores in the shape of FACTORS and seeds."""
    plan = study(FACTORS, lambda levels, seed: 0.0, seeds=y.shape[-1], design=design).plan
    cells = {tuple(arm["levels"].values()): arm["id"] for arm in plan["arms"]}
    scores = {}
    for index in np.ndindex(y.shape[:-1]):
        levels = tuple(labels[at] for labels, at in zip(FACTORS.values(), index, strict=True))
        if levels in cells:
            scores[cells[levels]] = y[index]
    parts, _ = slices(plan)
    return analyse([(part, np.array([scores[arm["id"]] for arm in part.arms])) for part in parts])


@pytest.fixture
def y() -> np.ndarray:
    rng = np.random.default_rng(0)
    return rng.normal(size=(2, 2, 3, 6)) + rng.normal(size=6) + np.arange(3.0)[:, None]


def test_contrasts_are_paired_t_tests_of_means(y: np.ndarray) -> None:
    """Over seeds: of the marginal means, of the means at a level, of the difference of differences."""
    found = analysis(y)
    main = {(c.factor, c.level): c for c in found.main}
    assert list(main) == [("loss", "minimax"), ("r1", "on"), ("lr", "0.2"), ("lr", "0.3")]
    means = y.mean(axis=(0, 1))
    test = reference.ttest_rel(means[2], means[0])
    assert main["lr", "0.3"].p == pytest.approx(test.pvalue)
    assert main["lr", "0.3"].interval.mean == pytest.approx((means[2] - means[0]).mean())
    simple = {(c.factor, c.level, *(c.at or ())): c for c in found.simple}
    assert len(simple) == len(found.simple) == 2 + 3 + 2 + 3 + 4 + 4
    means = y.mean(axis=1)
    assert simple["lr", "0.2", "loss", "minimax"].p == pytest.approx(
        reference.ttest_rel(means[1, 1], means[1, 0]).pvalue
    )
    assert simple["loss", "minimax", "lr", "0.3"].p == pytest.approx(
        reference.ttest_rel(means[1, 2], means[0, 2]).pvalue
    )
    crossed = {(c.factor, c.level, *(c.at or ())): c for c in found.crossed}
    gap = (means[1, 2] - means[0, 2]) - (means[1, 0] - means[0, 0])
    for key in (("loss", "minimax", "lr", "0.3"), ("lr", "0.3", "loss", "minimax")):
        assert crossed[key].p == pytest.approx(reference.ttest_1samp(gap, 0.0).pvalue)
        assert crossed[key].interval.mean == pytest.approx(gap.mean())
    assert crossed["loss", "minimax", "lr", "0.3"].versus == "0.1"


def test_lines_are_one_family_and_contrasts_never_surer_than_their_line(y: np.ndarray) -> None:
    found = analysis(y)
    assert [line.factors for line in found.lines][2:4] == [("lr",), ("loss", "r1")]
    assert [line.p_holm for line in found.lines] == holm([line.p for line in found.lines])
    of = {line.factors: line.p_holm for line in found.lines}
    levels = [c for c in found.main if c.factor == "lr"]
    within = holm([c.p for c in levels])
    assert [c.p_holm for c in levels] == [max(of["lr",], p or 0.0) for p in within]
    assert all(c.p_holm >= max(c.p, of[c.factor,]) for c in found.main)


def test_one_factor_at_a_time_is_one_analysis_each_and_one_family(y: np.ndarray) -> None:
    """A two-level factor's F is the paired t test of its two arms, whatever the other arms did."""
    found = analysis(y, "add_one")
    assert [line.factors for line in found.lines] == [("loss",), ("r1",), ("lr",)]
    assert found.lines[0].p == pytest.approx(reference.ttest_rel(y[1, 0, 0], y[0, 0, 0]).pvalue)
    assert found.lines[0].residual_freedom == 5 and found.lines[2].residual_freedom == 10
    assert [line.p_holm for line in found.lines] == holm([line.p for line in found.lines])
    assert (found.simple, found.crossed, found.arms) == ((), (), 5)


def test_where_nothing_has_an_effect_little_is_claimed() -> None:
    """Of 300 null studies at most 28 claim anything at all: more has p < .001 if 5 % do."""
    rng = np.random.default_rng(7)
    plan = study({"loss": ["hinge", "minimax"], "r1": ["off", "on"]}, lambda levels, seed: 0.0).plan
    (part,), _ = slices(plan)
    claims = 0
    for _ in range(300):
        found = analyse([(part, rng.normal(size=(4, 6)) + rng.normal(size=6))])
        claims += any(c.shown(0.05) for c in (*found.main, *found.simple, *found.crossed))
    assert 0 < claims <= 28
