"""How a call of `ganbench run` ends: every way has its exit status and the command that goes on."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from bench.ending import Call, interrupted, reported, unpublished, unread, unrecorded
from bench.runner import Outcome
from bench.shell import again

CALL = Call("ganbench run s.yaml --workers 2", Path("s.yaml"), " --results R", "http://x", Path("R/s/logs"))


def test_all_have_an_outcome() -> None:
    """Collapsed and diverged are outcomes: 0, and nothing is left to do."""
    found = reported(
        CALL, Outcome(4, 0, False), {"healthy": 1, "collapsed": 2, "diverged": 1}, ("More.",), False
    )
    assert (found.status, found.how, found.onward) == (0, "done", None)
    assert found.sentences == ("4 runs with an outcome: 1 healthy, 2 collapsed, 1 diverged.", "More.")


def test_some_failed() -> None:
    """1, and the same command with --retry failed, once, wherever what was typed may take it."""
    found = reported(CALL, Outcome(4, 0, False), {"healthy": 3, "failed": 1}, (), False)
    assert (found.status, found.how) == (1, "failed")
    assert found.onward == "ganbench run --retry failed s.yaml --workers 2"
    assert found.sentences[-1] == f"1 run failed; why: R/s/logs; try again with: {found.onward}"
    again = Call(found.onward, CALL.study, CALL.where, CALL.address, CALL.logs)
    assert reported(again, Outcome(1, 0, False), {"failed": 1}, (), False).onward == found.onward
    last = Call("ganbench run --workers 2 -- s.yaml", CALL.study, CALL.where, CALL.address, CALL.logs)
    assert last.retry == "ganbench run --retry failed --workers 2 -- s.yaml"


@pytest.mark.parametrize("form", [["--tracking-uri", "{}"], ["--tracking-uri={}"]])
def test_a_command_with_a_password(form: list[str]) -> None:
    """It can be pasted: the shell takes the address from the environment, or says that it is not there."""
    uri = "postgresql://me:s3cret@db.example/x?password=s3cret&y=1"
    command = again(["", "run", "a b.yaml", *(word.format(uri) for word in form)])
    assert "s3cret" not in command and command.startswith("ganbench run 'a b.yaml' --tracking-uri")
    show = f"ganbench() {{ printf '%s\\n' \"$@\"; }}; {command}"
    bare = {"PATH": os.environ["PATH"]}
    known = subprocess.run(
        ["bash", "-c", show], env={**bare, "MLFLOW_TRACKING_URI": uri}, capture_output=True, text=True
    )
    typed = ["run", "a b.yaml", *(word.format(uri) for word in form)]
    assert known.stdout.splitlines() == typed, known.stderr
    unknown = subprocess.run(["bash", "-c", show], env=bare, capture_output=True, text=True)
    assert unknown.returncode != 0 and unknown.stdout == ""
    assert "set it to postgresql://***@db.example/x?password=***&y=1" in unknown.stderr


def test_a_limit_leaves_runs_and_is_no_failure() -> None:
    """0 if that was asked for, and the command that goes on."""
    found = reported(CALL, Outcome(2, 3, False), {"healthy": 2}, (), True)
    assert (found.status, found.onward) == (0, CALL.command)
    assert found.sentences[-1] == f"3 runs left. Go on with: {CALL.command}"
    assert reported(CALL, Outcome(2, 3, False), {"healthy": 2}, (), False).status == 1


def test_interrupted() -> None:
    """130, and the same command."""
    found = interrupted(CALL, Outcome(1, 5, True))
    assert (found.status, found.how, found.onward) == (130, "interrupted", CALL.command)
    assert found.sentences == (f"Stopped with 5 runs left. Go on with: {CALL.command}",)
    assert found.counts == {"ran": 1, "left": 5}


def test_mlflow_lacks_some_of_the_record() -> None:
    """1 and `ganbench sync`; if runs are left, the run, which completes the record too."""
    found = unrecorded(CALL, Outcome(4, 0, False), "it is no database")
    assert "has not taken the whole record: it is no database;" in found.sentences[0]
    assert (found.status, found.onward) == (1, "ganbench sync s.yaml --results R")
    assert found.sentences[-1].endswith(f"complete it with: {found.onward}")
    assert unrecorded(CALL, Outcome(2, 2, False), None).onward == CALL.command


def test_mlflow_takes_no_reports() -> None:
    """1: it is not the user's mistake that a server dies in the last moment."""
    found = unpublished(CALL, Outcome(4, 0, False), Path("R/s"), "nothing listens there")
    assert (found.status, found.how) == (1, "unrecorded")
    assert found.onward == "ganbench report s.yaml --results R"
    assert "R/s" in found.sentences[0] and "nothing listens there" in found.sentences[0]
    assert unpublished(CALL, Outcome(2, 2, False), Path("R/s"), "x").onward == CALL.command


def test_mlflow_does_not_show_the_record() -> None:
    """1 and `ganbench report`."""
    found = unread(CALL, Outcome(4, 0, False), "refused")
    assert (found.status, found.onward) == (1, "ganbench report s.yaml --results R")
    assert "refused" in found.sentences[0]
