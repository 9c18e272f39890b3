"""A study whose way of scoring changes under it: refused before it trains, and never mixed in silence."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

import pytest
import study_runs
import torch
from study_runs import Stopper, ends, events
from typer.testing import CliRunner, Result

from bench.cli import app
from bench.executors.local import Local
from bench.features.own_classifier import Description, OwnClassifier, serialised
from bench.tasks import Scoring, Survey
from gan.recipe import digest


def classifier(path: Path, seed: int) -> str:
    """Write an untrained classifier of digits; the file's hash."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network = OwnClassifier(1, 8, 10)
    content = serialised(network, Description(1, 8, tuple("0123456789"), 1.0, {}))
    path.write_bytes(content)
    return hashlib.sha256(content).hexdigest()


def command(name: str, results: Path, store: str, *words: str) -> Result:
    """`ganbench run` or `report` on the study of the folder above `results`."""
    where = ["--results", str(results), "--tracking-uri", store]
    return CliRunner().invoke(app, [name, str(results.parent / "tiny.yaml"), *where, *words])


def test_a_classifier_that_is_exchanged_while_a_study_rests(tmp_path: Path, store: str) -> None:
    """Refused in one line, with what changed; with --mix-protocols the run holds both, and tables say so."""
    weights, results = tmp_path / "own.safetensors", tmp_path / "runs"
    content = study_runs.text(metrics=f"{{modes: {{classifier: {weights}}}}}").replace("ring", "digits")
    (tmp_path / "tiny.yaml").write_text(content)
    before = classifier(weights, 0)
    assert study_runs.run(content, results, Stopper()).interrupted
    assert len(events(results, "score")) == 1, "it was stopped half-way"

    after = classifier(weights, 1)
    journal = (results / "tiny" / "journal.jsonl").read_bytes()
    refused = command("run", results, store, "--workers", "1")
    assert refused.exit_code == 2, refused.output
    (line,) = refused.stderr.splitlines()
    assert line.startswith("1 of 1 planned runs were scored in another way (weights_sha256 of modes: ")
    assert f": {before[:12]}… -> {after[:12]}…)" in line and "--results" in line and "--mix-protocols" in line
    assert (results / "tiny" / "journal.jsonl").read_bytes() == journal, "nothing was trained or written"

    mixed = command("run", results, store, "--workers", "1", "--mix-protocols")
    assert mixed.exit_code == 0, mixed.output
    assert "going on all the same" in mixed.stdout and "Mixed protocols" in mixed.stdout
    used = {event["protocol"] for event in events(results, "score")}
    assert used == {digest(event["protocol"]) for event in events(results, "study")} and len(used) == 2

    table = results / "tiny" / "comparison.md"
    assert "**Mixed protocols: these runs were scored in 2 different ways" in table.read_text()
    reports = [table, table.with_suffix(".csv"), table.with_name("samples.png")]
    for path in reports:
        path.unlink()
    report = command("report", results, store)
    assert report.exit_code == 2
    assert not any(path.exists() for path in reports), "neither a table nor a picture of a mixture"
    assert "2 protocols" in report.stderr and "ganbench report --mix-protocols" in report.stderr
    assert command("report", results, store, "--mix-protocols").exit_code == 0
    assert all(path.exists() for path in reports)


def test_a_worker_that_would_score_in_another_way_trains_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A change between survey and work fails the cohort in a plain sentence; it can be tried again."""
    honest = Local.survey

    def outdated(self: Local, scoring: Scoring) -> Survey:
        found = honest(self, scoring)
        return replace(found, protocol={**found.protocol, "versions": {"torch": "0"}})

    monkeypatch.setattr(Local, "survey", outdated)
    assert study_runs.run(study_runs.text(), tmp_path).ran == 1
    (end,) = ends(tmp_path).values()
    assert end["verdict"] == "failed" and end["reason"].startswith("what scores depend on (an extractor's")
    assert not events(tmp_path, "train") and not events(tmp_path, "score")

    monkeypatch.undo()
    assert study_runs.run(study_runs.text(), tmp_path, retry_failed=True).ran == 1
    used = {event["protocol"] for event in events(tmp_path, "score")}
    assert used == {digest(events(tmp_path, "study")[-1]["protocol"])}, "no score, no mixture: not refused"
