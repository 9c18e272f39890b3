"""Every number of the comparison at full precision, and every run's own: enough to make all of it again.

    comparison.csv   one line the study, one real data, one each arm

The first line (kind `study`) holds the plan as JSON; an arm's line its summaries and, in the order of its
`seeds`, every run's values with semicolons between them. `bench.rows_csv` reads it back. How cells are
written so that no spreadsheet takes a name for a formula: `bench.csv_cells`.
"""

from __future__ import annotations

from pathlib import Path

from bench.csv_cells import table
from bench.reports._records import records
from bench.reports.base import AS_IT_IS, Report, Shape, save
from bench.rows import Results


class ComparisonCsv(Report):
    """The table for programs. It is always whole: `shape` chooses what people are shown."""

    format = "csv"
    makes = ("comparison.csv",)

    def write(self, results: Results, folder: Path, shape: Shape = AS_IT_IS) -> list[Path]:
        return [save(folder, "comparison.csv", comma_separated(results))]


def comma_separated(results: Results) -> str:
    """The CSV: the study, the oracle, every arm that applies, every arm that does not."""
    return table(records(results))
