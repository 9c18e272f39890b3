"""Studies on a Ray cluster of two nodes: what they come to if workers, nodes and drivers are lost."""

from __future__ import annotations

import csv
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import ray_runs
import study_runs
import torch
from rich.console import Console
from study_runs import ends, events, planned, scores, tensors

from bench.errands import Layout, sizes_of, structures
from bench.journal import Event
from bench.progress import Lines
from bench.runner import Driver, Options, Outcome

pytestmark = pytest.mark.skipif(find_spec("ray") is None, reason="needs the extra ray")

STUDY = study_runs.text("steps: 2000, ema: on", "loss: [non_saturating, minimax]", seeds=4).replace(
    "evaluate_every: 10", "evaluate_every: 100"
)
"""Four cohorts of two runs; a trick with a memory, for what has none has nothing to resume."""
OWN = ("seconds", "seconds.mean", "mlflow_run")
"""What columns of a table are called that differ from one record of the same runs to another."""


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("studies") / "tiny.yaml"
    path.write_text(STUDY)
    return path


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The local executor's results."""
    results = tmp_path_factory.mktemp("local")
    plan = planned(STUDY)
    devices = ("cpu",) * 2
    layout = Layout(plan, devices, sizes_of(structures(plan), devices, 2))
    with (results / "log").open("w") as log:
        driver = Driver(layout, Options(results), Lines(Console(file=log)))
        assert driver.run() == Outcome(ran=8, left=0, interrupted=False)
    return results


@pytest.fixture(scope="module")
def cluster() -> Iterator[ray_runs.Cluster]:
    found = ray_runs.Cluster()
    yield found
    found.close()


@pytest.fixture
def begin(study: Path, cluster: ray_runs.Cluster, tmp_path: Path) -> Iterator[Callable[[], ray_runs.Driver]]:
    """Starts a driver of the study on the cluster; none outlives the test."""
    drivers: list[ray_runs.Driver] = []

    def start() -> ray_runs.Driver:
        drivers.append(ray_runs.Driver(study, tmp_path, cluster.address))
        return drivers[-1]

    yield start
    for driver in drivers:
        if driver.process.poll() is None:
            driver.kill()


def alike(left: Path, right: Path) -> None:
    """The same scores, ends and last states, bit for bit."""
    assert scores(left) == scores(right)
    assert ends(left) == ends(right)
    for run in planned(STUDY).runs:
        pairs = list(zip(tensors(left, run.id), tensors(right, run.id), strict=True))
        assert pairs and all(torch.equal(a, b) for a, b in pairs), "a final state differs"


def attempts(found: Sequence[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """The last attempt at every cohort."""
    return {event["cohort"]: event for event in found if event["type"] == "task"}


def reached(found: Sequence[dict[str, Any]]) -> dict[str, int]:
    """How far every cohort is."""
    return {event["cohort"]: event["step"] for event in found if event["type"] == "cohort"}


def again(found: Sequence[dict[str, Any]]) -> set[str]:
    """Cohorts that were lost and have been begun again."""
    return {event["cohort"] for event in found if event["type"] == "trouble"}


def mailboxes() -> list[int]:
    """The processes of mailboxes."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if path.read_bytes().startswith(b"ray::Mailbox"):
                found.append(int(path.parent.name))
        except OSError:
            continue
    return found


def table(results: Path, study: Path) -> list[list[str]]:
    """The comparison table that the command line makes of results, without what is the record's own."""
    call = [sys.executable, "-m", "bench.cli", "run", str(study), "--results", str(results), "--workers", "1"]
    subprocess.run(call, check=True, capture_output=True, env=ray_runs.environment())
    with (results / "tiny" / "comparison.csv").open(newline="") as file:
        cells = list(csv.reader(file))
    kept = [index for index, name in enumerate(cells[0]) if not name.endswith(OWN)]
    assert len(cells) > 2 and len(kept) > 50
    return [[row[index] for index in kept] for row in cells]


@pytest.mark.slow
def test_lost_workers_and_nodes(
    begin: Callable[[], ray_runs.Driver],
    study: Path,
    cluster: ray_runs.Cluster,
    undisturbed: Path,
    tmp_path: Path,
) -> None:
    """A worker, the mailbox and a node are lost in mid-run: the results are the local executor's."""
    driver = begin()
    driver.until(lambda found: sum(step >= 100 for step in reached(found).values()) == 4)
    assert len({ray_runs.pid(task) for task in attempts(driver.events()).values()}) == 4, "halves of 2 GPUs"
    steps = reached(driver.events())
    victim = attempts(driver.events())[min(steps, key=lambda cohort: steps[cohort])]
    os.kill(ray_runs.pid(victim), signal.SIGKILL)
    driver.until(lambda found: victim["cohort"] in again(found))
    (mailbox,) = mailboxes()
    os.kill(mailbox, signal.SIGKILL)
    cluster.ask("remove")
    driver.until(lambda found: len(again(found)) > 1)
    assert driver.outcome() == [8, 0, False, False], "all is done, and the driver never imported torch"

    alike(undisturbed, tmp_path)
    assert {task["device"] for task in events(tmp_path, "task")} == {"cpu"}
    assert {event["kind"] for event in events(tmp_path, "trouble")} == {"lost"}
    assert not list(tmp_path.glob("tiny/checkpoints/cohort-*")), "finished cohorts leave no checkpoint"
    assert table(undisturbed, study) == table(tmp_path, study)


@pytest.mark.slow
def test_stopped_and_killed_drivers(
    begin: Callable[[], ray_runs.Driver], undisturbed: Path, tmp_path: Path
) -> None:
    """After Ctrl-C and a SIGKILL of the driver, whose tasks end by themselves, the same command goes on."""
    driver = begin()
    driver.until(lambda found: any(step >= 100 for step in reached(found).values()))
    driver.process.send_signal(signal.SIGINT)
    assert driver.outcome() == [0, 8, True, False]

    before = len(driver.events())
    driver = begin()
    driver.until(lambda found: any(event["type"] == "score" for event in found[before:]))
    workers = {ray_runs.pid(task) for task in attempts(driver.events()[before:]).values()}
    driver.kill()
    _gone(workers)

    driver = begin()
    assert driver.outcome() == [8, 0, False, False]
    alike(undisturbed, tmp_path)


def _gone(pids: set[int]) -> None:
    limit = time.monotonic() + ray_runs.PATIENCE
    while any(Path(f"/proc/{pid}").exists() for pid in pids):
        assert time.monotonic() < limit, "tasks outlive their driver"
        time.sleep(0.1)


def listening(pid: int) -> list[str]:
    """Where the processes beneath one listen, by their addresses."""
    psutil = pytest.importorskip("psutil")
    family = psutil.Process(pid).children(recursive=True)
    found = []
    for process in family:
        try:
            found += [c.laddr.ip for c in process.net_connections(kind="inet") if c.status == "LISTEN"]
        except psutil.Error:
            continue
    return found


@pytest.mark.slow
def test_ray_on_this_machine(tmp_path: Path) -> None:
    """Without an address Ray is started here, on loopback only, and a study comes to its end."""
    path = tmp_path / "tiny.yaml"
    path.write_text(study_runs.text("steps: 100"))
    call = [sys.executable, "-m", "bench.cli", "run", str(path), "--results", str(tmp_path / "results")]
    process = subprocess.Popen(
        [*call, "--executor", "ray", "--workers", "1"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=ray_runs.environment(),
    )
    while process.poll() is None and not _begun(tmp_path / "results"):
        time.sleep(0.05)
    where = listening(process.pid)
    out, err = process.communicate(timeout=ray_runs.PATIENCE)
    assert process.returncode == 0, (out, err)
    assert len(where) > 3 and set(where) <= {"127.0.0.1", "::ffff:127.0.0.1", "::1"}
    (end,) = events(tmp_path / "results", "end")
    assert end["verdict"] != "failed"
    assert events(tmp_path / "results", "driver")[0]["executor"] == "ray"
    assert (tmp_path / "results" / "tiny" / "logs").is_dir() and "ray" not in err.lower()


def _begun(results: Path) -> list[Event]:
    return events(results, "task") if (results / "tiny" / "journal.jsonl").exists() else []
