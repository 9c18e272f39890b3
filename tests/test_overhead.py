"""The benchmark of the driver's cost measures what it says."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from overhead import _Watch, main


def test_only_what_is_used_while_runs_train_counts() -> None:
    """Processor time before the first run's start and after the last one's end is left out."""
    watch = _Watch(0)
    watch.looks = [(0.0, (1.0, 1.0, 1.0)), (5.0, (2.0, 4.0, 9.0)), (9.0, (50.0, 50.0, 50.0))]
    assert watch.between(1.0, 6.0) == (1.0, 3.0, 8.0)


@pytest.mark.slow
def test_a_smoke_run(tmp_path: Path) -> None:
    """A real study by the command line beside pure work: positive numbers, in the file and in the table."""
    main(
        [
            "--quick",
            "--json",
            str(tmp_path / "x.json"),
            "--markdown",
            str(tmp_path / "x.md"),
        ]
    )
    (line,) = json.loads((tmp_path / "x.json").read_text())["lines"]
    assert min(line["ratio"], line["starting"], line["work"]) > 0.0
    assert f"| 1 | {line['ratio']:.3f} |" in (tmp_path / "x.md").read_text()
