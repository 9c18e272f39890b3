"""The judge of the chaos runs: whatever is broken in a record, it says so."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
import torch
from chaos import Line, Undisturbed, left, markdown
from chaos_checks import Verdict, judge
from chaos_record import record
from chaos_server import Server
from chaos_storm import Storm
from chaos_study import Command, Size, command
from hypothesis import given
from hypothesis import strategies as st

SMALLEST = Size(
    """\
question: q
base: {data: ring, model: {mlp: {width: 4}}, steps: 4, batch_size: 4}
factors: {instance_noise: [off, {sigma: 0.1}]}
seeds: 1
metrics: [modes]
evaluate_every: 2
samples: 50
""",
    runs=2,
    cohort=1,
    driver_kills=0,
)


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Command:
    """A real study, recorded in a local store."""
    study = command(tmp_path_factory.mktemp("done"), "smallest", None, SMALLEST)
    study.start()
    assert study.process is not None
    assert study.process.wait(300) == 0, study.log.read_text()
    assert left(study) == [], "nobody outlives the command"
    return study


@pytest.fixture
def copied(done: Command, tmp_path: Path) -> Command:
    """A copy to be broken; its store is pointed at its own artifacts."""
    copy = Command(done.study, done.words, tmp_path)
    shutil.copytree(done.folder / "results", copy.folder / "results")
    sql(copy, "update runs set artifact_uri = replace(artifact_uri, ?, ?)", str(done.folder), str(tmp_path))
    return copy


def sql(study: Command, statement: str, *values: object) -> None:
    with closing(sqlite3.connect(study.folder / "results" / "mlflow.db")) as store:
        store.execute(statement, values)
        store.commit()


def faults(ours: Command, reference: Command) -> str:
    stores = [study.folder / "results" / "mlflow.db" for study in (ours, reference)]
    return "\n".join(judge(record(ours.results, stores[0]), record(reference.results, stores[1])).faults)


def some(study: Command, pattern: str) -> Path:
    return min((study.folder / "results").rglob(pattern))


def flip(study: Command) -> None:
    """The last bit of one weight."""
    path = some(study, "smallest/checkpoints/*.pt")
    saved = torch.load(path, weights_only=True)
    weights = next(tensor for tensor in saved["tensors"] if tensor.dtype == torch.float32 and tensor.numel())
    weights.view(-1)[:1].view(torch.int32)[0] ^= 1
    torch.save(saved, path)


def double(study: Command) -> None:
    sql(
        study,
        "insert into metrics select key, value, timestamp + 1, run_uuid, step, is_nan from metrics "
        "where key = 'score/modes' and step = 2 limit 1",
    )


def told_again(study: Command) -> None:
    """A run under a second id, with the tags that it is found by."""
    run = "(select run_uuid from tags where key = 'ganbench.kind' and value = 'run' limit 1)"
    columns = "name, status, start_time, lifecycle_stage, artifact_uri, experiment_id"
    sql(
        study,
        f"insert into runs (run_uuid, {columns}) select 'x', {columns} from runs where run_uuid = {run}",
    )
    sql(
        study,
        f"insert into tags (key, value, run_uuid) select key, value, 'x' from tags where run_uuid = {run}",
    )


def say(study: Command, change: Callable[[dict[str, object]], object], kind: str) -> None:
    """Append an event of some kind once more, changed."""
    lines = [json.loads(line) for line in study.journal.read_text().splitlines()]
    event = next(line for line in lines if line["type"] == kind)
    change(event)
    with study.journal.open("a") as file:
        file.write(json.dumps(event) + "\n")


BROKEN: dict[str, tuple[Callable[[Command], object], str]] = {
    "a bit of a weight": (flip, "weights of"),
    "weights lost": (lambda s: some(s, "smallest/checkpoints/*.pt").unlink(), "weights of"),
    "a point twice": (double, "1 points are there twice"),
    "a point lost": (
        lambda s: sql(s, "delete from metrics where key = 'score/modes' and step = 2"),
        "is lost",
    ),
    "another value": (
        lambda s: sql(s, "update metrics set value = value + 1e-6 where key = 'train/d_loss'"),
        "instead of",
    ),
    "a run deleted": (
        lambda s: sql(
            s,
            "update runs set lifecycle_stage = 'deleted' where run_uuid in "
            "(select run_uuid from tags where key = 'ganbench.run_id')",
        ),
        "MLflow run ('run'",
    ),
    "a run twice": (told_again, "2 times"),
    "a status": (
        lambda s: sql(s, "update runs set status = 'RUNNING'"),
        "status RUNNING instead of FINISHED",
    ),
    "a tag": (
        lambda s: sql(s, "update tags set value = 'x' where key = 'ganbench.verdict'"),
        "ganbench.verdict",
    ),
    "a parent": (
        lambda s: sql(s, "update tags set value = 'x' where key = 'mlflow.parentRunId'"),
        "belongs to another arm's run",
    ),
    "an artifact lost": (lambda s: some(s, "artifacts/images/*.png").unlink(), "is lost"),
    "a report torn": (lambda s: some(s, "artifacts/report.html").write_bytes(b"<"), "study's folder"),
    "an artifact torn": (lambda s: some(s, "artifacts/checkpoint/*.pt").write_bytes(b"PK"), "cannot be read"),
    "an end twice": (lambda s: say(s, lambda event: None, "end"), "2 times"),
    "a score that changes": (lambda s: say(s, lambda event: event["metrics"].clear(), "score"), "two things"),  # type: ignore[attr-defined]
    "a failure": (lambda s: say(s, lambda event: event.update(verdict="failed"), "end"), "failed"),
    "a torn line": (lambda s: s.journal.write_text(s.journal.read_text()[:-9]), "is no JSON"),
    "an unfinished file": (lambda s: (s.results / "checkpoints" / "x.writing").touch(), "unfinished file"),
    "a table": (lambda s: (s.results / "comparison.csv").unlink(), "comparison.csv"),
}


@pytest.mark.slow
def test_a_record_is_like_itself(done: Command, copied: Command) -> None:
    """Otherwise every rule below would hold for nothing."""
    assert faults(copied, done) == ""
    found = record(done.results, done.folder / "results" / "mlflow.db")
    verdict = judge(found, found)
    assert (verdict.runs, verdict.weights, verdict.double) == (2, 2, 0)
    assert verdict.expected == verdict.found > 100


@pytest.mark.slow
@pytest.mark.parametrize("name", BROKEN)
def test_whatever_is_broken_is_seen(name: str, done: Command, copied: Command) -> None:
    """One thing at a time."""
    spoil, sentence = BROKEN[name]
    spoil(copied)
    assert sentence in faults(copied, done)


@given(seed=st.integers(0, 10**6), kills=st.integers(0, 6))
def test_every_seed_kills_its_driver_as_often_as_it_says(seed: int, kills: int) -> None:
    """The same seed at the same moments, the last when all runs have ended."""
    study = Command(Path("x.yaml"), [], Path("nowhere"))
    size = Size(SMALLEST.study, runs=2, cohort=1, driver_kills=kills)
    storm = Storm(seed, study, Server(Path("nowhere")), scores=4, limit=1.0, size=size)
    conditions = list(storm.driver_plan())
    assert len(conditions) == kills
    if conditions:
        assert not conditions[-1](1e9), "no run has ended"


@pytest.mark.slow
def test_the_report_says_which_seed_failed_and_why(done: Command) -> None:
    """A line a seed; faults beneath, in words."""
    calm = Undisturbed(
        record(done.results, done.folder / "results" / "mlflow.db"), SMALLEST, scores=4, seconds=10.0
    )
    verdict = Verdict(runs=2, expected=1234, found=1233, double=0, weights=2, faults=["a point is lost"])
    fine = Line(0, {"worker kills": 7, "driver kills": 5}, 25.0, verdict, [], [])
    bad = Line(1, {}, 25.0, verdict, [], ["a point is lost"])
    told = markdown([fine, bad], calm, {"cores": 2})
    assert "| 0 | 7 | 0 | 5 | 0 | 0 | 0 | 0 | 25 | 2.5 | 2/2 | 1,234 | 1,233 | 0 | 2/2 | yes |" in told
    assert "| no: 1 faults |" in told and told.endswith("Seed 1:\n\n* a point is lost\n")
