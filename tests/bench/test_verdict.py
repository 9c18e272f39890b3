"""The verdict table, row by row."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.limits import LIMITS
from bench.verdict import VERDICTS, History, Verdict, of_scores, verdict

N = 2000
REAL = {
    "modes_10pct": 8.0,
    "lowest_share": 0.9,
    "coverage": 0.97,
    "class_kl": 0.003,
    "recall": 0.9,
    "support": 2e5,
    "authentic": 0.56,
    "copied": 0.01,
    "high_quality": 0.99,
    "precision": 0.9,
    "confidence": 0.99,
    "lowest_confidence": 0.99,
    "converged": 1.0,
    "rarest_expected": 240.0,
    "fid": 1.0,
}
"""What real data scores."""
NAN = float("nan")
Scores = list[tuple[int, dict[str, float | None]]]


def curve(*counts: float | None, output: str = "modes_10pct") -> Scores:
    return [(500 * (index + 1), {output: count}) for index, count in enumerate(counts)]


def ending(*rows: dict[str, float]) -> Scores:
    """Evaluations that are like real data but for what is given."""
    return [(500 * (index + 1), {**REAL, **row}) for index, row in enumerate(rows)]


def judge(scores: Scores, oracle: dict[str, float] | None = None, **seen: object) -> Verdict:
    """As `verdict`, with enough samples a mode unless the oracle says otherwise."""
    best = REAL if oracle is None else {"rarest_expected": 240.0, **oracle}
    return verdict(History(scores=scores, **seen), best, N)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ((8, 8, 8), Verdict("healthy", None, None)),
        ((2, 5, 8), Verdict("healthy", None, None)),
        ((8, 8, 3), Verdict("collapsed", 1500, "holds 3 of 8 modes since step 1500")),
        ((1, 8, 4, 7, 5), Verdict("collapsed", 1500, "holds 5 of 8 modes since step 1500")),
        ((3, 3, 3), Verdict("collapsed", 500, "holds 3 of 8 modes since step 500")),
    ],
)
def test_collapse_is_judged_by_how_the_run_ends(counts: tuple[float | None, ...], expected: Verdict) -> None:
    assert judge(curve(*counts), {"modes_10pct": 8.0}) == expected


@pytest.mark.parametrize(
    ("row", "name"),
    [
        ({}, "healthy"),
        ({"modes_10pct": 7.0}, "collapsed"),
        ({"lowest_share": 0.1}, "collapsed"),
        ({"coverage": 0.3}, "collapsed"),
        ({"recall": 0.2}, "collapsed"),
        ({"class_kl": 0.6}, "collapsed"),
        ({"support": 100.0}, "collapsed"),
        ({"authentic": 0.1}, "memorised"),
        ({"copied": 0.25}, "memorised"),
        ({"high_quality": 0.5}, "unfaithful"),
        ({"precision": 0.4}, "unfaithful"),
        ({"confidence": 0.8}, "unfaithful"),
        ({"lowest_confidence": 0.8}, "unfaithful"),
        ({"converged": 0.0}, "unfaithful"),
        ({"fid": 1000.0}, "healthy"),
    ],
)
def test_every_limit_has_its_verdict(row: dict[str, float], name: str) -> None:
    """By itself, and as the end of a run that was well before; FID has no scale that all data share."""
    assert of_scores({**REAL, **row}, REAL, N).name == name
    assert judge(ending({}, {}, row)).name == name


def test_every_row_of_the_table_is_tested_above() -> None:
    marks = test_every_limit_has_its_verdict.pytestmark  # type: ignore[attr-defined]
    tried = {output for row, _ in marks[0].args[1] for output in row}
    assert all(any(output in tried for output in limit.outputs) for limit in LIMITS)


def test_of_two_symptoms_collapse_is_named_first_and_memorised_second() -> None:
    assert judge(ending({"coverage": 0.1, "copied": 1.0, "precision": 0.1})).name == "collapsed"
    assert judge(ending({"copied": 1.0, "precision": 0.1})).name == "memorised"


def test_a_crash_goes_before_divergence_and_divergence_before_collapse() -> None:
    collapsed = curve(1, 1)
    assert judge(collapsed, diverged_step=700, error="out of memory") == Verdict(
        "failed", None, "out of memory"
    )
    assert judge(collapsed, diverged_step=700) == Verdict("diverged", 700, "not finite since step 700")


def test_the_robust_count_is_preferred_and_the_plain_one_used_alone() -> None:
    blob: Scores = [(500, {"modes": 8.0, "modes_10pct": 0.0})]
    assert judge(blob, {"modes": 8.0, "modes_10pct": 8.0}).name == "collapsed", (
        "a blob touches all modes and holds none"
    )
    assert judge(curve(4, output="modes"), {"modes": 8.0, "fid": 1.0}).name == "collapsed"


@pytest.mark.parametrize(
    ("scores", "oracle", "why"),
    [
        ([(500, {"fid": 9.0})], {"fid": 1.0}, "no metric that sees collapse: it was not looked for"),
        (curve(None), REAL, "no metric that sees collapse gave a value: it was not looked for"),
        ([], REAL, "no metric that sees collapse gave a value: it was not looked for"),
        (
            [*ending({}, {}), (1500, dict.fromkeys(REAL))],
            REAL,
            "no metric that sees collapse gave a value: it was not looked for",
        ),
        (curve(8, NAN), REAL, "no metric that sees collapse gave a value: it was not looked for"),
    ],
)
def test_a_run_is_not_called_collapsed_without_evidence(
    scores: Scores, oracle: dict[str, float], why: str
) -> None:
    assert judge(scores, oracle) == Verdict("healthy", None, why)


def test_what_real_data_does_not_reach_is_no_failure() -> None:
    """With too few samples real data misses modes of a thousand too: that limit says nothing then."""
    few = {"lowest_share": 0.0, "modes": 870.0}
    assert judge([(500, {"lowest_share": 0.0, "modes": 860.0})], few).name == "healthy"


def test_few_samples_are_no_evidence_of_what_chance_does_to_them() -> None:
    """Real data crosses such limits by chance; what cannot be chance is seen, the rest is owned up to."""
    thinned, lost = ({**REAL, **row} for row in ({"lowest_share": 0.1, "copied": 0.3}, {"modes_10pct": 2.0}))
    few = {**REAL, "rarest_expected": 12.0}
    assert of_scores(thinned, REAL, 150).name == "collapsed"
    silent = of_scores(thinned, few, 150)
    assert silent == Verdict("healthy", None, "150 samples are too few to look for thinned modes, copies")
    assert of_scores(lost, few, 150).name == "collapsed"


@given(st.dictionaries(st.sampled_from(sorted(REAL)), st.floats(0.0, 1e6)), st.integers(2, 49))
def test_of_a_few_dozen_samples_nothing_is_said(row: dict[str, float], n: int) -> None:
    """But that it was not: any verdict would be a guess."""
    found = of_scores({**REAL, **row}, REAL, n)
    assert found.name == "healthy" and found.reason is not None and "too few" in found.reason


def test_a_rare_mode_is_not_missed_where_a_mode_has_a_handful_of_samples() -> None:
    """Then real data's own rarest one is rare by chance; the verdict owns up to what it did not look for."""
    oracle = {"lowest_share": 0.45, "modes": 8.0}
    silent = judge([(500, {"lowest_share": 0.0})], {**oracle, "rarest_expected": 14.0})
    assert silent.name == "healthy" and "thinned modes" in (silent.reason or "")
    assert judge([(500, {"lowest_share": 0.0})], {**oracle, "rarest_expected": 16.0}).name == "collapsed"


def test_modes_that_come_and_go_are_an_oscillation() -> None:
    turns = ["11000000", "00110000", "00001100", "11000000", "00110000", "00001100", "11000000", "00110000"]
    held = [(500 * (index + 1), row) for index, row in enumerate(turns)]
    oracle = {"modes_10pct": 8.0, "rarest_expected": 250.0}
    told = judge(curve(*[2.0] * 8), oracle, held=held)
    assert told.name == "oscillating"
    assert told.reason is not None and "came and went" in told.reason
    still = [(step, "11000000") for step, _ in held]
    assert judge(curve(*[2.0] * 8), oracle, held=still).name == "collapsed"


def log(gradient: float, accuracy: float = 1.0, since: int = 3) -> list[tuple[int, dict[str, float | None]]]:
    """Ten windows of training; from `since` on G's gradient is `gradient` and D's accuracy `accuracy`."""
    early = {"g_gradient_norm": 1.0, "d_accuracy_real": 0.7, "d_accuracy_fake": 0.7}
    late = {"g_gradient_norm": gradient, "d_accuracy_real": accuracy, "d_accuracy_fake": accuracy}
    return [(100 * (index + 1), dict(late if index >= since else early)) for index in range(10)]


@pytest.mark.parametrize(
    ("logs", "end", "name"),
    [
        (log(1e-5), {"modes_10pct": 0.0}, "vanished"),
        (log(1e-5), {}, "healthy"),
        (log(1e-5, accuracy=0.8), {"modes_10pct": 0.0}, "collapsed"),
        (log(0.5), {"modes_10pct": 0.0}, "collapsed"),
        (log(1e-5, since=9), {"modes_10pct": 0.0}, "collapsed"),
    ],
    ids=["vanished", "nothing is wrong", "D is not certain", "the gradient is there", "only at the very end"],
)
def test_a_gradient_has_vanished_if_it_is_gone_for_good_and_d_is_certain(
    logs: list[tuple[int, dict[str, float | None]]], end: dict[str, float], name: str
) -> None:
    told = judge(ending({}, end), logs=logs)
    assert told.name == name
    assert (told.onset == 400) == (name == "vanished")


@pytest.mark.parametrize("entry", ["d_loss", "g_gradient_norm", "logit_real"])
def test_what_grows_beyond_all_bounds_has_diverged_though_it_is_finite(entry: str) -> None:
    logs = [(100 * (index + 1), {entry: 10.0**index}) for index in range(10)]
    assert judge(ending({}), logs=logs).name == "diverged"
    back = [*logs, (1100, {entry: 1.0})]
    assert judge(ending({}), logs=back).name == "healthy", "it came back"


def test_a_run_that_was_still_learning_is_undertrained_and_one_that_fell_back_is_not() -> None:
    told = judge(curve(0, 0, 1, 2, 3, 4, 5, 6), {"modes_10pct": 8.0})
    assert told.name == "undertrained"
    assert told.reason is not None and "modes_10pct was still improving" in told.reason
    assert judge(curve(8, 8, 7, 6, 5, 4, 3, 2), {"modes_10pct": 8.0}).name == "collapsed"
    assert judge(curve(4, 4, 4, 4, 4, 4, 4, 4), {"modes_10pct": 8.0}).name == "collapsed"
    assert judge(curve(1, 2, 3), {"modes_10pct": 8.0}).name == "collapsed", "three points are no trend"


@pytest.mark.parametrize(
    ("output", "values"),
    [
        ("support", (180, 300, 420, 540, 660, 780, 840, 900)),
        ("class_kl", (2.8, 2.5, 2.2, 1.9, 1.6, 1.3, 1.1, 1.0)),
    ],
)
def test_progress_is_measured_on_the_scale_of_the_limit(output: str, values: tuple[float, ...]) -> None:
    """Support against N, not against real data's millions; a divergence improves by falling."""
    assert judge(ending(*({output: float(value)} for value in values))).name == "undertrained"
    back = tuple(reversed(values))
    assert judge(ending(*({output: float(value)} for value in back))).name == "collapsed"


def test_one_window_of_noise_does_not_undo_a_vanished_gradient() -> None:
    logs = log(1e-5)
    logs[-1] = (1000, {**logs[-1][1], "g_gradient_norm": 0.02})
    assert judge(ending({}, {"modes_10pct": 0.0}), logs=logs).name == "vanished"
    silent = [(step, {**row, "g_gradient_norm": 0.0}) for step, row in log(0.0, since=0)]
    assert judge(ending({}, {"modes_10pct": 0.0}), logs=silent).name == "vanished", "from the first step"


def test_a_loss_that_began_near_nothing_has_not_exploded() -> None:
    logs = [(100, {"d_loss": -3e-4}), *((100 * step, {"d_loss": -6.0}) for step in range(2, 20))]
    assert judge(ending({}), logs=logs).name == "healthy"


def test_modes_missed_once_in_a_hundred_evaluations_are_no_oscillation() -> None:
    """More frequent evaluation must not change what became of the same training."""
    rows = ["11111111"] * 200
    rows[105], rows[150] = "01111111", "10111111"
    assert judge(ending({}), held=list(enumerate(rows))).name == "healthy"
    assert judge(ending({}), held=[(0, "11"), *enumerate(rows, 1)]).name == "healthy", (
        "another classifier once"
    )


def test_the_onset_is_that_of_what_the_sentence_tells() -> None:
    told = judge(ending({"coverage": 0.1}, {"coverage": 0.1}, {"coverage": 0.1, "modes_10pct": 1.0}))
    assert told == Verdict("collapsed", 500, "covers 10% of the data (real data: 97%) since step 500")


def test_samples_that_are_not_finite_have_diverged() -> None:
    assert of_scores(dict.fromkeys(REAL), REAL, N).name == "diverged"
    for value in (None, NAN, math.inf):
        assert of_scores({**REAL, "fid": value}, REAL, N).name == "diverged"


@given(st.integers(1, 1000), st.integers(0, 1000))
def test_the_limit_is_nine_tenths_of_the_oracle_inclusive(reachable: int, held: int) -> None:
    name = judge(curve(held), {"modes_10pct": float(reachable)}).name
    assert (name == "collapsed") == (10 * held <= 9 * reachable), "in whole numbers, without rounding"


@given(
    st.lists(st.floats(0, 1e6) | st.none(), max_size=12),
    st.dictionaries(st.sampled_from(sorted(REAL)), st.floats(0, 1e6)),
    st.lists(st.text("01", min_size=8, max_size=8), max_size=12),
)
def test_every_history_gets_a_verdict_with_a_column_in_the_table(
    values: list[float | None], oracle: dict[str, float], held: list[str]
) -> None:
    scores: Scores = [(index, dict.fromkeys(REAL, value)) for index, value in enumerate(values)]
    assert judge(scores, oracle, held=list(enumerate(held))).name in VERDICTS
