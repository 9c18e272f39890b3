"""A study whose rates and knobs follow schedules, from the file to the table."""

from __future__ import annotations

from pathlib import Path

from study_runs import events, text
from typer.testing import CliRunner

from bench.cli import app

RATES = "lr: [{shape: cosine, start: 2e-3, end: 0, warmup: 0.1}]"
NOISE = "instance_noise: [{sigma: {start: 0.3, end: 0}}, {sigma: {start: 0.3, end: 0}, until: 0.5}]"


def test_a_study_with_schedules_runs_to_its_table(tmp_path: Path) -> None:
    """Runs end, arms are called by their schedules, and what does not go together says why."""
    study = tmp_path / "tiny.yaml"
    study.write_text(text(factors=f"{RATES}, {NOISE}"), encoding="utf-8")
    words = ["run", str(study), "--results", str(tmp_path / "results"), "--workers", "1"]
    done = CliRunner().invoke(app, words)
    assert done.exit_code == 0, done.output
    (end,) = events(tmp_path / "results", "end")
    assert end["steps"] == 20
    (start,) = events(tmp_path / "results", "start")
    assert start["params"]["generator_lr"] == "cosine(0.002→0, warmup=0.1)"
    assert start["params"]["instance_noise.sigma"] == "linear(0.3→0)"
    table = (tmp_path / "results" / "tiny" / "comparison.md").read_text(encoding="utf-8")
    assert "lr=cosine(0.002→0, warmup=0.1) + instance_noise(sigma=linear(0.3→0))" in table
    assert "sigma has a schedule, which is not annealed as well" in table
