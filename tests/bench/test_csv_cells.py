"""Cells of a CSV: nothing is lost, and nothing becomes a formula."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.csv_cells import interval, number, read_text, read_texts, table, text, texts
from bench.stats import Interval

ANY = st.one_of(st.none(), st.text(max_size=8), st.text("'=;\\\n\r0n", max_size=6))


@settings(deadline=None, max_examples=200)
@given(ANY)
def test_a_text_comes_back(value: str | None) -> None:
    """Also none, and the empty one."""
    assert read_text(text(value)) == value


@settings(deadline=None, max_examples=200)
@given(st.lists(ANY, min_size=1, max_size=5))
def test_several_texts_come_back(values: list[str | None]) -> None:
    """Whatever is in them, and each in its place."""
    assert read_texts(texts(values)) == values


@pytest.mark.parametrize("value", ["=1+1", "+cmd", "-2+3", "@sum", "\t=1", "'=1", "=;="])
def test_no_text_is_a_formula(value: str) -> None:
    """A spreadsheet takes what begins with an apostrophe as text."""
    assert text(value) == f"'{value}" and texts([value]).startswith("'")


@pytest.mark.parametrize("value", ["-0.5", "+3", "hinge", "1e-3", "0=1"])
def test_numbers_and_words_stay_as_they_are(value: str) -> None:
    """A level that is a number is one for whoever computes with the column."""
    assert text(value) == value


@given(st.floats(allow_nan=False))
def test_a_number_comes_back_to_the_last_digit(value: float) -> None:
    """Full precision."""
    assert float(number(value)) == value


def test_an_interval_is_three_cells() -> None:
    """Empty where there is none: of no runs, of one run, of nothing."""
    assert interval("fid", Interval(2.0, 1.5, 2.5, 3)) == {
        "fid.mean": "2.0",
        "fid.low": "1.5",
        "fid.high": "2.5",
    }
    assert interval("fid", Interval(2.0, None, None, 1)) == {"fid.mean": "2.0", "fid.low": "", "fid.high": ""}
    for nothing in (None, Interval(float("nan"), None, None, 0)):
        assert set(interval("fid", nothing).values()) == {""}


def test_a_table_can_be_read_by_any_program() -> None:
    """A header, a line each, quoted where a cell holds a comma or a line's end."""
    lines = [{"name": "a,b", "p": ".5"}, {"name": 'c"\nd', "p": ""}]
    assert list(csv.DictReader(io.StringIO(table(lines), newline=""))) == lines
