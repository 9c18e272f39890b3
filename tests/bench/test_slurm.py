"""The script for Slurm: harmless whatever the study is called; stopped and requeued in time."""

from __future__ import annotations

import os
import shlex
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bench.cli import app
from bench.problems import UserError
from bench.slurm import Job, script

GOLDEN = Path(__file__).with_name("golden_slurm.sh")
JOB = Job(nodes=2, gpus_per_node=4, cpus_per_node=8, time="24:00:00", partition="gpu")
HOSTILE = (
    "a b.yaml",
    "it's.yaml",
    '"; rm -rf ~; ".yaml',
    "$(reboot).yaml",
    "-x.yaml",
    "новый 🙂\n#SBATCH -n 9.yaml",
)
STUB = """#!/bin/bash
printf '%s %s\\n' "${0##*/}" "$*" >> "$CALLS"
case ${0##*/} in
  srun) [[ $* == *hostname* ]] && echo '127.0.0.1 10.0.0.1' || true ;;
  scontrol) [[ $1 == show ]] && printf 'one\\ntwo\\n' || true ;;
  ganbench) printf '%s\\0' "$@" > "$CALLS.arguments"
    trap 'exit 130' TERM
    [[ -n ${SECONDS_OF_WORK:-} ]] && for ((i = 0; i < SECONDS_OF_WORK * 20; i++)); do sleep 0.05; done
    exit "${STATUS:-0}" ;;
esac
"""


def run(folder: Path, text: str, **environment: str) -> subprocess.Popen[str]:
    """Start a script where Slurm, Ray and ganbench only write down how they were called."""
    for name in ("srun", "scontrol", "ganbench", "python", "ray"):
        (folder / name).write_text(STUB)
        (folder / name).chmod(0o755)
    found = {
        **os.environ,
        "PATH": f"{folder}:{os.environ['PATH']}",
        "CALLS": str(folder / "calls"),
        "SLURM_JOB_NODELIST": "one,two",
        "SLURM_JOB_ID": "7",
        **environment,
    }
    (folder / "job.sh").write_text(text)
    return subprocess.Popen(["bash", str(folder / "job.sh")], env=found, text=True, stderr=subprocess.PIPE)


def ended(process: subprocess.Popen[str], status: int) -> None:
    """It ends with this status."""
    _, err = process.communicate(timeout=60)
    assert process.returncode == status, err


def test_the_script_is_the_golden_one() -> None:
    """What users hand in changes only when somebody means it to: tests/bench/golden_slurm.sh."""
    assert script(Path("studies/x.yaml"), JOB, ["--workers-per-device", "2"]) == GOLDEN.read_text()


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names(name: str, tmp_path: Path) -> None:
    """A file's name is one argument of ganbench, whatever is in it, and no line of its own for Slurm."""
    text = script(Path(name), JOB, ["--results", name])
    assert not subprocess.run(["bash", "-n"], input=text, text=True, check=False).returncode
    header = text[: text.index("set -euo")].splitlines()
    assert sum(line.startswith("#SBATCH") for line in header) == 10
    process = run(tmp_path, text)
    ended(process, 0)
    given = (tmp_path / "calls.arguments").read_text().split("\0")[:-1]
    assert given == [
        "run",
        "--results",
        name,
        "--executor",
        "ray",
        "--address",
        "127.0.0.1:20007",
        "--",
        name,
    ]


@pytest.mark.parametrize(("status", "interrupted"), [(0, False), (1, False), (130, True)])
def test_requeued_only_if_time_was_up(status: int, interrupted: bool, tmp_path: Path) -> None:
    """Slurm's notice stops the driver at a checkpoint and requeues the job; an end of its own does not."""
    text = script(Path("x.yaml"), JOB, [])
    process = run(tmp_path, text, STATUS=str(status), SECONDS_OF_WORK="60" if interrupted else "")
    if interrupted:
        limit = time.monotonic() + 60
        while not (tmp_path / "calls.arguments").exists():
            assert time.monotonic() < limit
            time.sleep(0.02)
        time.sleep(0.5)
        process.send_signal(signal.SIGUSR1)
    ended(process, status)
    calls = (tmp_path / "calls").read_text()
    assert ("scontrol requeue 7" in calls) == interrupted
    assert calls.count("ray start --head") == 1 and "--nodes=1 --ntasks=1 --exclude=one" in calls


def test_one_node_has_no_other_workers() -> None:
    """srun with no node to run on would fail the job."""
    text = script(Path("x.yaml"), Job(1, 0, 8, "90"), [])
    assert text.count("ray start") == 1 and "--gpus-per-node" not in text


@pytest.mark.parametrize(
    ("job", "sentence"),
    [
        (Job(1, 1, 8, "tomorrow"), "--time 'tomorrow': sbatch wants 90 \\(minutes\\)"),
        (Job(1, 1, 8, "1\n#SBATCH -x"), "--time '1.n#SBATCH -x'"),
        (Job(1, 1, 8, "60", "a b"), "--partition 'a b': letters, digits"),
    ],
)
def test_mistakes(job: Job, sentence: str) -> None:
    """What Slurm would refuse, or take for a line of its own, is refused here."""
    with pytest.raises(UserError, match=sentence):
        script(Path("x.yaml"), job, [])


def test_the_command(tmp_path: Path) -> None:
    """It prints the script alone, with the options of `ganbench run` that follow --."""
    study = Path(__file__).parents[2] / "studies" / "quickstart.yaml"
    call = ["slurm", str(study), "--nodes", "3", "--", "--retries", "5"]
    found = CliRunner().invoke(app, call)
    assert found.exit_code == 0 and "#SBATCH --nodes=3" in found.stdout
    assert (
        f'ganbench run --retries 5 --executor ray --address "$address" -- {shlex.quote(str(study))} &'
        in found.stdout
    )


@pytest.mark.skipif(shutil.which("shellcheck") is None, reason="needs shellcheck (Debian: shellcheck)")
def test_shellcheck_finds_nothing() -> None:
    """Of what it looks for, nothing is in the script."""
    found = subprocess.run(["shellcheck", str(GOLDEN)], capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stdout


@pytest.mark.parametrize(
    ("option", "said"),
    [
        (["--wrkers", "2"], "--workers"),
        (["--workers", "none"], "'--workers'"),
        (["--tracking-uri", "http://me:s3cret@box"], "MLFLOW_TRACKING_URI"),
    ],
)
def test_options_of_the_run_are_looked_at_now(tmp_path: Path, option: list[str], said: str) -> None:
    """Not hours later in a queue; and no password is written into a script."""
    study = tmp_path / "s.yaml"
    study.write_text(
        "question: q\nbase: {data: ring, model: mlp, steps: 10}\nfactors: {ema: [off, on]}\nseeds: 2\n"
    )
    found = CliRunner().invoke(app, ["slurm", str(study), "--", *option])
    assert found.exit_code == 2 and said in found.stderr
    assert "s3cret" not in found.output and "#SBATCH" not in found.stdout
    assert CliRunner().invoke(app, ["slurm", str(study), "--", "--workers", "2"]).exit_code == 0
