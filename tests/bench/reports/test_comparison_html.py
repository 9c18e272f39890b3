"""The HTML page, parsed again: every name is text, every table is one that a screen reader can read."""

from __future__ import annotations

from html.parser import HTMLParser

from hypothesis import given, settings
from hypothesis import strategies as st
from reports.hostile import NAMES, hostile

from bench.reports.base import Shape
from bench.reports.comparison_html import page

NAME = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
OURS = {
    "html",
    "head",
    "meta",
    "title",
    "style",
    "body",
    "main",
    "h1",
    "h2",
    "p",
    "strong",
    "ul",
    "li",
    "div",
}
OURS |= {"table", "caption", "thead", "tbody", "tr", "th", "td"}
VOID = {"meta"}


class Page(HTMLParser):
    """What a browser would make of it."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.open: list[str] = []
        self.rows: list[list[str]] = []
        self.attributes: set[str] = set()
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        if tag not in VOID:
            self.open.append(tag)
        if tag == "tr":
            self.rows.append([])
        if tag in ("th", "td"):
            self.rows[-1].append("")

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag, "tags are closed in their order"

    def handle_data(self, data: str) -> None:
        if {"th", "td"} & set(self.open):
            self.rows[-1][-1] += data


def seen(text: str) -> str:
    """What is left of a name when blanks are drawn together and unprintable signs replaced."""
    shown = "".join(c if c.isprintable() or c.isspace() else "\ufffd" for c in text)
    return " ".join(shown.split())


@settings(deadline=None, max_examples=15)
@given(st.lists(NAME, min_size=2, max_size=3, unique=True))
def test_names_are_text(names: list[str]) -> None:
    """No name opens a tag, closes one, or adds an attribute; each reads as it is."""
    for given_names in (names, NAMES):
        found = Page(page(hostile(given_names)))
        assert found.tags <= OURS and found.open == []
        assert found.attributes <= {"lang", "charset", "name", "content", "class", "scope", "role"} | {
            "aria-label",
            "tabindex",
        }
        first = {row[0].strip() for row in found.rows}
        assert {seen(name) for name in given_names} <= first


def test_every_table_has_a_caption_and_equally_long_rows() -> None:
    """And no script, no address, nothing from the network."""
    text = page(hostile())
    assert text.count("<table>") == text.count("<caption>") > 3
    assert "<script" not in text and "src=" not in text and "href=" not in text
    for part in text.split("<table>")[1:]:
        rows = Page(part.partition("</table>")[0]).rows
        assert len({len(row) for row in rows}) == 1


def test_shaping_reaches_the_page() -> None:
    """One table where columns are named."""
    rows = Page(page(hostile(["a", "b"]), Shape(columns=("fid", "healthy"), sort="-fid"))).rows
    assert rows[0] == ["arm", "FID ↓ final".replace("FID", "a"), "healthy"]
    assert rows[1][0] == "oracle (real data)" and len(rows[0]) == 3
