"""What may happen to a study from outside, one thing at a time and to real commands: it ends the same."""

from __future__ import annotations

import re
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from chaos_checks import judge
from chaos_record import UNFINISHED, Record, record
from chaos_study import Command, Progress, Size, command

STUDY = """\
question: q
base: {data: ring, model: {mlp: {width: 16}}, steps: 200, batch_size: 32, ema: on}
factors: {instance_noise: [off, {sigma: 0.1}]}
seeds: 3
metrics: [modes]
evaluate_every: 20
samples: 100
"""
RUNS = 6
PATIENCE = 600.0
"""Seconds that a command may take on a busy machine."""


def tiny(folder: Path) -> Command:
    return command(folder, "tiny", None, Size(STUDY, RUNS, cohort=2, driver_kills=0))


def finish(started: Command) -> int:
    """The exit status, in the end."""
    if started.process is None or started.status is not None:
        started.start()
    assert started.process is not None
    try:
        return started.process.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        started.kill_all()
        pytest.fail(started.log.read_text())


def until(started: Command, happened: Callable[[], bool], every: float = 0.01) -> None:
    """Wait while the command runs."""
    limit = time.monotonic() + PATIENCE
    while not happened():
        assert started.status is None, started.log.read_text()
        assert time.monotonic() < limit, started.log.read_text()
        time.sleep(every)


def halfway(started: Command, share: float = 0.5) -> None:
    """Wait until that share of the scores is in the journal."""
    progress = Progress(started.journal)

    def there() -> bool:
        progress.look()
        return len(progress.scored) >= share * RUNS * 10

    until(started, there)


def left_by(ended: Command) -> Record:
    return record(ended.results, ended.folder / "results" / "mlflow.db")


def faults(ended: Command, calm: Record) -> list[str]:
    return judge(left_by(ended), calm).faults


@pytest.fixture(scope="module")
def calm(tmp_path_factory: pytest.TempPathFactory) -> Record:
    """What the study leaves behind when nothing happens to it."""
    undisturbed = tiny(tmp_path_factory.mktemp("calm"))
    assert finish(undisturbed) == 0, undisturbed.log.read_text()
    found = left_by(undisturbed)
    assert len(found.ends) == RUNS and found.faults == []
    return found


@pytest.mark.slow
def test_the_second_driver_says_who_holds_the_study(tmp_path: Path) -> None:
    """Host, process id and since when; exit status 2; the first is none the worse."""
    first = tiny(tmp_path)
    first.start()
    try:
        until(first, first.journal.exists)
        second = tiny(tmp_path)
        second.log.rename(tmp_path / "first.log")
        assert finish(second) == 2
        said = " ".join(second.log.read_text().split())
        assert str(first.sessions[0]) in said and socket.gethostname() in said, said
        assert re.search(r"since \d{4}-\d\d-\d\d \d\d:\d\d", said), said
        assert "Traceback" not in said
        assert first.process is not None
        assert first.process.wait(PATIENCE) == 0
    finally:
        first.kill_all()


@pytest.mark.slow
@pytest.mark.parametrize("seconds", [0.3, 1.0, 2.0, 3.0, 4.5, 6.0])
def test_a_driver_killed_while_it_starts_leaves_nothing_in_the_way(
    seconds: float, tmp_path: Path, calm: Record
) -> None:
    """The driver alone, at six moments: the next one begins at once, beside orphans that are not yet gone."""
    struck = tiny(tmp_path)
    try:
        struck.start()
        time.sleep(seconds)
        struck.kill_driver()
        assert finish(struck) == 0, struck.log.read_text()
        assert faults(struck, calm) == []
    finally:
        struck.kill_all()


@pytest.mark.slow
def test_a_kill_in_the_middle_of_a_checkpoint_loses_nothing(tmp_path: Path, calm: Record) -> None:
    """Everything is killed at the sight of an unfinished file, three times."""
    struck = tiny(tmp_path)
    folder = struck.results / "checkpoints"

    def writing() -> bool:
        return folder.exists() and any(UNFINISHED.search(path.name) for path in folder.iterdir())

    try:
        for _ in range(3):
            struck.start()
            until(struck, lambda: not writing())
            until(struck, writing, every=0.0)
            struck.kill_all()
        assert finish(struck) == 0, struck.log.read_text()
        assert faults(struck, calm) == []
    finally:
        struck.kill_all()


@pytest.mark.slow
@pytest.mark.parametrize("torn", [b'{"type": "score", "run": "', b"\0" * 512, b"\xff\xfe{"])
def test_a_power_failure_costs_what_was_not_yet_on_the_disk(
    torn: bytes, tmp_path: Path, calm: Record
) -> None:
    """Every process dies at once and the journal ends in half a line, in zeros, or in what is no text."""
    struck = tiny(tmp_path)
    try:
        struck.start()
        halfway(struck)
        struck.kill_all()
        with struck.journal.open("r+b") as file:
            lines = file.read().splitlines(keepends=True)
            file.truncate(sum(map(len, lines[:-1])))
        with struck.journal.open("ab") as file:
            file.write(torn)
        assert finish(struck) == 0, struck.log.read_text()
        assert faults(struck, calm) == []
    finally:
        struck.kill_all()


@pytest.mark.slow
def test_results_go_on_where_they_were_carried_to(tmp_path: Path, calm: Record) -> None:
    """The folder is moved while the study is half done, and the place where it was cannot be written to."""
    here, there = tiny(tmp_path / "here"), tiny(tmp_path / "there")
    try:
        here.start()
        halfway(here)
        here.kill_all()
        shutil.move(here.folder / "results", there.folder / "results")
        shutil.rmtree(here.folder)
        here.folder.write_text("a file where the folder was")
        assert finish(there) == 0, there.log.read_text()
        assert faults(there, calm) == []
    finally:
        here.kill_all()
        there.kill_all()


@pytest.mark.slow
def test_a_paused_driver_does_not_lose_its_study_to_another(tmp_path: Path, calm: Record) -> None:
    """A driver that hangs (SIGSTOP) still holds the study; when it goes on, it ends it."""
    first = tiny(tmp_path)
    try:
        first.start()
        halfway(first)
        assert first.process is not None
        first.process.send_signal(signal.SIGSTOP)
        second = tiny(tmp_path)
        assert finish(second) == 2
        first.process.send_signal(signal.SIGCONT)
        assert first.process.wait(PATIENCE) == 0, first.log.read_text()
        assert faults(first, calm) == []
    finally:
        first.kill_all()
