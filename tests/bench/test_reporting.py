"""Reports are chosen by the name of their format; what they no longer make does not stay behind."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import ClassVar

import pytest
from made_results import made

from bench import reporting
from bench.problems import UserError
from bench.registries import REPORTS
from bench.reports._summary import summarise
from bench.reports.base import AS_IT_IS, Report, Shape
from bench.rows import Results

STUDY = made("study", {"a": [1.0, 2.0], "b": [2.0, 3.0]})


class _Two(Report):
    """Writes the files that it is told to."""

    format = "two"
    makes = ("*.two", "deep/*.two")
    lacking = "there is no reason to"
    files: ClassVar[list[str]] = []

    def write(self, results: Results, folder: Path, shape: Shape = AS_IT_IS) -> list[Path]:
        for name in self.files:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text("x")
        return [folder / name for name in self.files]


def test_every_report_is_a_format_of_its_own_and_names_its_files() -> None:
    """So that each can be asked for, and cleared away; a run ends with table, page and samples."""
    known = reporting.formats()
    assert len(known) == len(REPORTS.names()), "no two reports share a format"
    assert all(report.makes for report in known.values())
    at_the_end = {report.format for report in reporting.chosen(None)}
    assert {"md", "page", "samples"} <= at_the_end and not at_the_end & set(reporting.on_demand())
    assert reporting.chosen("all") == list(known.values())
    assert [report.format for report in reporting.chosen("samples, md,samples")] == ["samples", "md"]


@pytest.mark.parametrize(
    ("words", "line"),
    [
        ("mdd", "unknown format 'mdd'; did you mean 'md'?"),
        ("md,figure", "unknown format 'figure'; did you mean 'figures'?"),
        ("", "unknown format ''; valid: "),
        ("md,", "unknown format ''; valid: "),
    ],
)
def test_a_format_that_there_is_not(words: str, line: str) -> None:
    with pytest.raises(UserError) as caught:
        reporting.chosen(words)
    assert str(caught.value).startswith(line)


def test_files_of_an_earlier_answer_go(tmp_path: Path) -> None:
    """Of this report, and no others."""
    call = reporting.Call([_Two], tmp_path)
    (tmp_path / "other.md").write_text("kept")
    for files in (["a.two", "deep/b.two"], ["a.two"], []):
        _Two.files = files
        written = reporting.write(STUDY, call)
        there = sorted(str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*.*"))
        assert there == sorted([*files, "other.md"])
        assert [str(path.relative_to(tmp_path)) for path in written.files] == files
        assert written.lacking == (() if files else ("two: nothing to write; there is no reason to",))


def test_where_nothing_can_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    _Two.files = ["a.two"]
    with pytest.raises(UserError, match=r"cannot write to .*file"):
        reporting.write(STUDY, reporting.Call([_Two], tmp_path / "file"))


@pytest.mark.parametrize("name", ["", "..", "../x", "a/b", "/etc", "a\\b", "a\0b"])
def test_a_name_from_elsewhere_does_not_choose_where_to_write(name: str) -> None:
    """A file of results may come from anybody."""
    found = replace(STUDY, plan={**STUDY.plan, "name": name})
    with pytest.raises(UserError, match="is no name of a folder; say where with --output FOLDER"):
        reporting.folder_of(found, Path("results"))


def test_a_part_does_not_replace_the_whole(tmp_path: Path) -> None:
    """A file that is read from is written anew only as a whole."""
    source = tmp_path / "a.two"
    some = Shape(arms=("a",))
    with pytest.raises(UserError, match=r"a\.two would be replaced by a part of itself"):
        reporting.spare(source, [_Two], tmp_path, some)
    reporting.spare(source, [_Two], tmp_path, AS_IT_IS)
    reporting.spare(source, [_Two], tmp_path / "elsewhere", some)
    reporting.spare(tmp_path / "x.parquet", [_Two], tmp_path, some)


def test_what_is_computed_once_belongs_to_these_results_alone() -> None:
    """Other rows have other summaries, however they were made."""
    first = summarise(STUDY)
    assert summarise(STUDY) == first and summarise(STUDY)[0] is first[0]
    other = replace(STUDY, rows=STUDY.rows.assign(**{"fid.final": 7.0}))
    assert summarise(other)[0].cells["fid"].final.mean == 7.0
    assert summarise(STUDY)[0].cells["fid"].final.mean == 1.5
