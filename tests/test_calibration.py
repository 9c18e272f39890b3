"""The script that measures verdicts, and the page that it writes."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from calibration import FEW, Job, insert, judged, limits_table, main, run
from failures import FAILURES
from house import ROOT

from bench.verdict import VERDICTS, of_scores

PAGE = ROOT / "docs" / "verdicts.md"


@pytest.mark.parametrize("data", ["ring", "digits"])
def test_healthy_pools_are_healthy_and_every_scripted_failure_is_seen(data: str) -> None:
    """One pool each; how often it holds stands in docs/verdicts.md."""
    found = run(Job(data, seed=1, pools=2, trials=1, root=""))

    def verdicts(name: str) -> set[str]:
        return {of_scores(scores, found["oracle"], found["n"]).name for scores in found["scores"][name]}

    assert verdicts("healthy") == {"healthy"}
    missed = [name for name in FAILURES if verdicts(name) == {"healthy"}]
    assert not missed


def test_the_page_shows_the_limits_that_hold() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert insert(text, "limits", limits_table()) == text, "run `nox -s calibration`"


def test_the_page_explains_every_verdict() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert all(f"\n| {name} | " in text for name in VERDICTS)


def test_a_page_without_a_place_for_a_table_is_refused() -> None:
    with pytest.raises(ValueError, match="no place for 'limits'"):
        insert("nothing", "limits", "")


def test_the_script_goes_on_from_its_record(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What has a line is not measured again, and the tables are of all lines."""
    record, page = tmp_path / "record.jsonl", tmp_path / "page.md"
    page.write_text("<!-- limits -->\n<!-- end -->\n<!-- calibration -->\n<!-- end -->\n")
    words = ["--data", "ring", "--pools", "2", "--trials", "1", "--processes", "1"]
    for splits in (1, 2):
        arguments = [*words, "--splits", str(splits), "--record", str(record), "--document", str(page)]
        monkeypatch.setattr(sys, "argv", ["calibration.py", *arguments])
        main()
        assert judged(record)["ring"]["counts"]["healthy"].total() == 2 * splits
    said = capsys.readouterr().out.count("ring 20")
    assert said == 2 * (1 + len(FEW)), "one line for each split and number of samples"
    assert "| healthy pools | 4 |" in page.read_text()
