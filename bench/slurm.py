"""A script for Slurm: a study on a Ray cluster of the job's own nodes, that goes on when it is requeued."""

from __future__ import annotations

import re
import shlex
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated

import typer

from bench.command_options import StudyFile
from bench.problems import UserError
from bench.shell import mistakes

_TEMPLATES = Path(__file__).parent / "templates"
_TIME = r"(\d+-)?\d+(:\d\d){0,2}"
_PARTITION = r"[A-Za-z0-9_.,-]+"
_PLAIN = r"[^A-Za-z0-9_.-]+"
_NOTICE = 120
"""Seconds before the end of its time at which the job is told to stop: at an evaluation it can."""


@dataclass(frozen=True)
class Job:
    """What is asked of Slurm."""

    nodes: int
    gpus_per_node: int
    cpus_per_node: int
    time: str
    """As Slurm has it: minutes, hours:minutes:seconds, days-hours, ..."""
    partition: str | None = None
    notice: int = _NOTICE
    """Seconds of notice before the time is up."""


def slurm(
    study: StudyFile,
    nodes: Annotated[int, typer.Option(min=1, help="Machines.")] = 1,
    gpus_per_node: Annotated[int, typer.Option(min=0, help="GPUs of each.")] = 1,
    cpus_per_node: Annotated[int, typer.Option(min=1, help="CPU cores of each.")] = 8,
    time: Annotated[str, typer.Option(help="Longest time, as sbatch has it; then it goes on.")] = "24:00:00",
    partition: Annotated[str | None, typer.Option(help="Where to queue.", show_default=False)] = None,
    notice: Annotated[
        int, typer.Option(min=1, help="Seconds before that time at which it is to checkpoint and end.")
    ] = _NOTICE,
    options: Annotated[
        list[str] | None, typer.Argument(help="Options of `ganbench run`, after --.", show_default=False)
    ] = None,
) -> None:
    """Print a script for sbatch that runs a study on a Ray cluster of its own, again until it is done."""
    with mistakes():
        from bench.study import load

        load(study)
        _check(options or [], study)
        job = Job(nodes, gpus_per_node, cpus_per_node, time, partition, notice)
        typer.echo(script(study, job, options or []), nl=False)


def _check(options: list[str], study: Path) -> None:
    """Hours in a queue must not end in a misspelt word. Raises UserError, or as a command line does."""
    import typer.main
    from typer.core import TyperGroup

    from bench.cli import app
    from bench.tracking.address import redact

    if any(redact(option) != option for option in options):
        raise UserError(
            "the script would hold a password: leave that address out and set MLFLOW_TRACKING_URI in the job"
        )
    commands = typer.main.get_command(app)
    assert isinstance(commands, TyperGroup)
    commands.commands["run"].make_context("ganbench run", [*options, "--", str(study)])


def script(study: Path, job: Job, options: list[str]) -> str:
    """The script for sbatch; `options` are further ones of `ganbench run`. Raises UserError."""
    import jinja2

    if not re.fullmatch(_TIME, job.time):
        raise UserError(f"--time {job.time!r}: sbatch wants 90 (minutes), 24:00:00 or 2-12 (days-hours)")
    if job.partition is not None and not re.fullmatch(_PARTITION, job.partition):
        raise UserError(f"--partition {job.partition!r}: letters, digits and _.,- only")
    # A name in a comment that Slurm reads has no quotes to hide behind.
    name = re.sub(_PLAIN, "_", study.stem)
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_TEMPLATES),
        undefined=jinja2.StrictUndefined,
        keep_trailing_newline=True,
        autoescape=False,
    )
    filled = {**asdict(job), "job": f"ganbench-{name}"}
    filled |= {"options": shlex.join(options), "study": shlex.quote(str(study))}
    return environment.get_template("slurm.sh.jinja").render(filled)
