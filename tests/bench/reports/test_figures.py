"""The report that writes every figure in every format."""

from __future__ import annotations

from pathlib import Path

from drawn_results import made

from bench.figures import FORMATS, Skipped, figures
from bench.registries import REPORTS
from bench.reporting import Call, write


def test_each_figure_that_applies_is_written_in_each_format(tmp_path: Path) -> None:
    """The same bytes twice; what no longer applies is taken away, and nothing else, and why is told."""
    results = made(3, seeds=3)
    report = REPORTS.load("figures")()
    assert report.format == "figures"
    (tmp_path / "one" / "figures").mkdir(parents=True)
    stale, other = (tmp_path / "one" / "figures" / name for name in ("interaction.svg", "mine.svg"))
    for path in (stale, other):
        path.write_text("drawn before")
    done = write(results, Call([type(report)], tmp_path / "one"))
    written, found = done.files, figures(results)
    drawn = [name for name, figure in found.items() if not isinstance(figure, Skipped)]
    told = [f"figures, without {name}: {f.reason}" for name, f in found.items() if isinstance(f, Skipped)]
    assert told and list(done.lacking) == told
    assert [path.name for path in written] == [f"{name}.{kind}" for name in drawn for kind in FORMATS]
    assert not stale.exists() and other.exists()
    again = report.write(results, tmp_path / "two")
    assert [path.read_bytes() for path in written] == [path.read_bytes() for path in again]
