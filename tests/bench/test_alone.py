"""One driver a study: the second is told who the first is, and what is stale never blocks."""

from __future__ import annotations

import errno
import fcntl
import json
import os
import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from disks import fill, mount, mounted

from bench.alone import NotAlone, NotWritable, alone, holder

HOLDING = """
import sys
import threading
from pathlib import Path
from bench.alone import alone
with alone(Path(sys.argv[1]), "ganbench run x.yaml --tracking-uri http://me:s3cret@host"):
    print("held", flush=True)
    sys.stdin.read()
"""


@contextmanager
def elsewhere(folder: Path) -> Iterator[int]:
    """Another process that holds the folder; its number."""
    held = subprocess.Popen(
        [sys.executable, "-c", HOLDING, str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert held.stdout is not None and held.stdout.readline() == "held\n"
    try:
        yield held.pid
    finally:
        held.kill()
        held.communicate()


def test_who_holds_it(tmp_path: Path) -> None:
    """Host, process, since when and the command, without credentials; the lock file's content too."""
    with elsewhere(tmp_path) as pid:
        with pytest.raises(NotAlone) as refused, alone(tmp_path, "ganbench run"):
            pass
        said = str(refused.value)
        assert said.startswith(f"{tmp_path} is in use: this study has been running since 20")
        assert said.endswith(
            f"on {socket.gethostname()} as process {pid} (ganbench run x.yaml --tracking-uri http://***@host)"
        )
        found = holder(tmp_path)
        assert found is not None and (found.pid, found.lives) == (pid, True)
        assert "s3cret" not in (tmp_path / "driver.lock").read_text()


def test_a_killed_driver_holds_nothing(tmp_path: Path) -> None:
    """What it has written stays, and is neither believed nor in the way."""
    with elsewhere(tmp_path) as pid:
        pass
    assert json.loads((tmp_path / "driver.lock").read_text())["pid"] == pid
    assert holder(tmp_path) is None
    with alone(tmp_path, "ganbench run"):
        found = holder(tmp_path)
        assert found is not None and found.pid == os.getpid()
    assert (tmp_path / "driver.lock").read_text() == "" and holder(tmp_path) is None


def test_a_copied_folder_is_free(tmp_path: Path) -> None:
    """Of a study that runs on: the copy has the words and not the lock."""
    with elsewhere(tmp_path / "a"):
        shutil.copytree(tmp_path / "a", tmp_path / "b")
        assert holder(tmp_path / "b") is None
        with alone(tmp_path / "b", "ganbench run"):
            pass


def test_whoever_looks_is_not_in_the_way(tmp_path: Path) -> None:
    """`holder` takes the lock for an instant; a driver that starts just then waits for it."""
    with (tmp_path / "driver.lock").open("w") as looking:
        fcntl.flock(looking, fcntl.LOCK_SH)
        later = threading.Timer(0.1, fcntl.flock, (looking, fcntl.LOCK_UN))
        later.start()
        with alone(tmp_path, "x"):
            pass
        later.join()


@pytest.mark.parametrize("content", ["", "{", "[]", '{"pid": 1}', "\0" * 100, '{"host": 3}'], ids=repr)
def test_words_that_cannot_be_read(content: str, tmp_path: Path) -> None:
    """The lock holds without them, and is free without them."""
    (tmp_path / "driver.lock").write_text(content)
    with alone(tmp_path, "x"):
        (tmp_path / "driver.lock").write_text(content)
        with pytest.raises(NotAlone, match="running in another process"), alone(tmp_path, "y"):
            pass


@pytest.fixture(params=[errno.ENOLCK, errno.ENOTSUP], ids=errno.errorcode.get)
def lockless(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file system without locks."""

    def refuse(file: object, how: int) -> None:
        raise OSError(request.param, os.strerror(request.param))

    monkeypatch.setattr(fcntl, "flock", refuse)


def test_without_locks_a_living_holder_counts(tmp_path: Path, lockless: None) -> None:
    """The words are all there is: they count as long as that very process lives."""
    with elsewhere(tmp_path) as pid:
        with pytest.raises(NotAlone, match=f"as process {pid}"), alone(tmp_path, "y"):
            pass
        assert holder(tmp_path) is not None
    assert holder(tmp_path) is None
    with alone(tmp_path, "y"):
        pass


@pytest.mark.parametrize(
    "change", [{"host": "another"}, {"begun": "another start"}, {"pid": 2**22 + 1}], ids=str
)
def test_without_locks_others_do_not_count(change: dict[str, object], tmp_path: Path, lockless: None) -> None:
    """Another host's process, a number that is used again, and one that is no more."""
    with alone(tmp_path, "x"):
        told = json.loads((tmp_path / "driver.lock").read_text())
    (tmp_path / "driver.lock").write_text(json.dumps(told | change))
    assert holder(tmp_path) is None
    with alone(tmp_path, "y"):
        pass


def test_a_folder_on_a_read_only_file_system(tmp_path: Path) -> None:
    """One line, whoever asks: root too."""
    (tmp_path / "there").mkdir()
    with mounted(tmp_path / "ro", "--bind", str(tmp_path / "there")) as folder:
        mount("-o", "remount,bind,ro", str(folder))
        said = r"^cannot write results to .*/ro/x: Read-only file system$"
        with pytest.raises(NotWritable, match=said), alone(folder / "x", "x"):
            pass


def test_a_folder_under_a_file(tmp_path: Path) -> None:
    """It cannot be made."""
    (tmp_path / "file").touch()
    with pytest.raises(NotWritable, match="Not a directory"), alone(tmp_path / "file" / "x", "x"):
        pass


def test_a_full_disk_is_no_reason_not_to_run(tmp_path: Path) -> None:
    """The lock holds without words."""
    with mounted(tmp_path / "disk", "-t", "tmpfs", "-o", "size=16k", "tmpfs") as disk:
        (disk / "driver.lock").touch()
        fill(disk / "ballast")
        with alone(disk, "x"), pytest.raises(NotAlone, match="another process"), alone(disk, "y"):
            pass
