"""What a journal says about time, also where it speaks of what is no longer there."""

from __future__ import annotations

from pathlib import Path

import pytest
from study_runs import BASE, ended, planned, started, text
from typer.testing import CliRunner

from bench.cli import app
from bench.journal import Journal
from bench.known_times import Known, known_times
from bench.new import write
from bench.plan import plan as plan_of
from bench.study import load


def test_times_are_read_from_the_journal(tmp_path: Path) -> None:
    """Means over whole runs of this kind of device; failed and diverged runs were cut short."""
    plan = planned(text(seeds=4))
    journal = Journal(tmp_path / "journal.jsonl")
    journal.append(*(started(plan, i, "cuda:1" if i == 3 else "cpu") for i in range(4)))
    for index, seconds in enumerate((1.0, 3.0)):
        run = plan.runs[index].id
        journal.append({"type": "score", "run": run, "step": 1, "metrics": {}, "seconds": 0.5 + index})
        journal.append(ended(plan, index, seconds))
    journal.append(ended(plan, 2, 0.1, "diverged"), ended(plan, 3, 9.0))
    times = known_times(journal)
    assert times.on("cpu") == Known(
        frozenset(run.id for run in plan.runs), {plan.runs[0].recipe.structure(): 2.0}, 1.0
    )
    assert times.on("cuda:0").training == {plan.runs[0].recipe.structure(): 9.0}


STUDY = f"""\
question: q
plugins: [mine]
base: {{{BASE}, steps: 20}}
factors: {{my_noise: [off, on]}}
seeds: 1
metrics: [modes]
evaluate_every: 10
samples: 100
"""


@pytest.mark.parametrize("change", ["edited", "removed"])
def test_a_plugin_that_is_no_longer_there_is_passed_over(
    change: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The study goes on: nobody needs to know how long what is gone has taken."""
    path = tmp_path / "tiny.yaml"
    path.write_text(STUDY)
    file, _ = write("trick", "my_noise", tmp_path / "mine")
    plan = plan_of(load(path))
    journal = Journal(tmp_path / "results" / "tiny" / "journal.jsonl")
    journal.append(*(started(plan, i) for i in range(2)), ended(plan, 0, 1.0), ended(plan, 1, 2.0))
    plain, noisy = (run.recipe.structure() for run in plan.runs)
    assert known_times(journal).on("cpu").training == {plain: 1.0, noisy: 2.0}

    monkeypatch.setattr("gan.known._known", {})  # as in a process that has not read the old source
    if change == "edited":
        file.write_text(file.read_text().replace("at.rng.normal", "2.0 * at.rng.normal"))
    else:
        path.write_text(STUDY.replace("plugins: [mine]\n", "").replace("my_noise", "ema"))
    found = known_times(journal).on("cpu")
    assert found.training == {plain: 1.0}
    assert found.ended == {run.id for run in plan.runs}
    done = CliRunner().invoke(app, ["check", str(path), "--results", str(tmp_path / "results")])
    assert done.exit_code == 0, done.output
