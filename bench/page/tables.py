"""The comparison as tables of a page: the numbers of comparison.md, with what sorting and filtering need."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bench.headlines import leading
from bench.page.findings import asked, sure
from bench.page.wording import minus, shortened
from bench.reports._diagnostics import diagnostic_outputs
from bench.reports._markdown import interval, plus_minus, probability, seconds
from bench.reports._summary import Cell, Summary
from bench.rows import Results
from bench.stats import Interval, wilson
from bench.wording import ARROWS, NOTHING, number

ORACLE = "oracle (real data)"
_LONGEST = 160
_LONG = 40
"""Characters of a name from which on its column has to be wide."""


@dataclass(frozen=True)
class Column:
    """One column."""

    label: str
    numeric: bool = True
    hint: str = ""
    """What it holds, for whoever points at it."""


@dataclass(frozen=True)
class Shown:
    """One cell."""

    text: str
    value: float | None = None
    """What it is sorted by; None comes last."""
    marks: str = ""
    strong: bool = False


@dataclass(frozen=True)
class Drawn:
    """A difference as a small drawing: all in per cent of its width."""

    low: float
    high: float
    mean: float
    zero: float
    sure: bool


@dataclass(frozen=True)
class Row:
    """One arm, or the oracle."""

    index: int | None
    """Place in the plan; None for the oracle."""
    name: str
    cells: tuple[Shown, ...]
    strong: bool = False
    baseline: bool = False
    reason: str | None = None
    """Why it does not apply; it has no cells then."""
    drawn: Drawn | None = None

    @property
    def short(self) -> str:
        """The name as a row has room for it."""
        return shortened(self.name, _LONGEST)


@dataclass(frozen=True)
class Table:
    """One output, or several that only describe."""

    key: str
    """For ids."""
    caption: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    notes: tuple[str, ...] = ()

    @property
    def long(self) -> bool:
        """Whether names are so long that their column has to be wide."""
        return any(len(row.name) > _LONG for row in self.rows)


def main_table(results: Results, summaries: Sequence[Summary]) -> Table:
    """The output that conclusions rest on, with all that is known of the arms' runs."""
    question = asked(results)
    output = question.output
    head, tail = _columns(results.plan, output)[:1], _columns(results.plan, output)[1:]
    columns = [
        Column("arm", numeric=False),
        *head,
        Column("healthy", hint="share of the runs that ended, with its Wilson interval"),
        *tail,
        Column("not healthy", numeric=False, hint="verdicts of the other runs"),
        Column("s/run", hint="mean seconds of training"),
    ]
    places = _places([arm.cells[output] for arm in summaries if arm.reason is None], question.alpha)
    rows = [_oracle(results, output, before=1, after=2)]
    for index, arm in enumerate(summaries):
        if arm.reason is not None:
            rows.append(Row(index, arm.name, (), reason=arm.reason))
            continue
        first, *others = _scores(results.plan, arm, output)
        cells = (first, _healthy(arm), *others, _others(arm), _seconds(arm))
        drawn = places.get(id(arm.cells[output]))
        baseline = arm.id == results.plan.get("baseline")
        rows.append(Row(index, arm.name, cells, arm.cells[output].leads, baseline, drawn=drawn))
    caption = f"Every arm on {question.label}, the output that conclusions rest on"
    return Table("main", caption, tuple(columns), tuple(rows), _notes(summaries, output, main=True))


def other_tables(results: Results, summaries: Sequence[Summary]) -> list[Table]:
    """The other outputs that may rank arms, a table each, and one of all that only describe."""
    plan = results.plan
    apart = {asked(results).output, *diagnostic_outputs(plan)}
    tables = [
        _headline(results, summaries, output, place)
        for place, output in enumerate(leading(plan["primary"], plan["outputs"]))
        if output not in apart
    ]
    return [*tables, *_diagnostics(results, summaries)]


def _headline(results: Results, summaries: Sequence[Summary], output: str, place: int) -> Table:
    plan = results.plan
    rows = [_oracle(results, output)]
    for index, arm in enumerate(summaries):
        if arm.reason is None:
            cells = tuple(_scores(plan, arm, output))
            baseline = arm.id == plan.get("baseline")
            rows.append(Row(index, arm.name, cells, arm.cells[output].leads, baseline))
    columns = (Column("arm", numeric=False), *_columns(plan, output))
    label = plan["outputs"][output]["label"]
    return Table(f"output-{place}", label, columns, tuple(rows), _notes(summaries, output, main=False))


def _diagnostics(results: Results, summaries: Sequence[Summary]) -> list[Table]:
    names = diagnostic_outputs(results.plan)
    if not names:
        return []
    about = results.plan["outputs"]
    columns = [Column(about[name]["label"] + ARROWS.get(about[name]["direction"], "")) for name in names]
    rows = [Row(None, ORACLE, tuple(_real(results, name) for name in names))]
    for index, arm in enumerate(summaries):
        if arm.reason is None:
            cells = tuple(
                Shown(minus(plus_minus(arm.cells[n].final, about[n]["digits"])), _known(arm.cells[n].final))
                for n in names
            )
            rows.append(Row(index, arm.name, cells, baseline=arm.id == results.plan.get("baseline")))
    note = (
        "Numbers that explain the others and that no ranking should rest on: final mean ± half of its 95 % "
        "interval over seeds."
    )
    named = (Column("arm", numeric=False), *columns)
    return [Table("diagnostics", "Diagnostics", named, tuple(rows), (note,))]


def _columns(plan: dict[str, Any], output: str) -> list[Column]:
    label = plan["outputs"][output]["label"] + ARROWS.get(plan["outputs"][output]["direction"], "")
    return [
        Column("n", hint="runs with a final score / runs planned"),
        Column(f"{label} final", hint="mean over seeds with its 95 % Student-t interval"),
        Column("Δ to baseline", hint="final minus the baseline's, paired by seed"),
        Column("p (Holm)", hint="two-sided sign-flip test of Δ, Holm-corrected"),
        Column(f"{label} best", hint="each run's best evaluation: it flatters; conclude from final"),
    ]


def _scores(plan: dict[str, Any], arm: Summary, output: str) -> list[Shown]:
    cell, digits = arm.cells[output], plan["outputs"][output]["digits"]
    if arm.id == plan.get("baseline"):
        difference = Shown("baseline")
    elif cell.difference is None:
        difference = Shown(NOTHING)
    else:
        value = cell.difference.interval
        difference = Shown(minus(interval(value, digits, sign=True)), _known(value))
    marks = "†" * cell.tied + "‡" * (cell.unscored > 0)
    final = minus(interval(cell.final, digits))
    return [
        Shown(f"{cell.final.n}/{arm.planned}", float(cell.final.n)),
        Shown(final, _known(cell.final), marks, cell.leads),
        difference,
        Shown(probability(cell.p_holm), cell.p_holm),
        Shown(minus(interval(cell.best, digits)), _known(cell.best)),
    ]


def _oracle(results: Results, output: str, before: int = 0, after: int = 0) -> Row:
    nothing = Shown(NOTHING)
    scores = [nothing, *[nothing] * before, _real(results, output), nothing, nothing, nothing]
    return Row(None, ORACLE, (*scores, *[nothing] * after))


def _real(results: Results, output: str) -> Shown:
    score = results.oracle.get(output)
    return Shown(minus(number(score, results.plan["outputs"][output]["digits"])), score)


def _healthy(arm: Summary) -> Shown:
    share = wilson(arm.healthy, arm.ended)
    if share is None:
        return Shown(NOTHING)
    text = f"{arm.healthy}/{arm.ended} [{100 * share[0]:.0f}, {100 * share[1]:.0f}] %"
    return Shown(text, arm.healthy / arm.ended)


def _others(arm: Summary) -> Shown:
    others = [f"{runs} {name}" for name, runs in arm.verdicts.items() if name != "healthy"]
    if arm.unfinished:
        others.append(f"{len(arm.unfinished)} pending")
    return Shown(", ".join(others) or NOTHING, float(arm.planned - arm.healthy))


def _seconds(arm: Summary) -> Shown:
    return Shown(seconds(arm.seconds), _known(arm.seconds))


def _known(value: Interval) -> float | None:
    return value.mean if value.n and math.isfinite(value.mean) else None


def _places(cells: Sequence[Cell], alpha: float) -> dict[int, Drawn]:
    """Each difference on one common scale, by the identity of its cell; one whose ends are finite."""
    values = {
        id(cell): (cell, cell.difference.interval)
        for cell in cells
        if cell.difference is not None
        and all(
            end is not None and math.isfinite(end)
            for end in (cell.difference.interval.low, cell.difference.interval.high)
        )
    }
    if not values:
        return {}
    # Few seeds make intervals that would press everything else together: they are cut at the frame.
    most = 2.0 * max(abs(value.mean) for _, value in values.values())
    ends = [end for _, v in values.values() for end in (v.low, v.high) if end is not None]
    if most:
        ends = [max(-most, min(most, end)) for end in ends]
    low, high = min(0.0, *ends), max(0.0, *ends)
    span = (high - low) or 1.0

    def place(x: float) -> float:
        return round(min(100.0, max(0.0, 4.0 + 92.0 * (x - low) / span)), 1)

    return {
        key: Drawn(place(v.low or 0.0), place(v.high or 0.0), place(v.mean), place(0.0), sure(cell, alpha))
        for key, (cell, v) in values.items()
    }


def _notes(summaries: Sequence[Summary], output: str, main: bool) -> tuple[str, ...]:
    """What the signs of a table mean, if they occur in it."""
    arms = [arm for arm in summaries if arm.reason is None]
    cells = [arm.cells[output] for arm in arms]
    family = sum(cell.p_holm is not None for cell in cells)
    notes = []
    if main:
        notes.append(
            "n: runs with a final score / runs planned. Intervals are 95 %: Student-t over seeds, Wilson for "
            "shares of the runs that ended. Best: each run's best evaluation, picked by that very score: it "
            "flatters; conclude from final."
        )
        if family:
            notes.append(
                "Δ: final minus the baseline's, paired by seed; drawn beside it on one scale, filled where "
                "the interval excludes 0 and p (Holm) is below α. p: two-sided sign-flip test of Δ"
                + (f", Holm-corrected for {family} comparisons." if family > 1 else ".")
            )
    if any(cell.leads for cell in cells):
        notes.append("Bold: the best mean; an arm marked ‡ stands behind all that are not.")
    if any(cell.tied for cell in cells):
        notes.append(
            "†: not distinguishable from the best: the 95 % interval of the paired difference covers 0."
        )
    broken = sum(cell.unscored > 0 for cell in cells)
    if broken:
        notes.append(
            "‡: of the runs that ended some diverged, failed or gave no score; the mean leaves out what is "
            "missing and flatters the arm."
        )
    return tuple(notes)
