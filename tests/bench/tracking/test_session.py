"""A record is what the journal says, once, wherever the sending of it broke off."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from stores import Breaking, Lost, contents

from bench.journal import Event, Journal
from bench.tracking import session as sessions
from bench.tracking.client import all_runs, connect, once
from bench.tracking.session import Session

NAME = "does-noise-help"


@pytest.fixture
def short(journal: Path, life: Callable[..., list[Event]]) -> Path:
    """The plan, the oracle and two runs of one arm."""
    wanted = ('"study"', '"oracle"', '"run-0-0"', '"run-0-1"')
    lines = journal.read_text().splitlines(keepends=True)
    journal.write_text("".join(line for line in lines if any(word in line for word in wanted)))
    return journal


def fresh(store: str, name: str) -> str:
    """Another empty store."""
    path = Path(store.removeprefix("sqlite:///"))
    path.parent.joinpath(name).mkdir()
    shutil.copy(path, path.parent / name / "mlflow.db")
    return f"sqlite:///{path.parent / name / 'mlflow.db'}"


def send(journal: Path, uri: str, breaking: Breaking) -> None:
    """As a mirror does, until the end or the break."""
    folder = Path(uri.removeprefix("sqlite:///")).parent / "artifacts"
    session = Session(journal, uri, folder, breaking)
    while session.advance():
        pass


def check(journal: Path, store: str, points: Callable[[int], list[int]]) -> int:
    """Break at each of `points` (of all calls), send again, compare with a store that nothing disturbed."""
    undisturbed = fresh(store, "undisturbed")
    counting = Breaking(0, after=False)
    send(journal, undisturbed, counting)
    wanted = contents(undisturbed, NAME)
    journal.with_name("mirror.json").unlink()
    empty = fresh(store, "empty")
    for number in points(counting.calls):
        for after in (False, True):
            uri = fresh(empty, f"at-{number}-{after}")
            with pytest.raises(Lost):
                send(journal, uri, Breaking(number, after))
            send(journal, uri, Breaking(0, after=False))
            found = contents(uri, NAME)
            assert found == wanted, f"call {number} of {counting.calls}, carried out: {after}"
            shutil.rmtree(Path(uri.removeprefix("sqlite:///")).parent)
    return counting.calls


def test_a_break_at_some_calls_leaves_no_trace(short: Path, store: str) -> None:
    """Every ninth call to MLflow, lost before it was made or after it was carried out."""
    assert check(short, store, lambda calls: list(range(1, calls + 1, 9))) > 30


@pytest.mark.slow
@pytest.mark.parametrize("size", [3, 2000])
def test_a_break_at_any_call_leaves_no_trace(
    short: Path, store: str, size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every call, sent in short and in long stretches."""
    monkeypatch.setattr(sessions, "EVENTS_PER_CHUNK", size)
    check(short, store, lambda calls: list(range(1, calls + 1)))


def test_a_run_that_a_server_created_late_is_deleted(short: Path, store: str) -> None:
    """It has its tags and nothing else; the one that was written to stays, wherever it sorts."""
    send(short, store, Breaking(0, after=False))
    before = contents(store, NAME)
    client = connect(store)
    (experiment,) = [e for e in client.search_experiments() if e.name == NAME]
    for run in all_runs(client, experiment.experiment_id):
        made_with = {k: v for k, v in run.data.tags.items() if k.startswith(("ganbench.", "mlflow.parent"))}
        client.create_run(experiment.experiment_id, run.info.start_time, made_with, run.info.run_name)
    assert len(all_runs(client, experiment.experiment_id)) == 10
    session = Session(short, store, None)
    assert session.advance() == 0 and contents(store, NAME) == before


def test_creating_is_not_repeated_by_the_http_library(monkeypatch: pytest.MonkeyPatch) -> None:
    """MLflow repeats every method; other calls keep what the user or we have set."""
    from mlflow.environment_variables import MLFLOW_HTTP_REQUEST_MAX_RETRIES as RETRIES

    monkeypatch.setenv(RETRIES.name, "3")
    with once():
        assert RETRIES.get() == 0
    assert RETRIES.get() == 3
    monkeypatch.delenv(RETRIES.name)
    with once():
        assert RETRIES.get() == 0
    assert not RETRIES.is_set()


def test_notes_that_cannot_be_written_cost_work_and_nothing_else(
    short: Path, store: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A full disk stops no record."""

    def full(*_: Any, **__: Any) -> int:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", full)
        session = Session(short, store, None)
        assert session.advance() > 0 and session.advance() == 0
    assert not list(short.parent.glob("mirror.json*")), "nothing half-written is left"


def test_events_of_unknown_types_are_passed_over(short: Path, store: str) -> None:
    """A driver writes more than MLflow shows."""
    send(short, store, Breaking(0, after=False))
    before = contents(store, NAME)
    told = [{"type": kind, "cohort": "c0"} for kind in ("driver", "task", "cohort", "trouble", "split")]
    Journal(short).append(*told)
    send(short, store, Breaking(0, after=False))
    assert contents(store, NAME) == before
