"""What the journal says, MLflow has: once, whatever happens in between."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bench.journal import Event, Journal
from bench.tracking import Mirror, TrackingError, read, session, sync
from bench.tracking.client import all_runs, connect
from bench.tracking.writer import Writer

NOBODY = "http://127.0.0.1:9"


def everything(uri: str) -> dict[str, Any]:
    """All that MLflow holds, by run: status, params, tags and every point of every metric."""
    client = connect(uri)
    found = client.get_experiment_by_name("does-noise-help")
    assert found is not None
    held: dict[str, Any] = {}
    for run in all_runs(client, found.experiment_id):
        points = [
            (point.key, point.timestamp, point.step, point.value)
            for key in run.data.metrics
            for point in client.get_metric_history(run.info.run_id, key)
        ]
        name = str(run.info.run_name)
        assert name not in held, f"there are two runs called {name}"
        tags = {key: value for key, value in run.data.tags.items() if not key.startswith("mlflow.")}
        held[name] = (run.info.status, dict(run.data.params), tags, sorted(points))
    return held


def test_every_arm_and_run_is_there_with_its_series_and_summary(journal: Path, store: str) -> None:
    lines = journal.read_text().count("\n")
    assert sync(journal, store) == lines, "every event was sent"
    assert sync(journal, store) == 0, "and none twice"
    held = everything(store)
    assert len(held) == 1 + 3 + 6, "the oracle, three arms, six runs"
    status, params, tags, points = held["hinge + noise · seed 1"]
    assert status == "FINISHED"
    assert params["loss"] == "hinge" and params["instance_noise.sigma"] == "0.1"
    assert tags["ganbench.verdict"] == "healthy" and tags["ganbench.run_id"] == "run-1-1"
    values = {(key, step): value for key, _, step, value in points}
    assert values["train/d_loss", 500] == 50.0 and values["score/fid", 1000] == 13.5
    assert values["modes_10pct.final", 0] == 7.5 and values["modes_10pct.best_step", 0] == 500
    assert not any(key == "train/bad" for key, _ in values), "a null is no point"
    when = {time for key, time, step, _ in points if (key, step) == ("train/d_loss", 500)}
    assert when == {round((1e9 + 101) * 1000)}, "a point carries the event's own time"


def test_an_arm_summarises_its_seeds_and_a_declined_one_says_why(journal: Path, store: str) -> None:
    sync(journal, store)
    held = everything(store)
    status, params, _, points = held["hinge"]
    last = {key: value for key, _, step, value in points if step == 3}
    assert status == "FINISHED" and params == {"instance_noise": "off", "steps": "off"}
    assert last["modes_10pct.final.mean"] == 4.0 and last["healthy_share"] == pytest.approx(2 / 3)
    assert last["modes_10pct.final.ci_low"] == pytest.approx(4.0 - 4.302653 / 3**0.5, abs=1e-5), (
        "Student-t, n = 3"
    )
    noise = {key: value for key, _, step, value in held["hinge + noise"][3] if step == 3}
    assert noise["n"] == 3 and noise["healthy_share"] == pytest.approx(2 / 3), "a diverged run stays in n"
    declined = held["hinge + smoothing"]
    assert declined[0] == "FINISHED" and declined[2]["ganbench.reason"] == "hinge has no targets"
    assert ("fid.final", round(1e12), 0, 0.5) in held["oracle (real data)"][3]


def test_children_hang_below_their_arm_and_carry_their_files(journal: Path, store: str) -> None:
    sync(journal, store)
    client = connect(store)
    found = client.get_experiment_by_name("does-noise-help")
    assert found is not None and found.tags["mlflow.note.content"] == "Does noise help?"
    artifacts = journal.parent.parent / "mlartifacts" / "does-noise-help"
    assert found.artifact_location == artifacts.as_uri(), "files lie beside the results, wherever one works"
    runs = {run.info.run_name: run for run in all_runs(client, found.experiment_id)}
    child = runs["hinge · seed 0"]
    assert child.data.tags["mlflow.parentRunId"] == runs["hinge"].info.run_id
    kept = {item.path for item in client.list_artifacts(child.info.run_id)}
    assert kept == {"recipe.json", "images", "checkpoint"}
    pictures = [item.path for item in client.list_artifacts(child.info.run_id, "images")]
    assert [path.split("+")[:3] for path in pictures] == [
        ["images/samples", "step", step] for step in ("1000", "500")
    ], "what is no picture has no thumbnail"
    local = client.download_artifacts(child.info.run_id, pictures[1], str(journal.parent))
    assert Path(local).read_bytes() == b"some bytes", "the picture itself, not a link to it"


def test_replaying_the_whole_journal_adds_nothing(journal: Path, store: str) -> None:
    sync(journal, store)
    before = everything(store)
    journal.with_name("mirror.json").unlink()
    assert sync(journal, store) > 0, "without its notes it sends everything again"
    assert everything(store) == before, "and MLflow is as it was"
    journal.with_name("mirror.json").write_text("{not json")
    assert sync(journal, store) > 0 and everything(store) == before, "broken notes are no notes"


@pytest.mark.parametrize("size", [1, 7])
def test_a_mirror_killed_between_any_two_calls_resumes(
    journal: Path, store: str, size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    reference = store.replace("mlflow.db", "reference.db")
    shutil.copy(store.removeprefix("sqlite:///"), reference.removeprefix("sqlite:///"))
    sync(journal, reference)
    monkeypatch.setattr(session, "EVENTS_PER_CHUNK", size)
    original, calls = Writer._log, 0

    def dies(self: Writer, *arguments: Any) -> None:
        nonlocal calls
        calls += 1
        original(self, *arguments)
        if calls % 11 == 0:
            raise RuntimeError("killed")

    monkeypatch.setattr(Writer, "_log", dies)
    deaths = 0
    while True:
        try:
            sync(journal, store)
            break
        except TrackingError:
            deaths += 1
    assert deaths >= 2, "the test did interrupt it"
    assert everything(store) == everything(reference), "as if nothing had happened"


def test_events_a_resumed_run_repeats_are_told_once(
    journal: Path, store: str, life: Callable[..., list[Event]]
) -> None:
    sync(journal, store)
    before = everything(store)["hinge · seed 0"][3]
    Journal(journal).append(*life("run-0-0", {"modes_10pct": 1.0}, at=2e9))
    Journal(journal).append({"type": "oracle", "scores": {"modes_10pct": 8.0, "fid": 0.5, "seen": 1000.0}})
    sync(journal, store)
    held = everything(store)
    assert held["hinge · seed 0"][3] == before, "the first of each (run, type, step) counts"
    assert len(held["oracle (real data)"][3]) == 3, "the same oracle scores are one point each"


def test_a_study_of_two_protocols_is_replayed_as_it_was(
    journal: Path, store: str, plan: Callable[..., Event], life: Callable[..., list[Event]]
) -> None:
    """One plan after the other, a run scored under both: sent bit by bit, and all of it once more."""
    first, *rest = life("run-0-2", {"modes_10pct": 6.0})
    lines = journal.read_text().splitlines(keepends=True)
    journal.write_text("".join(line for line in lines if '"run-0-2"' not in line or '"study"' in line))
    Journal(journal).append(first, *rest[:3])
    sync(journal, store)
    Journal(journal).append(plan(protocol={"samples": 5}), first, *rest[3:])
    sync(journal, store)
    before = everything(store)
    assert before["hinge · seed 2"][2]["ganbench.protocol"].count(" ") == 1, "it carries both"
    assert " " not in before["hinge · seed 0"][2]["ganbench.protocol"]
    journal.with_name("mirror.json").unlink()
    assert sync(journal, store) > 0 and everything(store) == before


def test_a_torn_last_line_waits_until_it_is_whole(journal: Path, store: str) -> None:
    content = journal.read_bytes()
    journal.write_bytes(content[:-40])
    sent = sync(journal, store)
    assert sent == content.count(b"\n") - 1, "half a line is not an event yet"
    journal.write_bytes(content)
    assert sync(journal, store) == 1, "the rest of it makes one"


def test_a_new_store_and_a_new_journal_start_from_nothing(journal: Path, store: str, tmp_path: Path) -> None:
    empty = Path(store.removeprefix("sqlite:///")).read_bytes()
    total = sync(journal, store)
    before = everything(store)
    second = f"sqlite:///{tmp_path / 'second.db'}"
    (tmp_path / "second.db").write_bytes(empty)
    assert sync(journal, second) == total, "each store has a place of its own in the journal"
    first, *rest = journal.read_text().splitlines(keepends=True)
    plan = {**json.loads(first), "time": 1.5e9}
    del plan["crc"]
    journal.write_text(json.dumps(plan) + "\n" + "".join(rest))
    assert sync(journal, store) == total, "another journal under the same name is sent whole"
    recorded = read(store, "does-noise-help")
    assert len(recorded.runs) == 6, "and read without the runs of the one it replaced"
    assert len(before) == 10


def test_nobody_answering_blocks_nothing_and_loses_nothing(journal: Path, store: str) -> None:
    began = time.monotonic()
    follower = Mirror(journal, NOBODY, every=0.05).start()
    assert time.monotonic() - began < 0.5, "starting does not wait for a server"
    assert follower.wait() is False, "waiting ends with the attempt"
    status = follower.status
    assert status.error is not None and status.pending == journal.read_text().count("\n")
    news = follower.news()
    assert news is not None and "journal keeps everything" in news
    assert follower.news() is None, "one outage is told once"
    began = time.monotonic()
    assert follower.close(), "the thread ends"
    assert time.monotonic() - began < 8.0, "and soon"
    assert sync(journal, store) == status.pending, "a store that works gets it all later"
    assert len(read(store, "does-noise-help").runs) == 6


def test_the_thread_follows_a_journal_while_it_grows(
    store: str, tmp_path: Path, plan: Callable[..., Event], life: Callable[..., list[Event]]
) -> None:
    path = tmp_path / "results" / "grows" / "journal.jsonl"
    path.parent.mkdir(exist_ok=True)
    with_mirror = Mirror(path, store, every=0.05).start()
    assert with_mirror.wait(5.0), "an empty journal is mirrored at once"
    book = Journal(path)
    book.append(plan(name="grows"))
    book.append(*life("run-0-0", {"modes_10pct": 3.0}, ended=False))
    assert with_mirror.wait(30.0)
    assert [run.verdict for run in read(store, "grows").runs] == [None], "the run is under way"
    with pytest.raises(TrackingError, match="another process"):
        sync(path, store)
    book.append(*life("run-0-0", {"modes_10pct": 3.0}, "collapsed")[-1:])
    assert with_mirror.wait(30.0)
    (run,) = read(store, "grows").runs
    assert (run.verdict, run.onset, run.metrics["modes_10pct.final"]) == ("collapsed", 500, 3.0)
    assert with_mirror.status.pending == 0 and with_mirror.status.error is None
    assert with_mirror.close()
    assert sync(path, store) == 0, "what the thread sent is remembered"


def test_seeds_added_later_reopen_their_arm(journal: Path, store: str, plan: Callable[..., Event]) -> None:
    sync(journal, store)
    Journal(journal).append(plan(seeds=4))
    sync(journal, store)
    assert everything(store)["hinge"][0] == "RUNNING", "a fourth seed is still to come"


def test_files_that_are_gone_are_named_and_stop_nothing(journal: Path, store: str) -> None:
    shutil.rmtree(journal.parent / "checkpoints")
    follower = Mirror(journal, store, every=0.05).start()
    assert follower.wait(60.0)
    assert len(follower.status.missing) == 6 and follower.status.error is None
    follower.close()


def test_credentials_stay_out_of_notes_and_messages(journal: Path, capfd: pytest.CaptureFixture[str]) -> None:
    uri = "http://ann:s3cret@127.0.0.1:9"
    with pytest.raises(TrackingError) as caught:
        sync(journal, uri)
    assert "s3cret" not in str(caught.value) and caught.value.__suppress_context__
    follower = Mirror(journal, uri, every=0.05).start()
    assert not follower.wait()
    assert "s3cret" not in str(follower.status)
    follower.close()
    written = "".join(path.read_text() for path in journal.parent.glob("mirror*"))
    assert "s3cret" not in written + "".join(capfd.readouterr())


def test_a_journal_without_its_plan_is_refused(tmp_path: Path, store: str) -> None:
    path = tmp_path / "journal.jsonl"
    Journal(path).append({"type": "oracle", "scores": {}})
    with pytest.raises(TrackingError, match="study event"):
        sync(path, store)
