"""What a comparison.csv states is compared with what its runs come to, once."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from edited_files import edited, rewrite, study_of_four, written

from bench.reports.comparison_csv import comma_separated
from bench.rows_csv import read

RESULTS = Path(__file__).parents[2] / "results"


@pytest.mark.parametrize(
    ("edits", "said"),
    [
        (
            {"fid.final.mean": "abc"},
            "line 5, column fid.final.mean says 'abc', its runs come to 16.0 (1 ",
        ),
        (
            {"planned": "-3", "fid.final.mean": "7"},
            "line 5, column planned says '-3', its runs come to 3 (2 ",
        ),
        ({"fid.p": "0.001"}, "line 5, column fid.p says '0.001', its runs come to 1.0 (1 cell differs)"),
        ({"reason": "late"}, "line 5, column reason says 'late', its runs come to nothing (1 cell differs)"),
        ({"planned": "3.0", "baseline": "FALSE", "fid.final.mean": "16.000000000000004"}, None),
        ({}, None),
    ],
)
def test_statistics_edited_by_hand_are_noted_and_computed_anew(
    tmp_path: Path, edits: dict[str, str], said: str | None
) -> None:
    """One line for the first and how many; a spreadsheet's spelling of the same numbers is none."""
    found = study_of_four()
    path, table = written(found, tmp_path)
    for column, value in edits.items():
        table[4][table[0].index(column)] = value
    rewrite(path, table)
    told: list[str] = []
    assert comma_separated(read(path, told.append)) == comma_separated(found)
    if said is None:
        assert told == []
    else:
        (line,) = told
        assert line.startswith(f"Note: {path}: {said}") and line.endswith(
            "; what is written is computed anew"
        )


@pytest.mark.parametrize("name", ["quickstart", "digits", "noise_and_r1"])
def test_files_of_this_version_are_what_their_runs_come_to(name: str) -> None:
    """Unedited, they are read without a note, and written as they are."""
    told: list[str] = []
    path = RESULTS / name / "comparison.csv"
    assert comma_separated(read(path, told.append)) == path.read_text(encoding="utf-8") and told == []


def test_a_file_is_compared_once_and_its_statistics_are_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Reports of a file take what reading it has computed."""
    path, _ = written(study_of_four(), tmp_path)
    found = read(path)
    monkeypatch.setattr("bench.reports._summary._summaries", None)
    assert comma_separated(found) == path.read_text(encoding="utf-8")


def test_the_note_goes_to_stderr(tmp_path: Path) -> None:
    """Of a report, and of a comparison of arms; neither fails for it."""
    path = edited(tmp_path, 5, "fid.final.mean", "abc")
    for words in (
        ["report", "--from", path, "--format", "md", "--output", tmp_path],
        ["compare", f"{path}:*"],
    ):
        done = subprocess.run(
            [sys.executable, "-m", "bench.cli", *map(str, words)], capture_output=True, text=True
        )
        assert done.returncode == 0 and "Note:" not in done.stdout
        assert done.stderr.startswith(f"Note: {path}: line 5") and done.stderr.count("\n") == 1
