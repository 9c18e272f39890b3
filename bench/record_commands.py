"""`ganbench sync` and `ganbench ui`: the record in MLflow is completed from the journals, and browsed."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from bench.command_options import Results, TrackingUri
from bench.problems import UserError
from bench.shell import again, console, mistakes, say

INCOMPLETE = 1
"""Exit status when MLflow does not have everything."""
_JOURNAL = "journal.jsonl"


def sync(
    studies: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="STUDY...",
            help="A study's file, its folder in RESULTS, or its name; every study in RESULTS if left out.",
            show_default=False,
        ),
    ] = None,
    results: Results = Path("results"),
    tracking_uri: TrackingUri = None,
) -> None:
    """Complete the record in MLflow from the journals; done twice it is done once.

    For when MLflow was away at the end of a run, or to copy the record to another store:
    ganbench sync --tracking-uri http://mlflow.example:5000
    """
    with mistakes():
        from bench import finding
        from bench.tracking import resolve_uri

        uri = resolve_uri(tracking_uri, results)
        found = [finding.study(study, results) for study in studies or []]
        if idle := next((study for study in found if not study.journal.is_file()), None):
            raise UserError(f"nothing of the study {idle.name!r} has been run with --results {results}")
        folders = [study.folder for study in found] or finding.studies(results)
        if not folders:
            raise UserError(f"there is no study in {results}: nothing was run with these --results")
        done = [_one(folder, results, uri) for folder in folders]
        raise typer.Exit(0 if all(done) else INCOMPLETE)


def ui(
    results: Results = Path("results"),
    tracking_uri: TrackingUri = None,
    port: Annotated[
        int, typer.Option(min=1, max=65535, help="The next free port from here is taken.")
    ] = 5000,
) -> None:
    """Open MLflow's own web interface on the record, on this machine only."""
    with mistakes():
        from bench.tracking import browse, redact, resolve_uri

        uri = resolve_uri(tracking_uri, results)
        if uri.startswith("http"):
            typer.echo(f"The record is served already: {redact(uri)}")
            return
        free = browse.free_port(port)
        where = browse.address(free, uri)
        typer.echo(f"MLflow on {redact(uri)}; in some seconds (Ctrl-C ends it) at\n{where}")
        browse.serve(uri, free)


def _one(folder: Path, results: Path, uri: str) -> bool:
    """Bring one study's record up to date and say so; whether MLflow has everything."""
    from bench.tracking import Held, TrackingError, complete, redact
    from bench.wording import count

    name, out = folder.resolve().name, console()
    try:
        sent = complete(folder / _JOURNAL, uri, results / "mlartifacts" / name)
    except Held as error:
        say(out, f"{name}: left to the run that is under way: {error}")
        return False
    except TrackingError as error:
        say(out, f"{name}: MLflow at {redact(uri)} does not take the record: {error}")
        say(out, f"The journal keeps everything. Try again with: {again(sys.argv)}")
        return False
    news = f"{count(sent.events, 'event')} sent; " if sent.events else ""
    say(out, f"{name}: {news}MLflow at {redact(uri)} has everything.")
    if sent.missing:
        say(out, f"{name}: {count(len(sent.missing), 'file')} could not be copied: {sent.missing[0]} is gone")
    return True
