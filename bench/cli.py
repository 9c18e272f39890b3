"""The `ganbench` command. A user's mistake is one line on stderr and exit status 2, never a traceback."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Sequence
from contextlib import redirect_stdout
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Literal

import typer

from bench import (
    component_commands,
    record_commands,
    report_commands,
    slurm,
    upkeep_commands,
    watch_commands,
)
from bench.command_options import (
    Address,
    AsJson,
    CheckpointMinutes,
    CohortSize,
    Compiled,
    DataRoot,
    Device,
    Devices,
    Download,
    Executor,
    Limit,
    MixProtocols,
    Only,
    Plugins,
    Quiet,
    Results,
    Retries,
    Retry,
    StudyFile,
    TrackingUri,
    Workers,
    WorkersPerDevice,
)
from bench.listing import everything, of_kind, one
from bench.plugins import given
from bench.problems import UserError
from bench.shell import again, console, mistakes, show

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="Which GAN stability trick works, on what, and together with what.",
)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"ganbench {version('ganbench')}")
        raise typer.Exit


@app.callback()
def top(
    show_version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """Which GAN stability trick works, on what, and together with what."""


@app.command("list")
def list_command(
    kind: Annotated[
        str | None,
        typer.Argument(help="loss, trick, model, data, optimizer, metric or setting; all if left out."),
    ] = None,
    name: Annotated[str | None, typer.Argument(help="One of that kind: its documentation and knobs.")] = None,
    plugins: Plugins = None,
) -> None:
    """What a study may name: losses, tricks, models, data, optimizers, metrics, settings."""
    with mistakes(), given(plugins or []):
        if kind is None:
            show(everything())
        else:
            show(of_kind(kind) if name is None else one(kind, name))


@app.command()
def check(
    study: StudyFile,
    results: Results = Path("results"),
    devices: Devices = "auto",
    workers: Workers = None,
    cohort_size: CohortSize = None,
) -> None:
    """What a study would run, what does not apply and why, and how long it takes; trains nothing."""
    # Imported here, as in every command, so that `list` and `--help` stay quick.
    from concurrent.futures import ThreadPoolExecutor

    from rich.text import Text

    from bench.checking import overview
    from bench.errands import Layout, Wish, lay_out
    from bench.estimate import estimate
    from bench.executors.asking import asking
    from bench.journal import Journal
    from bench.known_times import known_times
    from bench.ledger import Ledger
    from bench.plan import Run, cohorts
    from bench.study import load
    from bench.tuning.search import foreseen

    with mistakes():
        read, wish = load(study), Wish(tuple(devices.split(",")), workers, cohort_size=cohort_size)
        journal = results / read.name / "journal.jsonl"
        with asking("looking at what steps and scores cost") as ask, ThreadPoolExecutor(1) as beside:
            times = beside.submit(known_times, Journal(journal))
            layout: Layout = ask(lay_out, read, wish)
            planned = layout.plan
            rounds: Sequence[Sequence[Run]] = [planned.runs]
            if planned.study.search is not None:
                rounds = foreseen(planned, Ledger(Journal(journal)))
            groups = [one for runs in rounds for one in cohorts(runs, lambda r: layout.sizes[r.structure()])]
            time = beside.submit(estimate, planned, groups, layout.devices, times.result(), ask)
            show(overview(planned, groups))
            show(Text(f"Estimated time: {time.result()}"))
        if not planned.runs:
            raise UserError("There is nothing to run: no arm of this study applies.")


@app.command()
def run(
    study: StudyFile,
    results: Results = Path("results"),
    tracking_uri: TrackingUri = None,
    devices: Devices = "auto",
    workers: Workers = None,
    workers_per_device: WorkersPerDevice = None,
    cohort_size: CohortSize = None,
    limit: Limit = None,
    compiled: Compiled = False,
    checkpoint_minutes: CheckpointMinutes = 1.0,
    only: Only = None,
    retry: Retry = None,
    retries: Retries = 3,
    executor: Executor = "local",
    address: Address = None,
    data_root: DataRoot = Path("data"),
    download: Download = False,
    mix_protocols: MixProtocols = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what is left to do and stop.")] = False,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Run what is left of a study and write its table. The same command resumes.

    Exit status: 0 every run that was asked for has an outcome (diverged and collapsed are outcomes), 1 some
    failed or MLflow lacks some of the record, 2 a mistake, 130 interrupted. The last line is the command that
    goes on.

    --json prints an object a line, each with an event: begin, progress (step, steps_per_second, scores,
    seconds_left), run (verdict, scores), warning, note, end (status, next: the command that goes on,
    or null).
    """
    with mistakes():
        from bench import commands, voice
        from bench.errands import Wish
        from bench.runner import Options
        from bench.study import load

        options = Options(
            results=results,
            limit=limit,
            compiled=compiled,
            checkpoint_minutes=checkpoint_minutes,
            retries=retries,
            retry_failed=retry == "failed",
            data_root=data_root,
            download=download,
            mix_protocols=mix_protocols,
            command=again(sys.argv),
        )
        wish = Wish(tuple(devices.split(",")), workers, workers_per_device, cohort_size)
        with voice.chosen(console(), quiet, as_json) as speaking:
            arms = tuple(only or ())
            request = commands.Request(load(study), wish, options, arms, tracking_uri, executor, address)
            status = commands.run(request, speaking, dry_run)
        raise typer.Exit(status)


@app.command()
def score(
    samples: Annotated[str, typer.Argument(help="Folder of PNGs, or .npy, .npz, .pt.", show_default=False)],
    against: Annotated[str, typer.Option(help="ring, '{ring: {modes: 8}}', ...", show_default=False)],
    metrics: Annotated[
        str | None, typer.Option(help="modes,fid or '[{kid: {subsets: 50}}]', ...", show_default=False)
    ] = None,
    count: Annotated[int, typer.Option("--samples", min=2, help="Most samples to score.")] = 2000,
    device: Device = "auto",
    data_root: DataRoot = Path("data"),
    download: Download = False,
    pixels: Annotated[
        Literal["minus-one-to-one", "zero-to-one"] | None, typer.Option(help="Range of images of floats.")
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object: scores, oracle, ceilings (at best), ...")
    ] = False,
    plugins: Plugins = None,
) -> None:
    """Score anybody's images or points against a data set, as a run's samples are scored."""
    with mistakes(), given(plugins or []):
        from bench import placement, score_table, scoring

        where = placement.device(device)
        path = scoring.given_path(samples)
        request = scoring.ScoreRequest(path, against, metrics, count, where, data_root, download, pixels)
        # Whatever a library has to say must not end up inside the JSON.
        with redirect_stdout(sys.stderr):
            found = scoring.score(request)
        for note in found.notes:
            typer.echo(f"Note: {note}", err=True)
        if as_json:
            typer.echo(json.dumps(scoring.as_plain(found), allow_nan=False))
        else:
            show(score_table.table(found))


@app.command("train-classifier")
def train_classifier(
    data: Annotated[
        str, typer.Argument(help="Folder of classes, .npz, digits or mnist.", show_default=False)
    ],
    output: Annotated[Path, typer.Option(help="FILE.safetensors to write.", show_default=False)],
    epochs: Annotated[int | None, typer.Option(min=1, help="Passes over the images.")] = None,
    data_root: DataRoot = Path("data"),
    download: Download = False,
) -> None:
    """Train a classifier of labelled images, for metrics to look through: `extractor: FILE.safetensors`.

    DATA is a folder with one sub-folder of images a class, or an .npz file of `images` and `labels`.
    """
    with mistakes():
        from bench.features import labelled, train_own

        train_own.check_output(output)
        found = labelled.read(data, data_root, download)
        trained = train_own.train_own(found, epochs)
        train_own.write(trained, output)
        typer.echo("\n".join(train_own.summary(found, trained, output)))


app.command("new")(component_commands.new)
app.command("verify")(component_commands.verify)
app.command("ui")(record_commands.ui)
app.command("sync")(record_commands.sync)
app.command("status")(watch_commands.status)
app.command("logs")(watch_commands.logs)
app.command("report")(report_commands.report)
app.command("export")(report_commands.export)
app.command("compare")(report_commands.compare)
app.command("reproduce")(upkeep_commands.reproduce)
app.command("clean")(upkeep_commands.clean)
app.command("slurm")(slurm.slurm)


def main() -> None:
    """The entry point."""
    for stream in (sys.stdout, sys.stderr):
        # Docstrings hold formulas; a terminal that cannot show a γ shows a question mark, no traceback.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    app()


if __name__ == "__main__":
    main()
