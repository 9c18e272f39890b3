"""A comparison of arms as text: for a terminal, as Markdown, CSV and LaTeX."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench import across_tables, csv_cells, side_tex
from bench.problems import UserError
from bench.reports import _markdown, comparison_html
from bench.reports._document import Block, Heading, Paragraph, Table, Text
from bench.reports._estimates import interval, probability
from bench.side_by_side import Line, SideBySide, verdicts
from bench.wording import NOTHING, labelled
from gan.registry import unknown

if TYPE_CHECKING:
    from rich.console import RenderableType

HEADER = ("arm", "n", "final", "difference", "p (Holm)", "improvement", "verdicts")
_WIDTHS = (0.175, None, 0.14, 0.165, None, 0.13, 0.14)
"""Of the LaTeX table's columns."""


def terminal(found: SideBySide) -> RenderableType:
    """A table an output, and what has to be known of them; names are shown as they are, not as markup."""
    from rich import box
    from rich.console import Group
    from rich.table import Table as Drawn
    from rich.text import Text as Plain

    tables = []
    for output, lines in found.outputs.items():
        shown = Drawn(box=box.SIMPLE_HEAD, title=Plain(heading(found, output)), title_justify="left")
        for index, name in enumerate(HEADER):
            shown.add_column(name, overflow="fold", justify="left" if index in (0, 6) else "right")
        for line in lines:
            shown.add_row(*(Plain(cell) for cell in cells(found, output, line)))
        tables.append(shown)
    for title, rows in across_tables.tables(found.across, _about_outputs(found)):
        shown = Drawn(box=box.SIMPLE_HEAD, title=Plain(title), title_justify="left")
        for index, name in enumerate(across_tables.HEADER):
            shown.add_column(name, overflow="fold", justify="right" if index else "left")
        for row in rows:
            shown.add_row(*map(Plain, row))
        tables.append(shown)
    marks = [Plain(line, style="bold red") for line in mixture(found)]
    return Group(*marks, *tables, *(Plain(line) for line in legend(found)))


def blocks(found: SideBySide) -> list[Block]:
    """The comparison in no format."""
    told: list[Block] = [Paragraph(line, strong=True) for line in mixture(found)]
    for output, lines in found.outputs.items():
        title = heading(found, output)
        rows = [_row(cells(found, output, line)) for line in lines]
        told += [Heading(title), Table(title, tuple(map(Text, HEADER)), tuple(rows))]
    for title, several in across_tables.tables(found.across, _about_outputs(found)):
        rows = [(Text(row[0], named=True), *map(Text, row[1:])) for row in several]
        told += [Heading(title), Table(title, tuple(map(Text, across_tables.HEADER)), tuple(rows))]
    return [*told, *map(Paragraph, legend(found))]


def markdown(found: SideBySide) -> str:
    """The comparison as Markdown."""
    return "\n".join(_markdown.lines(blocks(found))) + "\n"


def page(found: SideBySide) -> str:
    """The comparison as a web page of its own."""
    return comparison_html.document(" and ".join(side.name for side in found.sides), blocks(found))


def latex(found: SideBySide) -> str:
    """Floats for LaTeX with booktabs, each no taller than a page, and the legend once, in the text."""
    own = tuple(map(Text, HEADER))
    mark = " (mixed protocols: these scores do not compare)" if found.mixed else ""
    tables = [
        replace(block, caption=block.caption + mark) if block.header == own else block
        for block in blocks(found)
        if isinstance(block, Table)
    ]
    widths = {HEADER: _WIDTHS, across_tables.HEADER: across_tables.WIDTHS}
    return side_tex.document(tables, widths, [*mixture(found), *legend(found)])


def comma_separated(found: SideBySide) -> str:
    """A line an output and arm, numbers at full precision, empty where there is none."""
    mixed = {"mixed_protocols": csv_cells.text("; ".join(found.mixed) or None)}
    records = [
        _record(output, line) | mixed | across_tables.record(found.across, output, line.side)
        for output, lines in found.outputs.items()
        for line in lines
    ]
    return csv_cells.table(records)


def heading(found: SideBySide, output: str) -> str:
    """The output as people call it, with the direction that is better."""
    return labelled(_about(found, output))


def cells(found: SideBySide, output: str, line: Line) -> list[str]:
    """What stands under HEADER."""
    digits = _about(found, output)["digits"]
    apart = "" if line.difference is None or line.paired else " (Welch)"
    return [
        line.side.name,
        f"{line.final.n}/{line.planned}",
        interval(line.final, digits) + ("‡" if line.unscored else ""),
        "first" if line.difference is None else interval(line.difference, digits, sign=True) + apart,
        probability(line.p_holm),
        NOTHING if line.improvement is None else interval(line.improvement, 2),
        verdicts(line.side),
    ]


def mixture(found: SideBySide) -> list[str]:
    """The line that marks scores which do not compare; none where they do."""
    if not found.mixed:
        return []
    return [
        "Mixed protocols: these scores were made in different ways and do not compare: "
        f"{'; '.join(found.mixed)}."
    ]


def legend(found: SideBySide) -> list[str]:
    """What the columns mean, as far as they are filled, and the notes."""
    lines = [line for group in found.outputs.values() for line in group]
    first = found.sides[0].name
    told = [
        "n: runs with a final score / runs planned. final: mean with its 95 % Student-t interval over seeds."
    ]
    if any(line.paired for line in lines):
        told.append(
            f"difference: to {first}, over the seeds of both; p: two-sided sign-flip test of the pairs, "
            "Holm-corrected over the arms of a table."
        )
    if any(not line.paired and line.difference is not None for line in lines):
        told.append(
            f"Welch: unpaired, because these arms and {first} do not share two seeds on the same data; "
            "p: Welch's t test, Holm-corrected over the arms of a table."
        )
    compared = [line for line in lines if line.difference is not None]
    if any(line.p is not None for line in compared):
        told.append("No study declared these comparisons as such: what they show is exploratory.")
    if any(line.unscored for line in lines) and any(line.improvement is not None for line in lines):
        told.append(
            "Where runs of either arm have no score, p is of who is better in each seed (unpaired: of Mann "
            "and Whitney's U), those runs last, because the difference leaves them out."
        )
    if any(line.improvement is not None for line in lines):
        told.append(
            f"improvement: probability that a run is better than one of {first}, failures worst of all, with "
            "a bootstrap interval over seeds."
        )
    if any(line.unscored for line in lines):
        told.append("‡: has runs without a score, which the mean leaves out.")
    told += across_tables.legend(found.across)
    notes = (*found.notes, *(found.across.notes if found.across is not None else ()))
    return [*told, *(f"{note[:1].upper()}{note[1:]}." for note in notes)]


def _row(words: list[str]) -> tuple[Text, ...]:
    """Names and verdicts are words that somebody chose."""
    return tuple(Text(word, named=at in (0, len(words) - 1)) for at, word in enumerate(words))


def _about(found: SideBySide, output: str) -> Any:
    return _about_outputs(found)[output]


def _about_outputs(found: SideBySide) -> Any:
    return found.sides[0].results.plan["outputs"]


def _record(output: str, line: Line) -> dict[str, str]:
    side = line.side
    words = {"output": output, "study": str(side.results.plan["name"]), "arm": side.arm, "name": side.name}
    record = {column: csv_cells.text(word) for column, word in words.items()}
    record |= {"planned": str(line.planned), "unscored": str(line.unscored), "final.n": str(line.final.n)}
    record |= csv_cells.interval("final", line.final) | {
        "difference.n": str(line.difference.n if line.difference else "")
    }
    record |= csv_cells.interval("difference", line.difference)
    record |= {"difference.paired": "" if line.difference is None else str(line.paired).lower()}
    record |= {"p": csv_cells.number(line.p), "p_holm": csv_cells.number(line.p_holm)}
    return (
        record
        | csv_cells.interval("improvement", line.improvement)
        | {"verdicts": csv_cells.text(verdicts(side))}
    )


FORMATS = {"md": markdown, "csv": comma_separated, "tex": latex, "html": page}
"""What `--format` may name -> the comparison as text."""


def format_of(asked: str | None, output: Path | None) -> str | None:
    """The name of the format: what was asked for, else what the file's suffix says; None for a terminal.

    Raises:
        UserError: There is no such format.
    """
    if asked is not None:
        if asked not in FORMATS:
            raise UserError(unknown("format of a comparison", asked, FORMATS))
        return asked
    if output is None:
        return None
    suffix = output.suffix.lower().removeprefix(".")
    if suffix not in FORMATS:
        named = [f".{name}" for name in FORMATS]
        raise UserError(f"{output}: {unknown('suffix of a comparison', output.suffix, named)}")
    return suffix


def save(text: str, output: Path) -> None:
    """Write a comparison; its folder is created. Raises UserError if that cannot be."""
    try:
        output.parent.mkdir(parents=True, exist_ok=True)
        output.write_text(text, encoding="utf-8", newline="")
    except OSError as error:
        raise UserError(f"cannot write {output}: {error.strerror or error}") from None
