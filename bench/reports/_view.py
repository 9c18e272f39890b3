"""What of a study a report shows: arms chosen and sorted, after every number and mark has been computed."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from bench.problems import UserError
from bench.reports._columns import Column, Columns
from bench.reports._families import declared_output
from bench.reports._summary import Summary, summarise
from bench.reports.base import Shape
from bench.rows import Results
from bench.wording import count
from gan.registry import unknown


@dataclass(frozen=True)
class Shaped:
    """A study's summaries and which of them are shown how."""

    results: Results
    shape: Shape
    summaries: list[Summary]
    """All of them: families, marks and ranks are about these."""
    shown: list[Summary]
    """Arms that apply, as chosen, in the order of the rows."""
    declined: list[Summary]
    """Arms that do not apply, as chosen."""
    columns: Columns
    crossed: str
    """The output of a two-way table."""

    @property
    def plan(self) -> dict[str, Any]:
        """The study."""
        return self.results.plan

    @property
    def primary(self) -> str:
        """The output of the main table."""
        return self.columns.primary

    @property
    def left_out(self) -> int:
        """Arms that were not asked for."""
        return len(self.summaries) - len(self.shown) - len(self.declined)

    @property
    def who(self) -> str:
        """`every arm`, or how many of them were asked for."""
        every = len(self.summaries)
        return f"{every - self.left_out} of {count(every, 'arm')}" if self.left_out else "every arm"


def view(results: Results, shape: Shape) -> Shaped:
    """What `shape` asks for.

    Raises UserError for a column, arm or factor that there is not, with the nearest that there is.
    """
    summaries = summarise(results)
    about = dict(results.plan["outputs"])
    if shape.precision is not None:
        about = {output: {**told, "digits": shape.precision} for output, told in about.items()}
    columns = Columns(results, declared_output(results.plan), about, summaries)
    for factor in shape.pivot or ():
        if factor not in results.plan["factors"]:
            raise UserError(f"--pivot: {unknown('factor', factor, list(results.plan['factors']))}")
    if shape.pivot and shape.pivot[0] == shape.pivot[1]:
        raise UserError(f"--pivot: {shape.pivot[0]} twice; name two factors")
    if shape.precision is not None and not 0 <= shape.precision <= 17:
        raise UserError(f"--precision: {shape.precision} decimals; must lie between 0 and 17")
    said = [columns.says_output(name) for name in shape.columns]
    outputs = list(dict.fromkeys(output for output in said if output is not None))
    if shape.pivot and len(outputs) > 1:
        raise UserError(f"--pivot: a two-way table holds one output; --columns names {', '.join(outputs)}")
    kept = _chosen(summaries, shape.arms)
    applicable = [summary for summary in kept if summary.reason is None]
    if shape.sort:
        by = columns.named(shape.sort.removeprefix("-"), option="--sort")
        applicable = _sorted(applicable, by, descending=shape.sort.startswith("-"))
    declined = [summary for summary in kept if summary.reason is not None]
    crossed = outputs[0] if len(outputs) == 1 else columns.primary
    return Shaped(results, shape, summaries, applicable, declined, columns, crossed)


def _chosen(summaries: list[Summary], patterns: Iterable[str]) -> list[Summary]:
    wanted = []
    for pattern in patterns:
        matches = re.compile(".*".join(map(re.escape, pattern.split("*"))), re.DOTALL)
        if not any(matches.fullmatch(summary.name) for summary in summaries):
            raise UserError(f"--arms: {unknown('arm', pattern, [summary.name for summary in summaries])}")
        wanted.append(matches)
    if not wanted:
        return summaries
    return [summary for summary in summaries if any(one.fullmatch(summary.name) for one in wanted)]


def _sorted(summaries: list[Summary], column: Column, descending: bool) -> list[Summary]:
    """By a column; arms without a value come last, equal ones stay in the plan's order."""
    values = {summary.id: column.value(summary) for summary in summaries}
    known = [summary for summary in summaries if not _missing(values[summary.id])]
    rest = [summary for summary in summaries if _missing(values[summary.id])]

    def key(summary: Summary) -> Any:
        return values[summary.id]

    return sorted(known, key=key, reverse=descending) + rest


def _missing(value: float | str | None) -> bool:
    return value is None or (isinstance(value, float) and math.isnan(value))
