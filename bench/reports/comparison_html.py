"""The comparison as one plain page: tables that can be pasted anywhere, without scripts.

    comparison.html   light and dark, readable by screen readers, printable

Effects of factors and published numbers stand in comparison.md.
"""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from pathlib import Path

from bench.reports._document import Block, Heading, Listing, Table, Text
from bench.reports._sections import back, conditions, first_table, front, further_tables, other_outputs, reach
from bench.reports._view import view
from bench.reports.base import AS_IT_IS, Report, Shape, save
from bench.rows import Results

_STYLE = """
:root { color-scheme: light dark; }
body { font: 16px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 76rem; padding: 0 1rem; }
p, li { max-width: 50rem; overflow-wrap: anywhere; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; margin: 1rem 0; }
caption { text-align: left; font-weight: 600; padding: .3rem 0; }
th, td { padding: .25rem .6rem; text-align: right; white-space: nowrap; }
thead th { border-bottom: 2px solid; vertical-align: bottom; }
tbody tr + tr > * { border-top: 1px solid color-mix(in srgb, currentColor 20%, transparent); }
.text { text-align: left; white-space: normal; overflow-wrap: anywhere; min-width: 15rem; max-width: 26rem; }
.long { white-space: normal; min-width: 10rem; }
tbody th { font-weight: normal; }
.real { font-style: italic; }
@media print { body { margin: 0; max-width: none; font-size: 9pt; } .wide { overflow: visible; } }
"""
_LONG = 30
"""Letters beyond which a cell may take several lines."""


class ComparisonHtml(Report):
    """The table for web pages."""

    format = "html"
    makes = ("comparison.html",)

    def write(self, results: Results, folder: Path, shape: Shape = AS_IT_IS) -> list[Path]:
        return [save(folder, "comparison.html", page(results, shape))]


def page(results: Results, shape: Shape = AS_IT_IS) -> str:
    """The whole page. Raises UserError where `shape` asks for what there is not."""
    shown = view(results, shape)
    said: set[Block] = set()
    blocks = [*front(shown), *first_table(shown, said), *reach(shown), *further_tables(shown)]
    blocks += [*other_outputs(shown, said), *back(shown), Heading("Conditions"), *conditions(shown)]
    return document(results.plan["name"], blocks)


def document(title: str, blocks: Iterable[Block]) -> str:
    """The blocks as a page of its own."""
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{_clean(title)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n<main>\n"
        f"{fragment(blocks)}\n</main>\n</body>\n</html>\n"
    )


def fragment(blocks: Iterable[Block]) -> str:
    """The blocks as HTML, to stand inside a page."""
    return "\n".join(map(_block, blocks))


def _block(block: Block) -> str:
    if isinstance(block, Heading):
        return f"<h{block.level}>{_clean(block.text)}</h{block.level}>"
    if isinstance(block, Listing):
        items = "\n".join(f"<li>{_clean(item)}</li>" for item in block.items)
        return f"<ul>\n{items}\n</ul>"
    if isinstance(block, Table):
        return table(block)
    text = _clean(block.text)
    if block.strong:
        return f"<p><strong>{text}</strong></p>"
    lead = f"<strong>{_clean(block.lead)}</strong>" if block.lead else ""
    return f"<p>{lead}{text}</p>"


def table(grid: Table) -> str:
    """One table, in a box of its own that scrolls where the page is too narrow."""
    head = "".join(
        f'<th scope="col"{_kind(grid, at)}>{_clean(cell.text)}</th>' for at, cell in enumerate(grid.header)
    )
    rows = []
    for number, row in enumerate(grid.rows):
        real = ' class="real"' if number < grid.oracles else ""
        cells = "".join(_cell(grid, at, cell) for at, cell in enumerate(row))
        rows.append(f"<tr{real}>{cells}</tr>")
    body = "\n".join(rows)
    caption = _clean(grid.caption)
    return (
        f'<div class="wide" role="region" aria-label="{caption}" tabindex="0">\n<table>\n'
        f"<caption>{caption}</caption>\n<thead>\n<tr>{head}</tr>\n</thead>\n<tbody>\n{body}\n</tbody>\n"
        "</table>\n</div>"
    )


def _cell(grid: Table, at: int, cell: Text) -> str:
    text = _clean(cell.text)
    inside = (f"<strong>{text}</strong>" if cell.bold else text) + _clean(cell.tail)
    if at == 0:
        return f'<th scope="row" class="text">{inside}</th>'
    kind = _kind(grid, at) or (' class="long"' if len(cell.text) > _LONG else "")
    return f"<td{kind}>{inside}</td>"


def _kind(grid: Table, at: int) -> str:
    return ' class="text"' if at < grid.left else ""


def _clean(text: str) -> str:
    """As itself; signs that HTML does not allow become the one that stands for them."""
    allowed = "".join(c if c in "\t\n" or (c.isprintable() or c.isspace()) else "\ufffd" for c in text)
    lead = " " if allowed[:1].isspace() else ""
    return lead + escape(" ".join(allowed.split()))
