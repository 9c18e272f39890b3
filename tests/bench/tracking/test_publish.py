"""A study's answer in MLflow, and the saved views that its description leads to."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from bench.journal import Event
from bench.tracking import StudyNotFoundError, publish, sync
from bench.tracking.client import all_runs, connect
from bench.tracking.keys import TAG_LENGTH
from bench.tracking.views import views

STUDY = "does-noise-help"
NOTE = "mlflow.note.content"


def test_a_published_answer_survives_a_replay(journal: Path, store: str, tmp_path: Path) -> None:
    """Description, files and the way back from every run: written once, however often it is done."""
    sync(journal, store)
    report = tmp_path / "report.html"
    report.write_text("<p>It helps.</p>")
    held = []
    for _ in range(2):
        publish(
            store,
            STUDY,
            "Does noise help?\n\n| arm | n |\n",
            {"report.html": report, "x/report.html": report},
        )
        journal.with_name("mirror.json").unlink(missing_ok=True)
        sync(journal, store)
        client = connect(store)
        found = client.get_experiment_by_name(STUDY)
        assert found is not None
        runs = all_runs(client, found.experiment_id)
        held.append((found.tags, [(run.info.run_id, run.data.tags) for run in runs]))
    assert held[0] == held[1]
    assert found.tags[NOTE].startswith("Does noise help?\n\n| arm | n |")
    assert found.tags["mlflow.experimentKind"] == "custom_model_development"
    (plan,) = [run for run in runs if run.info.run_name == "oracle (real data)"]
    page = f"#/experiments/{found.experiment_id}/runs/{plan.info.run_id}/artifacts/report.html"
    assert page in found.tags[NOTE]
    assert all(page in run.data.tags[NOTE] for run in runs if run is not plan)
    assert {item.path for item in client.list_artifacts(plan.info.run_id)} >= {
        "report.html",
        "x",
        "plan.json",
    }


def test_a_long_answer_is_cut_at_a_line_and_says_so(journal: Path, store: str) -> None:
    """The links stay whole."""
    sync(journal, store)
    publish(store, STUDY, "Does noise help?\n" + "| a row |\n" * 2000, {})
    found = connect(store).get_experiment_by_name(STUDY)
    assert found is not None and len(found.tags[NOTE]) <= TAG_LENGTH
    assert "| a row |\n\n(cut: the report has all of it)\n\n**Views:**" in found.tags[NOTE]


def test_nothing_is_published_of_an_unknown_study(store: str) -> None:
    """It says so."""
    with pytest.raises(StudyNotFoundError, match="no record of the study 'none'"):
        publish(store, "none", "note", {})


def test_views_ask_for_what_the_study_has(plan: Callable[..., Event]) -> None:
    """A view a question and one a factor, each a state that MLflow can read, short enough for a tag."""
    made = views(plan(), 5)
    names = [json.loads(text)["name"] for text in made.values()]
    assert names == [
        "1 Compare arms",
        "2 Curves of every arm",
        "2 Curves by instance_noise",
        "2 Curves by steps",
        "3 Failures",
        "4 Samples over training",
        "5 Cost",
    ]
    states = {key.rpartition(".")[2]: json.loads(json.loads(text)["state"]) for key, text in made.items()}
    assert states["arms"]["selectedColumns"][0] == "metrics.`modes_10pct.final.mean`"
    assert states["arms"]["orderByAsc"] is False, "more modes are better: the best arm comes first"
    assert all(len(text) <= TAG_LENGTH for text in made.values()) and made == views(plan(), 5)
