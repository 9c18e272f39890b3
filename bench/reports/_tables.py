"""The tables of a comparison, in no format yet."""

from __future__ import annotations

from collections.abc import Sequence

from bench.reports._columns import MAIN, MORE, ORACLE, OTHER, Column
from bench.reports._diagnostics import diagnostic_outputs
from bench.reports._document import Table, Text
from bench.reports._estimates import interval, plus_minus, probability
from bench.reports._families import Pair
from bench.reports._first import first
from bench.reports._summary import Ranking
from bench.reports._view import Shaped
from bench.wording import labelled, number

LETTERS = 30
"""Arms up to which groups are told by letters."""


def main_table(view: Shaped, usual: Sequence[str] = MAIN) -> Table:
    """The primary output with all that is known of the arms' runs; or the columns that were asked for."""
    found = first(view, usual)
    labels = ", ".join(_label(view, output) for output in found.outputs)
    caption = f"{labels}: {view.who}" if labels else view.who.capitalize()
    return _arms(view, caption, found.columns)


def more_table(view: Shaped) -> Table:
    """More about the primary output: other centres, spreads, sizes of effects."""
    columns = view.columns.of(view.primary, MORE)
    return _arms(view, f"More of {_label(view, view.primary)}", columns, real=False)


def output_table(view: Shaped, output: str) -> Table:
    """One of the other outputs."""
    return _arms(view, _label(view, output), view.columns.of(output, OTHER))


def rates_table(view: Shaped) -> Table:
    """Shares of the verdicts that occur, each tested against the baseline."""
    verdicts = list(view.summaries[0].rates) if view.summaries else []
    names = ["arm", *(name for verdict in verdicts for name in (verdict, f"{verdict}.p"))]
    columns = [view.columns.named(name) for name in names]
    return _arms(view, "Shares of the runs that ended, by verdict", columns, real=False)


def ranks_table(view: Shaped, ranking: Ranking) -> Table:
    """Mean ranks, the best first, with the groups that cannot be told apart."""
    means = dict(zip(ranking.arms, ranking.friedman.mean_ranks.tolist(), strict=True))
    letters = groups(ranking)
    ordered = sorted(view.shown, key=lambda summary: means[summary.id])
    header = [Text("arm"), Text("mean rank"), Text("failures"), *([Text("groups")] if letters else [])]
    rows = [
        [
            Text(summary.name, named=True),
            Text(number(means[summary.id], 2)),
            Text(str(summary.cells[view.primary].unscored)),
            *([Text(letters[summary.id])] if letters else []),
        ]
        for summary in ordered
    ]
    return Table("Mean ranks, failures last", tuple(header), tuple(map(tuple, rows)))


def groups(ranking: Ranking) -> dict[str, str]:
    """Arm -> letters of the groups that it is in; empty where there are none or too many to read."""
    if ranking.nemenyi is None or len(ranking.arms) > LETTERS:
        return {}
    letters = dict.fromkeys(ranking.arms, "")
    for index, group in enumerate(ranking.nemenyi.groups):
        for row in group:
            letters[ranking.arms[row]] += chr(ord("a") + index)
    return letters


def pairs_table(view: Shaped, pairs: Sequence[Pair]) -> Table:
    """The comparisons of a family of all pairs."""
    names = {summary.id: summary.name for summary in view.summaries}
    digits = view.columns.about[view.primary]["digits"]
    header = ("arm", "minus", "Δ", "p", "p (Holm)")
    rows = [
        (
            Text(names[pair.first], named=True),
            Text(names[pair.second], named=True),
            Text(interval(pair.difference.interval, digits, sign=True)),
            Text(probability(pair.p)),
            Text(probability(pair.p_holm)),
        )
        for pair in pairs
    ]
    return Table("All pairs of arms", tuple(map(Text, header)), tuple(rows), left=2)


def diagnostics_table(view: Shaped) -> Table | None:
    """Every output that no ranking may rest on, in one table; None if there is none."""
    outputs = diagnostic_outputs(view.plan)
    if not outputs:
        return None
    about = view.columns.about
    header = [Text("arm"), *(Text(_label(view, output), named=True) for output in outputs)]
    real = [Text(number(view.results.oracle.get(name), about[name]["digits"])) for name in outputs]
    rows = [[Text(ORACLE, named=True), *real]]
    for summary in view.shown:
        means = [Text(plus_minus(summary.cells[name].final, about[name]["digits"])) for name in outputs]
        rows.append([Text(summary.name, named=True), *means])
    return Table("Diagnostics", tuple(header), tuple(map(tuple, rows)), oracles=1)


def _arms(view: Shaped, caption: str, columns: Sequence[Column], real: bool = True) -> Table:
    """One row an arm, real data before them."""
    # Text stands on the left: a table that begins with numbers keeps their side.
    left = next((at for at, column in enumerate(columns) if not column.is_text), len(columns))
    rows = [tuple(column.cell(summary) for column in columns) for summary in view.shown]
    if real:
        first = [column.oracle for column in columns]
        rows = [tuple(first), *rows]
    header = tuple(column.header for column in columns)
    return Table(caption, header, tuple(rows), max(left, 1), oracles=int(real))


def _label(view: Shaped, output: str) -> str:
    return labelled(view.plan["outputs"][output])
