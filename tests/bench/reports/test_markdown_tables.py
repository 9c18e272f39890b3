"""The Markdown of a comparison, split again: a name stays in its cell and is nothing but text."""

from __future__ import annotations

import re
from html import unescape

from hypothesis import given, settings
from hypothesis import strategies as st
from reports.hostile import NAMES, hostile

from bench.reports._document import Listing, Paragraph
from bench.reports._markdown import escape, lines
from bench.reports.comparison import markdown

NAME = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=20)


def split(line: str) -> list[str]:
    """Cells of a row: a bar behind a backslash is no border."""
    return [cell.strip() for cell in re.findall(r"((?:\\.|[^|\\])*)\|", line)][1:]


def shown(text: str) -> str:
    """What a reader sees of an escaped text."""
    return unescape(re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", text))


@settings(deadline=None, max_examples=15)
@given(st.lists(NAME, min_size=2, max_size=3, unique=True))
def test_names_stay_in_their_cells(names: list[str]) -> None:
    """Every table's rows are equally long, and every name reads as it is."""
    for given_names in (names, NAMES):
        text = markdown(hostile(given_names))
        tables = re.findall(r"(?:^\|.*\n)+", text, flags=re.MULTILINE)
        assert len(tables) > 3
        for table in tables:
            assert len({len(split(line)) for line in table.splitlines()}) == 1
        first = [split(line)[0] for line in tables[0].splitlines()]
        seen = {shown(re.sub(r"^\*\*(.*)\*\*$", r"\1", cell)) for cell in first}
        assert {" ".join(name.split()) for name in given_names} <= seen


@settings(deadline=None, max_examples=200)
@given(st.text(max_size=20))
def test_an_escaped_text_reads_as_itself(text: str) -> None:
    """But for blanks, which are drawn together; and it holds no tag, no code and no emphasis."""
    made = escape(text)
    assert shown(made) == " ".join(text.split())
    assert not re.search(r"<[A-Za-z/!?]", made) and not re.search(r"(?<!\\)(?:\\\\)*[`*|\[\]$]", made)


def test_what_begins_a_line_is_no_heading_or_list() -> None:
    """Signs of blocks stand behind a backslash; a dash inside a sentence does not."""
    items = ("# a", "- b", "+ c", "1. d", "12) e", "= f", "g - h", "> i")
    (listing,) = [lines([Listing(items)])]
    assert listing == [
        "- \\# a",
        "- \\- b",
        "- \\+ c",
        "- 1\\. d",
        "- 12\\) e",
        "- \\= f",
        "- g - h",
        "- &gt; i",
    ]
    assert lines([Paragraph("x", lead="Bold"), Paragraph("y", strong=True)]) == ["**Bold**x", "", "**y**"]
