"""The verdict table, row by row."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.verdict import Verdict, verdict

OUTPUTS = {"modes_10pct": {}, "modes": {}, "fid": {}}
EIGHT = {"modes_10pct": 8.0, "modes": 8.0}


def curve(*counts: float | None, output: str = "modes_10pct") -> list[tuple[int, dict[str, float | None]]]:
    return [(500 * (index + 1), {output: count}) for index, count in enumerate(counts)]


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ((8, 8, 8), Verdict("healthy", None, None)),
        ((2, 5, 8), Verdict("healthy", None, None)),
        ((8, 8, 3), Verdict("collapsed", 1500, "holds 3 of 8 modes since step 1500")),
        ((1, 8, 4, 7, 5), Verdict("collapsed", 1500, "holds 5 of 8 modes since step 1500")),
        ((3, 3, 3), Verdict("collapsed", 500, "holds 3 of 8 modes since step 500")),
        ((8, 3, None), Verdict("collapsed", 1000, "holds 3 of 8 modes since step 1000")),
    ],
)
def test_collapse_is_judged_by_how_the_run_ends(counts: tuple[float | None, ...], expected: Verdict) -> None:
    assert verdict(curve(*counts), OUTPUTS, EIGHT, None, None) == expected


def test_a_crash_goes_before_divergence_and_divergence_before_collapse() -> None:
    collapsed = curve(1, 1)
    assert verdict(collapsed, OUTPUTS, EIGHT, 700, "out of memory") == Verdict(
        "failed", None, "out of memory"
    )
    assert verdict(collapsed, OUTPUTS, EIGHT, 700, None) == Verdict(
        "diverged", 700, "not finite since step 700"
    )


def test_the_robust_count_is_preferred_and_the_plain_one_used_alone() -> None:
    blob: list[tuple[int, dict[str, float | None]]] = [(500, {"modes": 8.0, "modes_10pct": 0.0})]
    assert verdict(blob, OUTPUTS, EIGHT, None, None).name == "collapsed", (
        "a blob touches all modes and holds none"
    )
    images = curve(4, output="modes")
    assert verdict(images, {"modes", "fid"}, EIGHT, None, None).name == "collapsed"


@pytest.mark.parametrize(
    ("scores", "outputs", "oracle", "why"),
    [
        ([(500, {"fid": 9.0})], {"fid": {}}, {"fid": 1.0}, "no mode metric: collapse was not looked for"),
        (curve(1), OUTPUTS, {}, "real data has no mode count: collapse was not looked for"),
        (curve(None), OUTPUTS, EIGHT, "the mode metric gave no value: collapse was not looked for"),
        ([], OUTPUTS, EIGHT, "the mode metric gave no value: collapse was not looked for"),
    ],
)
def test_a_run_is_not_called_collapsed_without_evidence(
    scores: list[tuple[int, dict[str, float | None]]], outputs: dict, oracle: dict, why: str
) -> None:
    assert verdict(scores, outputs, oracle, None, None) == Verdict("healthy", None, why)


@given(st.integers(1, 1000), st.integers(0, 1000))
def test_the_limit_is_nine_tenths_of_the_oracle_inclusive(reachable: int, held: int) -> None:
    name = verdict(curve(held), OUTPUTS, {"modes_10pct": float(reachable)}, None, None).name
    assert (name == "collapsed") == (10 * held <= 9 * reachable), "in whole numbers, without rounding"
