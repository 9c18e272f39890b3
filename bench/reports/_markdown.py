"""Blocks as Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from bench.reports._document import Block, Heading, Listing, Table, Text


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
    if isinstance(block, Table):
        real = block.oracles
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
