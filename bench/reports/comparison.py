"""One row an arm: final and best scores with intervals, paired differences to the baseline, healthy share.

    comparison.md    to read and to publish
    published.csv    the published numbers beside ours, where the study names some

The primary output comes first, with all that is known of the arms' runs; more about it, verdicts and ranks
follow; each further output that a ranking may rest on has a section, and the others share a table at the end.
Rows are summaries over training seeds. Failed and diverged runs stay in the count, and an arm that has some
is never called best before one that has none.
"""

from __future__ import annotations

from pathlib import Path

from bench.reports._document import Block
from bench.reports._effects import effects_section
from bench.reports._markdown import lines
from bench.reports._published import comma_separated as published_csv
from bench.reports._published import published
from bench.reports._sections import back, conditions, first_table, front, further_tables, other_outputs, reach
from bench.reports._view import view
from bench.reports.base import AS_IT_IS, Report, Shape, save
from bench.rows import Results


class Comparison(Report):
    """The table that a study is made for."""

    format = "md"
    makes = ("comparison.md", "published.csv")

    def write(self, results: Results, folder: Path, shape: Shape = AS_IT_IS) -> list[Path]:
        texts = {"comparison.md": markdown(results, shape)}
        if beside := published_csv(results):
            texts["published.csv"] = beside
        return [save(folder, name, text) for name, text in texts.items()]


def markdown(results: Results, shape: Shape = AS_IT_IS) -> str:
    """The report as Markdown. Raises UserError where `shape` asks for what there is not."""
    shown = view(results, shape)
    said: set[Block] = set()
    parts = [
        lines([*front(shown), *conditions(shown), *reach(shown), *first_table(shown, said)]),
        published(results),
        lines(further_tables(shown)),
        effects_section(results) if results.plan["factors"] else [],
        lines([*other_outputs(shown, said), *back(shown)]),
    ]
    return "\n\n".join("\n".join(part) for part in parts if part) + "\n"
