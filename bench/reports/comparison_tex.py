"""The first table of the comparison as a LaTeX float, to `\\input` unedited.

    comparison.tex   needs booktabs; no siunitx, and any pdfLaTeX

The table takes the largest of three sizes in which it fits the line. What does not fit a page is split into
several floats.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from bench.reports import _search as search
from bench.reports import _words as words
from bench.reports._document import Paragraph, Table
from bench.reports._first import First, first
from bench.reports._notes import about_one, by_name, exploratory, label, more, stopped
from bench.reports._pivot import pivot_table
from bench.reports._protocols import protocols
from bench.reports._tables import main_table
from bench.reports._tex import breakable, escape, lines
from bench.reports._view import Shaped, view
from bench.reports.base import AS_IT_IS, Report, Shape, save
from bench.rows import Results

COLUMNS = ("arm", "n", "healthy_runs", "final", "difference", "p_holm", "best_mean")
"""Those that have room on a page."""
MOST_LINES = 36
"""Lines of a table on one page, with room for caption and notes."""
MOST_NOTES = 8
"""Arms that the notes tell of one by one."""
_NAME = 30
"""Letters of a name on a line."""
_MARKS = {
    "": "Bold: the best",
    "†": "$^{\\dagger}$: not distinguishable from it",
    "‡": (
        "$^{\\ddagger}$: has runs without a score, which the mean leaves out, and stands behind arms that "
        "have none"
    ),
}


class ComparisonTex(Report):
    """The table for papers."""

    format = "tex"
    makes = ("comparison.tex",)

    def write(self, results: Results, folder: Path, shape: Shape = AS_IT_IS) -> list[Path]:
        return [save(folder, "comparison.tex", tex(results, shape))]


def tex(results: Results, shape: Shape = AS_IT_IS) -> str:
    """One float, or several. Raises UserError where `shape` asks for what there is not."""
    shown = view(results, shape)
    grid = pivot_table(shown) if shape.pivot else main_table(shown, COLUMNS)
    parts, told = _parts(grid), (_caption(shown, grid), _notes(shown))
    floats = [_float(shown, part, number, len(parts), told) for number, part in enumerate(parts, 1)]
    return "% Needs \\usepackage{booktabs}.\n" + "\n".join(floats)


def _parts(grid: Table) -> list[Table]:
    """The table in pieces that fit a page each."""
    parts: list[Table] = []
    start, height = 0, 0
    for number, row in enumerate(grid.rows):
        tall = max(math.ceil(len(cell.text) / _NAME) for cell in row[: grid.left])
        if height + tall > MOST_LINES and number > start:
            parts.append(_part(grid, start, number))
            start, height = number, 0
        height += tall
    return [*parts, _part(grid, start, len(grid.rows))]


def _part(grid: Table, start: int, end: int) -> Table:
    oracles = max(0, min(end, grid.oracles) - start)
    return replace(grid, rows=grid.rows[start:end], oracles=oracles)


def _float(shown: Shaped, grid: Table, number: int, of: int, told: tuple[str, list[str]]) -> str:
    specs = [_wide(grid, column) for column in range(grid.left)]
    specs += ["r"] * (len(grid.header) - grid.left)
    head, rows = lines(grid, [at for at, spec in enumerate(specs) if spec.startswith("p")])
    real, arms = rows[: grid.oracles], rows[grid.oracles :]
    body = [*real, *(["\\midrule"] if real and arms else []), *arms]
    table = [f"\\begin{{tabular}}{{@{{}}{''.join(specs)}@{{}}}}", "\\toprule", head, "\\midrule", *body]
    table += ["\\bottomrule", "\\end{tabular}"]
    name = shown.plan["name"]
    again = f" (part {number} of {of})" if of > 1 else ""
    label = f"tab:{_label(name)}" + (f"-{number}" if number > 1 else "")
    made = [
        "\\begin{table}[tbp]",
        "\\centering",
        "\\setlength{\\tabcolsep}{3pt}%",
        "\\setlength{\\belowcaptionskip}{6pt}%",
        f"\\caption[{escape(name)}{again}]{{{told[0]}{again}}}",
        f"\\label{{{label}}}",
        "\\def\\ganbenchtable{%",
        *(line + "%" if line.endswith("}") else line for line in table),
        "}%",
        "\\setbox0=\\hbox{\\footnotesize\\ganbenchtable}%",
        "\\ifdim\\wd0>\\linewidth\\setbox0=\\hbox{\\scriptsize\\ganbenchtable}\\fi",
        "\\ifdim\\wd0>\\linewidth\\setbox0=\\hbox{\\tiny\\ganbenchtable}\\fi",
        "\\makebox[\\linewidth][c]{\\box0}",
        *(told[1] if number == of else []),
        "\\end{table}",
    ]
    return "\n".join(made) + "\n"


def _wide(grid: Table, column: int) -> str:
    """A column of names: as wide as they are, up to where they wrap."""
    longest = max((len(row[column].text) for row in grid.rows), default=0)
    return "l" if longest <= _NAME else f"p{{{17 if grid.left == 1 else 11}em}}"


def _label(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9]+", "-", name).strip("-")[:60] or "study"


def _caption(shown: Shaped, grid: Table) -> str:
    """What the table shows, and what is in it."""
    if shown.shape.pivot:
        what, told = grid.caption, _crossed(shown)
    else:
        found = first(shown, COLUMNS)
        labels = " and ".join(_better(shown.columns.about[output]) for output in found.outputs)
        what = f"{labels} of {shown.who}" if labels else shown.who.capitalize()
        told = _held(found)
    signs = _signs(shown, grid)
    return f"{breakable(what)}, study {breakable(shown.plan['name'])}. {told}{signs}"


def _better(about: Mapping[str, Any]) -> str:
    better = {"lower": " (lower is better)", "higher": " (higher is better)"}.get(about["direction"], "")
    return f"{about['label']}{better}"


def _crossed(shown: Shaped) -> str:
    better = breakable(_better(shown.columns.about[shown.crossed]))
    return (
        f"Final {better}: mean with 95\\,\\% Student-$t$ interval over seeds (runs with a score / runs "
        "planned); several arms of a cell are averaged within each seed first, over the seeds that all of "
        "them have. "
    )


def _held(found: First) -> str:
    """What the numbers are."""
    names = {name for output in found.outputs for name in found.names(output)}
    told, tested = [], names & {"p", "p_holm"}
    how = ", without and with Holm's correction" if len(tested) == 2 else ", Holm-corrected"
    test = f"a sign-flip test{', uncorrected' if tested == {'p'} else how}"
    if "final" in names:
        told.append("Final scores: mean with 95\\,\\% Student-$t$ interval over seeds")
    elif names & {"best", "difference", "area"}:
        told.append("Intervals: 95\\,\\% Student-$t$ over seeds")
    if "n" in names:
        told.append("$n$: runs with a score / runs planned")
    beside = any("difference" in found.names(one) and found.names(one) & tested for one in found.outputs)
    if "difference" in names:
        difference = "$\\Delta$: difference to the baseline, paired by seed"
        told.append(difference + (f", with the $p$ of {test}" if beside else ""))
    if tested and not beside:
        told.append(f"$p$: of {test}, of the difference to the baseline, paired by seed")
    return f"{'; '.join(told)}. " if told else ""


def _signs(shown: Shaped, grid: Table) -> str:
    """What bold and daggers mean; where something was chosen, of those that are there."""
    cells = [cell for row in grid.rows for cell in row]
    there = {
        mark: any(mark in cell.tail for cell in cells) if mark else any(cell.bold for cell in cells)
        for mark in _MARKS
    }
    usual = not (shown.shape.columns or shown.shape.pivot)
    told = [text for mark, text in _MARKS.items() if usual or there[mark]]
    if told and there[""] and not shown.shape.pivot:
        found = first(shown, COLUMNS)
        if by_name(found):
            told[0] += f" (of names: by the final {breakable(label(shown, str(found.leading)))})"
    return f"{'; '.join(told)}. " if told else ""


def _notes(shown: Shaped) -> list[str]:
    told: list[str] = []
    blocks = [*words.warnings(shown), *words.declaration(shown.plan), *words.power(shown.plan)]
    found = first(shown, COLUMNS)
    outputs = (shown.crossed,) if shown.shape.pivot else found.outputs
    for output in outputs:
        blocks += exploratory(shown, output)
    if not shown.shape.pivot:
        blocks += more(shown, found)
    blocks += stopped(shown)
    told += [block.text for block in blocks if isinstance(block, Paragraph)]
    failures = [
        line.text
        for output in outputs
        for line in about_one(shown, outputs, output, _failures(shown, output, _marked(shown, found, output)))
    ]
    declined = [f"Not applicable: {arm.name} ({arm.reason})." for arm in shown.declined]
    if shown.plan.get("search"):
        told += [search.told(shown.plan), *_first(search.found(shown.plan, {arm.id for arm in shown.shown}))]
    told += [*_first(failures), *_first(declined), *protocols(shown.results)]
    sentences = [breakable(sentence) for sentence in told]
    return [
        "\\par\\smallskip",
        "\\parbox{\\linewidth}{\\scriptsize\\raggedright\\sloppy",
        *(f"{sentence}\\par" for sentence in sentences),
        "}",
    ]


def _marked(shown: Shaped, found: First, output: str) -> bool:
    return shown.shape.pivot is not None or "final" in found.names(output)


def _failures(shown: Shaped, output: str, marked: bool) -> list[Paragraph]:
    return [
        Paragraph(
            f"{'‡ ' * marked}{summary.name}: {summary.cells[output].unscored} of {summary.ended} runs "
            f"without a score ({', '.join(summary.unhealthy) or 'healthy'})."
        )
        for summary in shown.shown
        if summary.cells[output].unscored
    ]


def _first(sentences: Sequence[str]) -> list[str]:
    more = len(sentences) - MOST_NOTES
    if more <= 0:
        return list(sentences)
    return [*sentences[:MOST_NOTES], f"And {more} more arms: see comparison.md."]
