"""Markdown, and estimates as text: what every table of a report is put together from."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from bench.reports._document import Block, Grid, Heading, Listing, Text
from bench.stats import Interval
from bench.wording import NOTHING, number


def escape(text: str) -> str:
    """`text` as itself inside a table cell, whatever it holds."""
    text = " ".join(text.split())
    for sign in "\\`*[]|~$":
        text = text.replace(sign, f"\\{sign}")
    # Only an underscore at the edge of a word means emphasis; those inside names stay readable.
    words = (f"\\{word}" if word.startswith("_") else word for word in text.split(" "))
    text = " ".join(words).replace("&", "&amp;").replace(">", "&gt;")
    return re.sub("<(?! )", "&lt;", text)  # With a space behind it, it opens nothing.


def lines(blocks: Iterable[Block]) -> list[str]:
    """The blocks as paragraphs of Markdown."""
    found: list[str] = []
    for block in blocks:
        found += ["", *_block(block)] if found else _block(block)
    return found


def _block(block: Block) -> list[str]:
    if isinstance(block, Heading):
        return [f"{'#' * block.level} {escape(block.text)}"]
    if isinstance(block, Listing):
        return [f"- {_opened(escape(item))}" for item in block.items]
    if isinstance(block, Grid):
        real = block.number_of_oracles
        rows = [[_cell(cell, at < real) for cell in row] for at, row in enumerate(block.rows)]
        return table([_cell(cell) for cell in block.header], rows, block.left)
    text = escape(block.text)
    if block.strong:
        return [f"**{text}**"]
    return [f"**{escape(block.lead)}**{text}" if block.lead else _opened(text)]


def _opened(text: str) -> str:
    """What begins a line, not read as the sign of a heading, a list or a quotation."""
    return re.sub(r"^(\d*)([#+=-]|(?<=\d)[.)])", r"\1\\\2", text)


def _cell(cell: Text, real: bool = False) -> str:
    text = escape(cell.text) if cell.named else cell.text
    if real and cell.named:
        text = f"*{text}*"
    return (f"**{text}**" if cell.bold else text) + cell.tail


def table(header: Sequence[str], rows: Sequence[Sequence[str]], left: int = 1) -> list[str]:
    """Lines of a table; the first `left` columns are text, the others numbers."""
    rule = ["---" if index < left else "---:" for index in range(len(header))]
    return [f"| {' | '.join(row)} |" for row in (header, rule, *rows)]


def interval(value: Interval, digits: int, sign: bool = False) -> str:
    """`mean [low, high]`, or less where n allows less."""
    if value.n == 0:
        return NOTHING
    mean = number(value.mean, digits, sign)
    if value.low is None or value.high is None:
        return mean
    return f"{mean} [{number(value.low, digits, sign)}, {number(value.high, digits, sign)}]"


def plus_minus(value: Interval, digits: int) -> str:
    """`mean ± half of the interval`, or less where n allows less."""
    if value.n == 0:
        return NOTHING
    half = value.half_width
    return number(value.mean, digits) + ("" if half is None else f" ± {number(half, digits)}")


def probability(p: float | None) -> str:
    """A p-value to three decimals."""
    if p is None:
        return NOTHING
    return "<.001" if p < 0.0005 else f"{p:.3f}".lstrip("0") if p < 0.9995 else "1.000"


def seconds(value: Interval) -> str:
    """A mean duration."""
    return number(value.mean, 0 if value.mean >= 10 else 1) if value.n else NOTHING


def flat(values: Mapping[str, Any], prefix: str = "") -> list[str]:
    """Nested plain values as `a.b: value`, sorted by key."""
    parts: list[str] = []
    for key, value in sorted(values.items()):
        if isinstance(value, Mapping):
            parts += flat(value, f"{prefix}{key}.")
        else:
            parts.append(f"{prefix}{key}: {value}")
    return parts
