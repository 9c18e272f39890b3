"""Cells of a CSV: nothing is lost, and nothing becomes a formula."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.csv_cells import number, read_text, read_texts, text, texts

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
