"""Two histories of one run: the same only if every number is, to the last bit."""

from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st

from bench.likeness import likeness

NUMBERS = st.none() | st.floats(allow_nan=False, allow_infinity=False)
HISTORIES = st.dictionaries(st.integers(1, 50), st.fixed_dictionaries({"fid": NUMBERS, "modes": NUMBERS}))
END = {"verdict": "healthy", "onset": None, "steps": 50, "final": {"fid": 1.0}, "noise": {"fid": 0.1}}


@given(HISTORIES)
def test_a_history_is_like_itself(history: dict[int, dict[str, float | None]]) -> None:
    """Whatever it holds, scores that could not be made included."""
    told = likeness((history, END), (dict(history), dict(END)), True)
    assert told.same and told.evaluations == len(history)
    assert "bit for bit" in next(iter(told.lines()))


@given(HISTORIES, st.data())
def test_one_bit_makes_it_different(history: dict[int, dict[str, float | None]], data: st.DataObject) -> None:
    """The last bit of one score anywhere: told, with its step, and that of no other output."""
    places = [(s, n) for s, row in history.items() for n, value in row.items() if value is not None]
    if not places:
        return
    step, name = data.draw(st.sampled_from(places))
    value = history[step][name]
    assert value is not None
    changed = {**history, step: {**history[step], name: math.nextafter(value, math.inf)}}
    (apart,) = likeness((history, END), (changed, END)).apart
    assert (apart.output, apart.first, apart.step) == (name, step, step)


def test_where_it_begins_and_where_it_is_largest() -> None:
    """Two places, which are told apart; what begins first stands first."""
    before = {step: {"fid": 1.0, "modes": 8.0} for step in (10, 20, 30)}
    now = {10: {"fid": 1.0, "modes": 8.0}, 20: {"fid": 1.0, "modes": 7.5}, 30: {"fid": 1.5, "modes": 5.0}}
    told = likeness((before, END), (now, END), False)
    assert [(apart.output, apart.first, apart.step) for apart in told.apart] == [
        ("modes", 20, 30),
        ("fid", 30, 30),
    ]
    lines = list(told.lines())
    assert lines[0] == "Different from step 20 on; 3 evaluations compared."
    assert lines[1] == "  modes from step 20 on, most at step 30: 8 recorded, 5 now, 3 apart"
    assert lines[-1] == "Final weights: different."


def test_scores_that_one_of_them_has_not() -> None:
    """A run that stopped earlier, a score that could not be made, another verdict: all of it is different."""
    before = {10: {"fid": 1.0}, 20: {"fid": None}}
    now = {10: {"fid": None}, 30: {"fid": 2.0}}
    other = {**END, "verdict": "diverged", "final": {"fid": None}}
    told = likeness((before, END), (now, other))
    assert not told.same and told.lost == (20,) and told.added == (30,)
    text = "\n".join(told.lines())
    assert "1 recorded, no score now" in text and "verdict: healthy recorded, diverged now" in text
    assert "final fid: 1 recorded, no score now" in text
