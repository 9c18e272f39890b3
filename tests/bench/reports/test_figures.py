"""The report that writes every figure in every format."""

from __future__ import annotations

from pathlib import Path

from drawn_results import made

from bench.figures import FORMATS, Skipped, figures
from bench.registries import REPORTS
from bench.reporting import Call, write


def test_each_figure_that_applies_is_written_in_each_format(tmp_path: Path) -> None:
    """The same bytes twice; what no longer applies is taken away, and nothing else."""
    results = made(3, seeds=3)
    report = REPORTS.load("figures")()
    assert report.format == "figures"
    (tmp_path / "one" / "figures").mkdir(parents=True)
    stale, other = (tmp_path / "one" / "figures" / name for name in ("interaction.svg", "mine.svg"))
    for path in (stale, other):
        path.write_text("drawn before")
    written = write(results, Call([type(report)], tmp_path / "one")).files
    drawn = [name for name, figure in figures(results).items() if not isinstance(figure, Skipped)]
    assert [path.name for path in written] == [f"{name}.{kind}" for name in drawn for kind in FORMATS]
    assert not stale.exists() and other.exists()
    again = report.write(results, tmp_path / "two")
    assert [path.read_bytes() for path in written] == [path.read_bytes() for path in again]
