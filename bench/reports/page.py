"""The study on one page: the answer in sentences, table, figures, samples, every run, and how to repeat it.

report.html    one file, which opens in any browser, fetches nothing and prints
"""

from __future__ import annotations

from pathlib import Path

from bench.reports.base import AS_IT_IS, Report, Shape, save
from bench.rows import Results


class Page(Report):
    """The page that a researcher opens first."""

    format = "page"
    makes = ("report.html",)

    def write(self, results: Results, folder: Path, shape: Shape = AS_IT_IS) -> list[Path]:
        from bench.page.render import page

        return [save(folder, "report.html", page(results, shape))]
