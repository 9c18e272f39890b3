"""The first table of the comparison as a LaTeX float, to `\\input` unedited.

    comparison.tex   needs booktabs; no siunitx, and any pdfLaTeX

The table takes the largest of three sizes in which it fits the line. What does not fit a page is split into
several floats.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from bench.reports import _words as words
from bench.reports._document import Paragraph, Table
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
_DAGGERS = (
    "Bold: the best; $^{\\dagger}$: not distinguishable from it; $^{\\ddagger}$: has runs without a score, "
    "which the mean leaves out, and stands behind arms that have none. "
)


class ComparisonTex(Report):
    """The table for papers."""

    format = "tex"
    makes = ("comparison.tex",)

    def write(self, results: Results, folder: Path, shape: Shape = AS_IT_IS) -> list[Path]:
        return [save(folder, "comparison.tex", tex(results, shape))]


def tex(results: Results, shape: Shape = AS_IT_IS) -> str:
    """One float, or several. Raises UserError where `shape` asks for what there is not."""
    if not shape.columns:
        shape = replace(shape, columns=COLUMNS)
    shown = view(results, shape)
    grid = pivot_table(shown) if shape.pivot else main_table(shown)
    parts = _parts(grid)
    floats = [_float(shown, part, number, len(parts)) for number, part in enumerate(parts, 1)]
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


def _float(shown: Shaped, grid: Table, number: int, of: int) -> str:
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
        f"\\caption[{escape(name)}{again}]{{{_caption(shown, grid)}{again}}}",
        f"\\label{{{label}}}",
        "\\def\\ganbenchtable{%",
        *(line + "%" if line.endswith("}") else line for line in table),
        "}%",
        "\\setbox0=\\hbox{\\footnotesize\\ganbenchtable}%",
        "\\ifdim\\wd0>\\linewidth\\setbox0=\\hbox{\\scriptsize\\ganbenchtable}\\fi",
        "\\ifdim\\wd0>\\linewidth\\setbox0=\\hbox{\\tiny\\ganbenchtable}\\fi",
        "\\makebox[\\linewidth][c]{\\box0}",
        *(_notes(shown) if number == of else []),
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
    about = shown.columns.about[shown.primary]
    better = {"lower": " (lower is better)", "higher": " (higher is better)"}.get(about["direction"], "")
    what = breakable(grid.caption if shown.shape.pivot else f"{about['label']}{better} of every arm")
    return (
        f"{what}, study {breakable(shown.plan['name'])}. Final scores: mean with 95\\,\\% Student-$t$ "
        "interval over seeds; $n$: runs with a score / runs planned; $\\Delta$: difference to the baseline, "
        f"paired by seed, with the $p$ of a sign-flip test, Holm-corrected. {_DAGGERS}"
    )


def _notes(shown: Shaped) -> list[str]:
    told: list[str] = []
    blocks = [*words.warnings(shown), *words.declaration(shown.plan), *words.power(shown.plan)]
    told += [block.text for block in blocks if isinstance(block, Paragraph)]
    failures = [
        f"‡ {summary.name}: {summary.cells[shown.primary].unscored} of {summary.ended} runs without a score "
        f"({', '.join(summary.unhealthy) or 'healthy'})."
        for summary in shown.shown
        if summary.cells[shown.primary].unscored
    ]
    declined = [f"Not applicable: {arm.name} ({arm.reason})." for arm in shown.declined]
    told += [*_first(failures), *_first(declined), *protocols(shown.results)]
    sentences = [breakable(sentence) for sentence in told]
    return [
        "\\par\\smallskip",
        "\\parbox{\\linewidth}{\\scriptsize\\raggedright\\sloppy",
        *(f"{sentence}\\par" for sentence in sentences),
        "}",
    ]


def _first(sentences: Sequence[str]) -> list[str]:
    more = len(sentences) - MOST_NOTES
    if more <= 0:
        return list(sentences)
    return [*sentences[:MOST_NOTES], f"And {more} more arms: see comparison.md."]
