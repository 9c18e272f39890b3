"""The mirror's process: light, sheltered, alone, ended with its driver, and started again when it dies."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest
from stores import contents

from bench.journal import Event, Journal
from bench.tracking import Mirror, follower, standing, sync
from bench.tracking.locks import holder

NAME = "does-noise-help"
PATIENCE = 120.0
ROOT = Path(__file__).parents[3]
SECRET = "pa55word"


def until(happened: Callable[[], object], what: str) -> None:
    limit = time.monotonic() + PATIENCE
    while not happened():
        assert time.monotonic() < limit, f"in vain: {what}"
        time.sleep(0.02)


def process_of(mirror: Mirror) -> int:
    until(lambda: mirror.status.process, "a child")
    found = mirror.status.process
    assert found is not None
    return found


def test_the_driver_and_the_child_import_only_what_they_need() -> None:
    """No mlflow in the driver, whose workers wait for it, and no torch in the child."""
    code = (
        "import sys, bench.tracking, bench.tracking.follower\n"
        "heavy = {'mlflow', 'torch', 'pandas', 'scipy', 'sqlalchemy', 'numpy'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
        "import bench.tracking.summary as summary\n"
        "import bench.tracking.client as client\n"
        "client.connect('sqlite:///' + sys.argv[1])\n"
        "summary.summary([{'run': 'r', 'verdict': 'healthy', 'final': {'a': 1.0}}], ['a'], 0)\n"
        "assert 'torch' not in sys.modules\n"
    )
    made = os.fspath(Path(os.environ.get("TMPDIR", "/tmp")) / f"light-{os.getpid()}.db")
    try:
        ended = subprocess.run([sys.executable, "-c", code, made], cwd=ROOT, capture_output=True, text=True)
    finally:
        for path in Path(made).parent.glob(f"light-{os.getpid()}.db*"):
            path.unlink()
    assert ended.returncode == 0, ended.stderr


def test_a_killed_child_is_replaced_and_nothing_is_lost_or_doubled(journal: Path, store: str) -> None:
    """SIGKILL at any moment; polite signals do nothing."""
    twin = store.replace("mlflow.db", "twin.db")
    Path(twin.removeprefix("sqlite:///")).write_bytes(Path(store.removeprefix("sqlite:///")).read_bytes())
    artifacts = journal.parent / "artifacts"
    sync(journal, twin, artifacts)
    journal.with_name("mirror.json").unlink()
    mirror = Mirror(journal, store, artifacts, every=0.05).start()
    first = process_of(mirror)
    for number in (signal.SIGINT, signal.SIGTERM):
        os.kill(first, number)
    until(lambda: mirror.status.mirrored or holder(journal.with_name("mirror.lock")), "a beginning")
    assert process_of(mirror) == first, "Ctrl-C is the driver's business"
    os.kill(first, signal.SIGKILL)
    until(lambda: mirror.status.process not in (None, first), "another child")
    assert mirror.wait(PATIENCE)
    status = mirror.status
    assert status.pending == 0 and status.error is None
    assert mirror.close()
    assert contents(store, NAME) == contents(twin, NAME)
    assert not psutil.pid_exists(first) and not psutil.pid_exists(status.process or 0)


def test_the_child_ends_with_its_driver(journal: Path, store: str) -> None:
    """Also after kill -9; and no list of processes shows the password of its address."""
    code = (
        "import sys, time\nfrom pathlib import Path\nfrom bench.tracking import Mirror\n"
        f"uri = 'http://ann:{SECRET}@127.0.0.1:9'\n"
        "mirror = Mirror(Path(sys.argv[1]), uri, every=0.05).start()\n"
        "while mirror.status.error is None: time.sleep(0.05)\n"
        "print(mirror.status.process, flush=True)\ntime.sleep(600)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, os.fspath(journal)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as driver:
        assert driver.stdout is not None
        child = psutil.Process(int(driver.stdout.readline()))
        assert "bench.tracking.follower" in child.cmdline()
        assert SECRET not in " ".join(child.cmdline()), "nor does `ps`"
        driver.kill()
        driver.wait()
        until(lambda: not child.is_running() or child.status() == psutil.STATUS_ZOMBIE, "the child's end")
    assert SECRET not in "".join(path.read_text() for path in journal.parent.glob("mirror*"))
    until(lambda: holder(journal.with_name("mirror.lock")) is None, "the lock")
    assert sync(journal, store) > 0


def test_another_terminal_sees_how_the_record_stands(
    journal: Path, store: str, plan: Callable[..., Event]
) -> None:
    """Behind by so many events, for which reason, since when, and who mirrors it."""
    assert standing(journal.parent) is None, "nothing was ever sent"
    nobody = "http://ann:s3cret@127.0.0.1:9"
    began = time.time()
    mirror = Mirror(journal, nobody, every=0.05).start()
    assert mirror.wait() is False
    found = standing(journal.parent)
    assert found is not None and found.since is not None and found.error is not None
    assert found.behind == journal.read_text().count("\n") and began <= found.since <= time.time()
    assert "nothing listens there" in found.error and "s3cret" not in found.error + found.address
    assert found.mirrored_by is not None and str(mirror.status.process) in found.mirrored_by
    assert mirror.wait() is False
    again = standing(journal.parent)
    assert again is not None and again.since == found.since, "an outage begins once"
    mirror.close()
    sync(journal, store)
    after = standing(journal.parent)
    assert after is not None and (after.behind, after.error, after.since) == (0, None, None)
    assert after.mirrored_by is None and after.address == store
    Journal(journal).append(plan(question="another?"))
    later = standing(journal.parent)
    assert later is not None and later.behind == 1


def test_a_driver_without_processes_to_spare_goes_on(journal: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A mirror that cannot be started is an outage like any other."""
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    mirror = Mirror(journal, "http://127.0.0.1:9").start()
    assert mirror.wait() is False
    news = mirror.news()
    assert news is not None and "cannot be started" in news and "journal keeps everything" in news
    assert mirror.close()


def test_a_crash_says_so_and_notes_stay_whole(journal: Path, store: str) -> None:
    """Whoever kills it, notes are whole JSON, and the next word is of its new life."""
    mirror = Mirror(journal, store, every=0.05).start()
    os.kill(process_of(mirror), signal.SIGKILL)
    until(lambda: mirror.status.error or mirror.status.mirrored, "news")
    assert "SIGKILL" in str(mirror.news())
    assert mirror.wait(PATIENCE)
    assert mirror.news() == "MLflow answers again; the record is being completed."
    json.loads(journal.with_name("mirror.json").read_text())
    mirror.close()


def test_a_connection_alone_is_no_recovery(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A store that can be opened and takes nothing is told of once, not anew at every attempt."""

    class Refusing:
        offset = 7

        def __init__(self, *anything: object) -> None:
            pass

        def advance(self) -> int:
            raise OSError("no room for artifacts")

    monkeypatch.setattr(follower, "Session", Refusing)
    order = {
        "journal": str(tmp_path / "journal.jsonl"),
        "uri": "sqlite:///x.db",
        "artifacts": None,
        "every": 1,
    }
    one = follower.Follower(order, io.StringIO())
    one.teller.say(error="no room for artifacts")
    with pytest.raises(OSError, match="no room"):
        one._follow(tidied=True)
    assert one.teller.told["error"] == "no room for artifacts" and one.teller.told["offset"] == 7


def test_who_works_much_rests_long() -> None:
    """Looks that cost nothing are as frequent as asked for; dear ones as rare as is bearable."""
    assert follower.rest(0.0, 5.0) == 5.0
    assert follower.rest(0.5, 5.0) == 15.0
    assert follower.rest(60.0, 5.0) == 30.0
