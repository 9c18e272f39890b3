"""A report's content before it is Markdown, HTML or LaTeX: text as itself, escaped by whoever writes it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Text:
    """What stands in a table cell."""

    text: str
    bold: bool = False
    tail: str = ""
    """Marks behind it, never bold."""
    named: bool = False
    """Whether somebody chose the words: numbers of ours need no escaping in Markdown."""


@dataclass(frozen=True)
class Heading:
    """Of a section, level 1 for the whole report."""

    text: str
    level: int = 2


@dataclass(frozen=True)
class Paragraph:
    """Sentences."""

    text: str
    lead: str = ""
    """Words before it in bold."""
    strong: bool = False
    """Whether all of it is bold."""


@dataclass(frozen=True)
class Listing:
    """Points, one a line."""

    items: tuple[str, ...]


@dataclass(frozen=True)
class Grid:
    """A table. The first `left` columns are text, the others numbers."""

    caption: str
    """What it shows, for who cannot see what stands around it."""
    header: tuple[Text, ...]
    rows: tuple[tuple[Text, ...], ...]
    left: int = 1
    number_of_oracles: int = 0
    """Rows at the top that are real data and no arm."""


Block = Heading | Paragraph | Listing | Grid
