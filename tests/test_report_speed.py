"""The benchmark of reports: its record is one that reports can be made of, and every case is measured."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from report_speed import CASES, main
from report_store import OUTPUTS, POINTS, build

from bench.sources import of_study


def test_the_record_is_as_large_as_it_says(tmp_path: Path) -> None:
    """Every run is there with its own scores, histories and pictures, through MLflow's own tables."""
    found = of_study(build(tmp_path, 2, 2), tmp_path, None)
    assert len(found.rows) == 16 and (found.rows["verdict"] == "healthy").all()
    finals = [f"output{index}.final" for index in range(OUTPUTS)]
    assert all(found.rows[column].is_unique for column in finals), "no two runs have a score in common"
    runs = [str(run) for run in found.rows["run_id"]]
    told = found.histories(runs, ["score/output0"])
    assert {len(told[run]["score/output0"]) for run in runs} == {POINTS}
    assert {len(steps) for steps in found.every_picture(runs).values()} == {2}


EXPORTED = ("export", "table, exported")
REST = [pytest.param(case, marks=pytest.mark.slow) for case in CASES if case not in EXPORTED]


@pytest.mark.parametrize("case", ["table, exported", *REST])
def test_the_benchmark_measures_every_case(case: str, tmp_path: Path) -> None:
    """A smoke run: positive numbers, in the file and in the table, after the export that others read."""
    files = ["--json", str(tmp_path / "x.json"), "--markdown", str(tmp_path / "x.md")]
    main(["--quick", "--case", case, *files])
    lines = json.loads((tmp_path / "x.json").read_text())["lines"]
    assert [line["case"] for line in lines] == ["export", case]
    text = (tmp_path / "x.md").read_text()
    for line in lines:
        assert min(line["processor_seconds"], line["seconds"]) > 0.0
        assert 50.0 < line["megabytes"] < 2000.0
        assert f"| {line['case']} | {line['seconds']:.1f} |" in text
