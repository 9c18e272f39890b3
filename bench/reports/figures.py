"""Every figure that applies to a study, for papers and pages.

figures/<name>.svg, .pdf, .png    see `bench.figures`; those that do not apply are not there
"""

from __future__ import annotations

from pathlib import Path

from bench.figures import FORMATS, Skipped, figures, names, write
from bench.reports.base import AS_IT_IS, Report, Shape
from bench.rows import Results


class Figures(Report):
    """One file a figure and format."""

    format = "figures"
    makes = tuple(f"figures/{name}.{kind}" for name in names() for kind in FORMATS)
    lacking = "no figure applies to these results"
    on_demand = True

    def write(self, results: Results, folder: Path, shape: Shape = AS_IT_IS) -> list[Path]:
        written, left_out = [], []
        for name, figure in figures(results, shape).items():
            paths = [folder / "figures" / f"{name}.{kind}" for kind in FORMATS]
            if isinstance(figure, Skipped):
                left_out.append(f"{name}: {figure.reason}")
            else:
                written += [write(figure, path) for path in paths]
        self.left_out = left_out
        return written
