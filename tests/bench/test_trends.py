"""What only a history shows: modes that come and go, since when; a gradient that vanished, since when."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from bench.trends import Trend, come_and_go, exploded, steadiness, vanished
from bench.verdict import History, Verdict, verdict

Held = list[tuple[int, str]]
Log = list[tuple[int, dict[str, float | None]]]
LOSSES = {"modes_10pct": 4.0, "coverage": 0.3, "class_kl": 1.0}
"""The end of a run that lost modes."""
ORACLE = {"modes_10pct": 8.0, "coverage": 0.97, "class_kl": 0.003, "rarest_expected": 250.0}


def every_hundred(*rows: str) -> Held:
    return [(100 * (index + 1), row) for index, row in enumerate(rows)]


def ending(*rows: dict[str, float]) -> Verdict:
    scores = [(100 * (index + 1), LOSSES | row) for index, row in enumerate(rows)]
    return verdict(History(scores=scores), ORACLE, 2000)


def perfect(modes: int, n: int, seed: int, evaluations: int = 12) -> Held:
    """Which modes hold a tenth of their share, where all have the same chance at each of `n` samples."""
    generator = torch.Generator().manual_seed(seed)
    drawn = torch.randint(modes, (evaluations, n), generator=generator)
    counts = [torch.bincount(row, minlength=modes) for row in drawn]
    return every_hundred(*("".join("01"[c >= 0.1 * n / modes] for c in row.tolist()) for row in counts))


@pytest.mark.parametrize("modes", [8, 25, 49, 100])
def test_a_perfect_generator_never_oscillates(modes: int) -> None:
    """With a handful of samples a mode chance alone makes modes come and go, and that is not looked for."""
    for n in (10, 20, 50, 100, 2 * modes, 5 * modes, 10 * modes, 15 * modes - 1, 15 * modes):
        oracle = {"modes_10pct": float(modes), "rarest_expected": n * (1.0 / modes)}
        for seed in range(5):
            history = History(scores=[(1200, oracle)], held=perfect(modes, n, seed))
            found = verdict(history, oracle, n)
            assert found.name == "healthy"
            assert ("modes that come and go" in (found.reason or "")) == (n < max(100, 15 * modes))


@pytest.mark.parametrize("modes", [8, 25, 49, 100])
def test_modes_that_are_really_lost_and_found_are_seen_from_fifteen_samples_a_mode(modes: int) -> None:
    """Every other mode is away at every second evaluation of an else perfect generator."""
    n = 15 * modes
    rows = [row for _, row in perfect(modes, n, seed=0)]
    away = ["".join("0" if k % 2 else mode for k, mode in enumerate(row)) for row in rows]
    held = every_hundred(*(away[i] if i % 2 else row for i, row in enumerate(rows)))
    oracle = {"modes_10pct": float(modes), "rarest_expected": n * (1.0 / modes)}
    assert verdict(History(scores=[(1200, oracle)], held=held), oracle, n).name == "oscillating"


def test_modes_are_followed_where_nobody_knows_how_many_samples_each_has() -> None:
    """A user's own metric may count modes and not say so; N decides alone."""
    oracle, restless = {"modes_10pct": 8.0}, every_hundred(*["11111100", "00111111"] * 4)
    assert verdict(History([(800, oracle)], restless), oracle, 2000).name == "oscillating"
    assert verdict(History([(800, oracle)], restless), oracle, 99).name == "healthy"
    assert verdict(History([(800, oracle)]), oracle, 2000) == Verdict("healthy", None, None)


def test_an_oscillation_began_with_the_first_of_its_changes() -> None:
    """Also where that lies in the first half."""
    found = come_and_go(every_hundred(*["11111100", "00111111"] * 6))
    assert found == Trend(200, "4 of 8 modes came and went since step 200")


def test_a_mode_that_was_found_early_and_held_for_long_counts_from_its_loss() -> None:
    found = come_and_go(every_hundred("0000", *["1111"] * 10, *["0011", "1111"] * 4))
    assert found == Trend(1200, "2 of 4 modes came and went since step 1200"), "not 200, when it was found"


def test_the_restless_mode_that_began_first_gives_the_onset() -> None:
    """Mode 0 since step 300, mode 1 since 1100; pauses no longer than those of the second half count."""
    first = "1101101101101101"
    second = "1111111111010101"
    found = come_and_go(every_hundred(*(f"{a}{b}11" for a, b in zip(first, second, strict=True))))
    assert found is not None and found.onset == 300
    assert come_and_go(every_hundred(*(f"{b}{a}11" for a, b in zip(first, second, strict=True)))) == found


def window(**values: float | None) -> dict[str, float | None]:
    """A window of the log of healthy training, but for what is given."""
    return {"g_gradient_norm": 1.0, "d_accuracy_real": 0.7, "d_accuracy_fake": 0.7, **values}


SILENT = window(g_gradient_norm=1e-3, d_accuracy_real=1.0, d_accuracy_fake=1.0)


def log(since: int, changed: dict[int, dict[str, float | None]]) -> Log:
    """Fifty windows, a hundred steps each: silent from step `since` on, and at some steps as given."""
    rows = {step: SILENT if step >= since else window() for step in range(100, 5001, 100)}
    return list((rows | changed).items())


@pytest.mark.parametrize(
    ("since", "changed"),
    [
        (3600, {}),
        (3600, {500: SILENT}),
        (3600, {500: SILENT, 600: SILENT, 700: SILENT}),
        (3600, dict.fromkeys(range(500, 2500, 100), SILENT)),
        (3600, {3900: window(), 4600: window(), 5000: window()}),
        (3600, {4200: window(g_gradient_norm=None)}),
        (4100, {}),
        (200, {}),
    ],
    ids=["plain", "a transient", "a longer one", "a long one", "noise", "a gap", "a fifth", "nearly all"],
)
def test_a_gradient_vanished_when_it_went_for_good(
    since: int, changed: dict[int, dict[str, float | None]]
) -> None:
    """Neither when it was away for a while, nor when it was last back for one window."""
    found = vanished(log(since, changed))
    assert found == Trend(
        since, f"D is certain and G's gradient is at 0.001 of what it was, since step {since}"
    )


def test_a_gradient_that_came_back_has_not_vanished() -> None:
    assert vanished(log(9999, dict.fromkeys(range(500, 4500, 100), SILENT))) is None


@pytest.mark.parametrize(
    ("end", "times"),
    [(15_000.0, "15,000"), (-123_456.0, "123,456"), (2e9, "2e+09")],
)
def test_an_explosion_says_how_many_times_in_figures(end: float, times: str) -> None:
    logs = [(step, {"d_loss": end if step > 40 else 1.0}) for step in range(1, 51)]
    assert exploded(logs) == Trend(41, f"d_loss ended at {times} times what it was at first")


def test_a_run_is_not_undertrained_if_anything_that_is_missing_got_worse() -> None:
    """One score that rises excuses no other that falls."""
    counts = (1, 2, 3, 4, 5, 6)
    assert ending(*({"modes_10pct": float(count)} for count in counts)).name == "undertrained"
    worse = ({"modes_10pct": float(count), "coverage": 0.35 - 0.01 * count} for count in counts)
    assert ending(*worse).name == "collapsed"


@pytest.mark.parametrize(("last", "name"), [(2.4, "undertrained"), (2.6, "collapsed")])
def test_a_divergence_must_fall_by_a_tenth_of_itself(last: float, name: str) -> None:
    """Of real data's, which is next to nothing, any gain would be a hundredfold."""
    falling = [2.8, 2.78, 2.76, 2.74 + (last - 2.74) / 3, 2.74 + 2 * (last - 2.74) / 3, last]
    assert ending(*({"class_kl": value} for value in falling)).name == name


def at_one_point(*positions: float) -> Verdict:
    """The verdict on a generator of one point that was seen there, where all data are at 0."""
    scores = [
        (100 * (index + 1), {"converged": float(abs(x) <= 0.02), "position": x})
        for index, x in enumerate(positions)
    ]
    return verdict(History(scores=scores), {"converged": 1.0, "position": 0.0}, 100)


def test_a_point_that_circles_the_data_oscillates_and_one_that_arrives_does_not() -> None:
    """Shape of the paths of the Dirac-GAN: a circle, a spiral inwards, and two that stay away."""
    circle = at_one_point(*[1.0, 0.5, -0.5, -1.0, -0.5, 0.5] * 3)
    words = "circled the one point where all data are, passing it 3 times since step 1200"
    assert circle == Verdict("oscillating", 1200, words)
    assert at_one_point(1.0, -0.5, 0.3, -0.2, 0.1, -0.05, 0.03, -0.01, 0.01).name == "healthy"
    assert at_one_point(*[1.0] * 10).name == "unfaithful"
    assert at_one_point(*[1.0] * 9, -1.0).name == "unfaithful"


@given(st.lists(st.integers(-3, 3).map(float), min_size=2, max_size=12))
def test_steadiness_is_kendalls_tau(values: list[float]) -> None:
    """SciPy's, with ties."""
    wanted = stats.kendalltau(range(len(values)), values).statistic
    assert steadiness(values) == pytest.approx(wanted, abs=1e-12, nan_ok=True)
    assert math.isnan(steadiness(values)) == (len(set(values)) == 1)
