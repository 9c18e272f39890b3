"""Every column that a table of arms may have, by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from bench.compare import output_of
from bench.problems import UserError
from bench.reports._cells import Cell
from bench.reports._document import Text
from bench.reports._estimates import interval, probability, seconds
from bench.reports._rates import Rate
from bench.reports._summary import Summary
from bench.rows import Results, factor_column
from bench.stats import Interval
from bench.wording import NOTHING, labelled, number
from gan.registry import unknown

MAIN = ("arm", "n", "healthy", "final", "difference", "p_holm", "best", "verdicts", "seconds")
"""Columns of the first table."""
MORE = ("arm", "median", "iqm", "area", "sd", "scoring_sd", "p", "d_z", "detectable", "improvement")
"""Those of the second, about the same output."""
OTHER = ("arm", "n", "final", "difference", "p_holm", "best")
"""Those of every other output."""
ORACLE = "oracle (real data)"
Value = float | str | None
_EMPTY = Text(NOTHING)


@dataclass(frozen=True)
class Column:
    """One column: what stands above it, in it, and what it is sorted by."""

    header: Text
    cell: Callable[[Summary], Text]
    value: Callable[[Summary], Value]
    oracle: Text = _EMPTY
    """What real data have."""
    is_text: bool = False
    name: str = ""
    """What it is called: of an output's columns without the output."""
    output: str | None = None
    """Whose scores it holds; None: of no output, but of the arm."""
    whole_header: Text | None = None
    """What stands above it where the rest of the table does not say whose numbers these are."""


@dataclass(frozen=True)
class Columns:
    """The columns of a study."""

    results: Results
    primary: str
    about: Mapping[str, Mapping[str, Any]]
    """Output -> its label, direction and digits."""
    summaries: Sequence[Summary]

    def named(self, name: str, output: str | None = None, option: str = "--columns") -> Column:
        """The column called `name`: of an arm, or of `output` (the primary one) where the name says none.

        Raises UserError for a name that there is not.
        """
        arms, whose = self._of_arms(), output or self.primary
        if name in arms:
            return replace(arms[name], name=name)
        if name in _OF_OUTPUTS:
            return self._of_output(name, whose)
        if (meant := self._output(name)) is not None:
            return self._of_output("final", meant)
        head, dot, tail = name.rpartition(".")
        if (meant := self._output(head)) is not None:
            if tail in _OF_OUTPUTS:
                return self._of_output(tail, meant)
            raise UserError(f"{option}: {unknown(f'column of {head}', tail, _OF_OUTPUTS)}")
        if dot:
            raise UserError(f"{option}: {name}: {unknown('output', head, self.about)}")
        known = unknown("column", name, [*arms, *_OF_OUTPUTS, *self.about])
        raise UserError(f"{option}: {known}; of another output: {next(iter(self.about))}.best and the like")

    def says_output(self, name: str) -> str | None:
        """The output that the name of a column says itself: `fid` of `fid` and `fid.p`, none of `p`."""
        return None if name in _OF_OUTPUTS else self.named(name).output

    def _output(self, name: str) -> str | None:
        """The output of that name, or the one that a metric of that name is known by."""
        if name in self.about or all(about.get("metric") != name for about in self.about.values()):
            return name if name in self.about else None
        return output_of(name, self.about)

    def _of_arms(self) -> dict[str, Column]:
        found = {
            "arm": Column(Text("arm"), self._name, lambda s: s.name, Text(ORACLE, named=True), is_text=True),
            "healthy": _share("healthy", "healthy"),
            "healthy_runs": Column(
                Text("healthy"), lambda s: Text(f"{s.healthy}/{s.ended}"), lambda s: float(s.healthy)
            ),
            "verdicts": Column(Text("not healthy"), lambda s: Text(_others(s)), _failing),
            "seconds": Column(
                Text("s/run"), lambda s: Text(seconds(_mean(s.seconds))), lambda s: _mean(s.seconds)
            ),
        }
        for factor in self.results.plan["factors"]:
            level = partial(_level, factor=factor)
            found.setdefault(
                factor_column(factor),
                Column(
                    Text(factor, named=True),
                    lambda s, level=level: Text(level(s), named=True),  # type: ignore[misc]
                    level,
                    is_text=True,
                ),
            )
        for verdict in self.summaries[0].rates if self.summaries else ():
            found.setdefault(verdict, _share(verdict, verdict))
            found.setdefault(f"{verdict}.p", _share_p(verdict))
        return found

    def _name(self, summary: Summary) -> Text:
        return Text(summary.name, bold=summary.cells[self.primary].leads, named=True)

    def _of_output(self, name: str, output: str) -> Column:
        about, made = self.about[output], _OF_OUTPUTS[name]
        digits, baseline = about["digits"], self.results.plan.get("baseline")
        header = made.header.replace("@", labelled(about))
        whole = header if "@" in made.header else f"{labelled(about)} {header}"
        real = NOTHING
        if name == "final":
            real = number(self.results.oracle.get(output), digits)

        def cell(summary: Summary) -> Text:
            if name == "difference" and summary.id == baseline:
                return Text("baseline")
            if name == "n":
                return Text(f"{summary.cells[output].final.n}/{summary.planned}")
            return made.cell(summary.cells[output], digits)

        return Column(
            Text(header, named=True),
            cell,
            lambda s: made.value(s.cells[output]),
            Text(real),
            name=name,
            output=output,
            whole_header=Text(whole, named=True),
        )

    def of(self, output: str, names: Sequence[str]) -> list[Column]:
        """Columns of an output's own table, in which its best arm is bold."""
        columns = [self.named(name, output) for name in names]
        own = Column(
            Text("arm"),
            lambda s: Text(s.name, bold=s.cells[output].leads, named=True),
            lambda s: s.name,
            Text(ORACLE, named=True),
            is_text=True,
        )
        return [own if name == "arm" else column for name, column in zip(names, columns, strict=True)]


@dataclass(frozen=True)
class _Made:
    """How a cell becomes text, and what it is sorted by; `@` in the header is the output's label."""

    header: str
    cell: Callable[[Cell, int], Text]
    value: Callable[[Cell], Value]


def _mean(value: Interval | None) -> float | None:
    return value.mean if value is not None and value.n else None


def _final(cell: Cell, digits: int) -> Text:
    marks = "†" * cell.tied + "‡" * (cell.unscored > 0)
    return Text(interval(cell.final, digits), bold=cell.leads, tail=f" {marks}" if marks else "")


def _difference(cell: Cell, digits: int) -> Text:
    return Text(interval(cell.difference.interval, digits, sign=True) if cell.difference else NOTHING)


def _improvement(cell: Cell, digits: int) -> Text:
    return Text(interval(cell.improvement.interval, 2) if cell.improvement else NOTHING)


_OF_OUTPUTS: dict[str, _Made] = {
    "n": _Made("n", lambda c, d: Text(str(c.final.n)), lambda c: c.final.n),
    "final": _Made("@ final", _final, lambda c: _mean(c.final)),
    "best": _Made("@ best", lambda c, d: Text(interval(c.best, d)), lambda c: _mean(c.best)),
    "best_mean": _Made("best", lambda c, d: Text(number(_mean(c.best), d)), lambda c: _mean(c.best)),
    "difference": _Made(
        "Δ to baseline", _difference, lambda c: _mean(c.difference.interval) if c.difference else None
    ),
    "p": _Made("p", lambda c, d: Text(probability(c.p)), lambda c: c.p),
    "p_holm": _Made("p (Holm)", lambda c, d: Text(probability(c.p_holm)), lambda c: c.p_holm),
    "median": _Made("median", lambda c, d: Text(number(c.median, d)), lambda c: c.median),
    "iqm": _Made("IQM", lambda c, d: Text(number(c.iqm, d)), lambda c: c.iqm),
    "area": _Made("over training", lambda c, d: Text(interval(c.area, d)), lambda c: _mean(c.area)),
    "sd": _Made("SD", lambda c, d: Text(number(c.spread, d + 1)), lambda c: c.spread),
    "scoring_sd": _Made(
        "SD of scoring", lambda c, d: Text(number(c.noise.evaluation, d + 1)), lambda c: c.noise.evaluation
    ),
    "d_z": _Made("d_z", lambda c, d: Text(number(c.d_z, 2, sign=True)), lambda c: c.d_z),
    "detectable": _Made(
        "smallest Δ found",
        lambda c, d: Text(number(c.detectable_difference, d)),
        lambda c: c.detectable_difference,
    ),
    "improvement": _Made(
        "P(better)", _improvement, lambda c: _mean(c.improvement.interval) if c.improvement else None
    ),
    "rank": _Made("mean rank", lambda c, d: Text(number(c.rank, 2)), lambda c: c.rank),
    "failures": _Made("failures", lambda c, d: Text(str(c.unscored)), lambda c: c.unscored),
}


def _share(verdict: str, header: str) -> Column:
    def share(summary: Summary) -> float | None:
        rate = summary.rates[verdict]
        return rate.k / rate.n if rate.n else None

    return Column(
        Text(header, named=verdict != "healthy"), lambda s: Text(rate_text(s.rates[verdict])), share
    )


def _share_p(verdict: str) -> Column:
    return Column(
        Text("p (Holm)"),
        lambda s: Text(probability(s.rates[verdict].p_holm)),
        lambda s: s.rates[verdict].p_holm,
        whole_header=Text(f"{verdict} p (Holm)", named=True),
    )


def rate_text(rate: Rate) -> str:
    """`2/3 [21, 94] %`."""
    if rate.low is None or rate.high is None:
        return NOTHING
    return f"{rate.k}/{rate.n} [{100 * rate.low:.0f}, {100 * rate.high:.0f}] %"


def _level(summary: Summary, factor: str) -> str:
    return summary.levels.get(factor, NOTHING)


def _failing(summary: Summary) -> float:
    return float(summary.ended - summary.healthy)


def _others(summary: Summary) -> str:
    waiting = [f"{len(summary.unfinished)} pending"] if summary.unfinished else []
    return ", ".join([*summary.unhealthy, *waiting]) or NOTHING
