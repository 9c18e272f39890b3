"""The benchmark of a large study that is done measures what it says."""

from __future__ import annotations

from pathlib import Path

import pytest
from done_speed import IMPORT, main, markdown


def test_a_table_says_what_was_missed() -> None:
    """A command that takes longer than its aim is called so; what is there for comparison has no aim."""
    lines = markdown({IMPORT: [20.0], "check": [9.0, 9.9, 30.0], "run": [11.0]}, 10, {}).splitlines()
    assert lines[-3].endswith("|  |")
    assert lines[-2] == "| check | 9.9 | 9.0 | 30.0 | met |"
    assert lines[-1] == "| run | 11.0 | 11.0 | 11.0 | missed |"


@pytest.mark.slow
def test_a_smoke_run(tmp_path: Path) -> None:
    """Real commands on a real record of 200 runs."""
    main(["--quick", "--markdown", str(tmp_path / "x.md")])
    text = (tmp_path / "x.md").read_text()
    assert (
        "200 runs" in text and "| run, done |" in text and "| run, done, with all reports to make |" in text
    )
