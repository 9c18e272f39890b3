"""The columns of a report's first table, and whose scores they hold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bench.reports._columns import Column
from bench.reports._document import Text
from bench.reports._summary import Summary
from bench.reports._view import Shaped


@dataclass(frozen=True)
class First:
    """The first table's columns."""

    columns: tuple[Column, ...]
    outputs: tuple[str, ...]
    """Those of which there are columns, in the order of the columns."""
    leading: str | None
    """The output whose best arm's name is bold; None: no name is."""

    def names(self, output: str | None) -> set[str]:
        """What there is of an output; of None: of the arms."""
        return {column.name for column in self.columns if column.output == output}


def first(view: Shaped, usual: Sequence[str]) -> First:
    """The columns that were asked for, else those called `usual`; the arms' names among them.

    The table is the declared output's if that is in it, and the other's if all its scores are of one other.
    Headers name outputs as soon as one is not the declared one, for the text around the table is about that.
    """
    columns = [view.columns.named(name) for name in view.shape.columns or usual]
    if all(column.name != "arm" for column in columns):
        columns = [view.columns.named("arm"), *columns]
    outputs = tuple(dict.fromkeys(column.output for column in columns if column.output is not None))
    leading = view.primary if view.primary in outputs else outputs[0] if len(outputs) == 1 else None
    others = set(outputs) - {view.primary}

    def name(summary: Summary) -> Text:
        bold = leading is not None and summary.cells[leading].leads
        return Text(summary.name, bold=bold, named=True)

    def shown(column: Column) -> Column:
        if column.name == "arm":
            return replace(column, cell=name)
        # An output's own header will do among its own; one of a verdict never says of which.
        if column.whole_header is not None and (others or column.output is None):
            return replace(column, header=column.whole_header)
        return column

    return First(tuple(map(shown, columns)), outputs, leading)
