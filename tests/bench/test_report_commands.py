"""`ganbench report`, `export` and `compare`, as a shell sees them."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

import pytest
from made_results import made
from typer.testing import CliRunner, Result

from bench.cli import app
from bench.export import write

A, B = [10.0, 12.0, 11.0], [8.0, 11.0, None]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two studies on the same data, one on other data, as files."""
    for name, data in (("one", "ring"), ("two", "ring"), ("other", "grid")):
        write(made(name, {"hinge": A, "hinge + r1": B}, data=data), tmp_path / f"{name}.parquet")
    return tmp_path


def _call(*words: object) -> Result:
    return CliRunner().invoke(app, [str(word) for word in words], env={"COLUMNS": "160"})


def test_a_report_without_mlflow(folder: Path) -> None:
    """The table, where it is asked for; the files are named."""
    result = _call("report", "--from", folder / "one.parquet", "--format", "md", "--output", folder / "out")
    assert result.exit_code == 0, result.stderr
    assert str(folder / "out" / "comparison.md") in result.stdout
    assert "hinge + r1" in (folder / "out" / "comparison.md").read_text()


def test_a_report_that_does_not_apply_says_so(folder: Path) -> None:
    """Beside others in a line; alone, it is a mistake to ask."""
    source = ["report", "--from", folder / "one.parquet", "--output", folder / "out", "--format"]
    result = _call(*source, "samples,md")
    assert result.exit_code == 0
    assert "samples: nothing to write; these results hold no pictures of samples" in result.stdout
    alone = _call(*source, "samples")
    assert (alone.exit_code, alone.stdout) == (2, "")
    assert alone.stderr == "samples: nothing to write; these results hold no pictures of samples\n"


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["report"], "name a STUDY, or a file with --from\n"),
        (["report", "x.yaml", "--from", "one.parquet"], "name a STUDY or a file with --from, not both\n"),
        (["report", "--from", "one.parquet", "--format", "figure"], "unknown format 'figure'; did you mean"),
        (["report", "--from", "no.parquet"], "no.parquet: no such file\n"),
        (["report", "--from", "x.parqet"], "unknown suffix of results '.parqet'; did you mean '.parquet'?"),
        (["export", "x.yaml", "x.parqet"], "unknown suffix of an export '.parqet'; did you mean '.parquet'?"),
        (["compare", "one.parquet:hinge", ":hing"], "one.parquet: unknown arm 'hing'; did you mean 'hinge'?"),
        (["compare", "one.parquet:*", "--format", "mdd"], "unknown format of a comparison 'mdd'; did you"),
        (["compare", "one.parquet:*", "--output", "x.cvs"], "x.cvs: unknown suffix of a comparison '.cvs'"),
        (["compare", "one.parquet:*", "no.parquet"], "no.parquet: no such file\n"),
        (["compare", "one.parquet:hinge", "other.parquet:hinge"], "made in different ways (data.name: ring"),
    ],
)
def test_mistakes(folder: Path, monkeypatch: pytest.MonkeyPatch, words: list[str], line: str) -> None:
    """One line on stderr, exit status 2, nothing written."""
    monkeypatch.chdir(folder)
    before = sorted(folder.rglob("*"))
    result = _call(*words)
    assert (result.exit_code, result.stdout) == (2, "")
    assert line in result.stderr and result.stderr.count("\n") == 1
    assert sorted(folder.rglob("*")) == before


def test_protocols_are_not_mixed_unasked(folder: Path) -> None:
    """Refused, and marked where it is allowed."""
    study = made("mixed", {"hinge": A, "hinge + r1": B})
    other = {"n_fake": 7}
    rows = study.rows.assign(protocol=["ring", "ring", "p", "p", "p", "ring"])
    write(replace(study, rows=rows, protocols={**study.protocols, "p": other}), folder / "m.parquet")
    words = ["report", "--from", folder / "m.parquet", "--format", "md", "--output", folder / "out"]
    refused = _call(*words)
    assert refused.exit_code == 2 and "--mix-protocols" in refused.stderr
    assert not (folder / "out").exists()
    assert _call(*words, "--mix-protocols").exit_code == 0
    assert "Mixed protocols" in (folder / "out" / "comparison.md").read_text()


def test_arms_side_by_side(folder: Path) -> None:
    """In the terminal; paired in one study."""
    result = _call("compare", f"{folder / 'one.parquet'}:hinge", ":hinge + r1")
    assert result.exit_code == 0, result.stderr
    text = " ".join(result.stdout.split())
    assert "FID ↓" in text and "2 healthy, 1 diverged" in text and "sign-flip test" in text
    assert "Welch" not in text and "‡: has runs without a score" in text


def test_one_arm_across_studies(folder: Path) -> None:
    """Named with their studies; on other data unpaired, and marked."""
    words = ["compare", folder / "one.parquet", folder / "other.parquet", "--arm", "hinge"]
    text = " ".join(_call(*words, "--mix-protocols").stdout.split())
    assert "one: hinge" in text and "other: hinge" in text
    assert "(Welch)" in text and "Mixed protocols: these scores were made in different ways" in text
    assert "data.name: ring -> grid" in text and "Settings that differ between the studies: data" in text


def test_a_comparison_as_a_file(folder: Path) -> None:
    """By its suffix or by name; CSV has every number at full precision."""
    words = ["compare", f"{folder / 'one.parquet'}:*"]
    shown = _call(*words, "--format", "csv")
    written = _call(*words, "--output", folder / "deep" / "x.csv")
    assert written.exit_code == 0 and (folder / "deep" / "x.csv").read_text() == shown.stdout
    lines = list(csv.DictReader(shown.stdout.splitlines()))
    assert [(line["output"], line["name"]) for line in lines] == [
        (output, name) for output in ("fid", "modes") for name in ("hinge", "hinge + r1")
    ]
    second = lines[1]
    assert float(second["difference.mean"]) == -1.5 and second["difference.paired"] == "true"
    assert (second["final.n"], second["planned"], second["unscored"]) == ("2", "3", "1")
    markdown = _call(*words, "--format", "md").stdout
    assert "## FID ↓" in markdown and "| hinge + r1 | 2/3 |" in markdown
    page = _call(*words, "--format", "html").stdout
    assert "<h2>FID ↓</h2>" in page and '<th scope="row" class="text">hinge + r1</th>' in page


def test_names_are_no_markup(tmp_path: Path) -> None:
    """Whatever an arm is called, the table shows it so."""
    name = "[red]<b>|_x_ 50 % & \\"
    write(made("odd", {name: A, "b": B}), tmp_path / "odd.parquet")
    words = ["compare", f"{tmp_path / 'odd.parquet'}:*"]
    assert name in _call(*words).stdout
    row = next(
        line
        for line in _call(*words, "--format", "md").stdout.splitlines()
        if "[red" in line or "red" in line
    )
    assert "<b>" not in row and row.count("|") - row.count("\\|") == 8
    assert "&lt;b&gt;" in (page := _call(*words, "--format", "html").stdout) and "<b>" not in page


def test_names_are_no_formulas(tmp_path: Path) -> None:
    """A spreadsheet that opens the CSV computes nothing."""
    write(made("odd", {"=1+1": A, "@b": B}), tmp_path / "odd.parquet")
    shown = _call("compare", f"{tmp_path / 'odd.parquet'}:*", "--format", "csv").stdout
    names = [line["name"] for line in csv.DictReader(shown.splitlines())]
    assert set(names) == {"'=1+1", "'@b"}
