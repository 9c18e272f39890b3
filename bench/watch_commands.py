"""`ganbench status` and `ganbench logs`: how a study stands, what became of a run, from the journal alone."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bench.command_options import Results
from bench.shell import INTERRUPTED, console, mistakes, say

if TYPE_CHECKING:
    from bench.finding import Found
    from bench.standing import Standing

Study = Annotated[
    Path,
    typer.Argument(
        help="The study's YAML file (which may have been edited since), its folder of results, or its name.",
        show_default=False,
    ),
]
_REFRESH = 1.0
"""Seconds between two pictures."""
_TALL = 1000
"""Lines of a page that is as long as it has to be."""
_FOLLOW = 0.5
"""Seconds between two looks at a log."""


def status(
    study: Study,
    results: Results = Path("results"),
    watch: Annotated[bool, typer.Option("--watch", help="Draw it anew until the study stops.")] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object; with --watch, several.")
    ] = False,
) -> None:
    """How a study stands: runs, workers, time left, verdicts, warnings, MLflow; while it runs and afterwards.

    It reads the journal and disturbs nobody.
    """
    with mistakes():
        from bench import finding
        from bench.standing import read
        from bench.status import fresh, plain

        found = finding.study(study, results)
        if not found.journal.is_file():
            command = fresh(found.file or study, results)
            if as_json:
                typer.echo(json.dumps({"study": found.name, "runs": None, "next": command}))
            else:
                say(console(), f"{found.name} has never been run. Start it with: {command}")
            return
        standing, tail = read(found.journal)

        def look() -> bool:
            from bench.alone import holder
            from bench.driving import driving

            for event in tail.news():
                standing.take(event)
            return driving(standing, holder(found.folder)).going

        if as_json:
            _repeat(look, lambda: typer.echo(json.dumps(plain(found, standing, results, time.time()))), watch)
        else:
            _draw(found, standing, results, look, watch)


def logs(
    run: Annotated[
        str,
        typer.Argument(
            help="A run's id, the beginning of one, or its name: 'hinge + r1 · seed 3'.", show_default=False
        ),
    ],
    results: Results = Path("results"),
    study: Annotated[
        Path | None,
        typer.Option(help="Look only here: a study's file, folder or name.", show_default=False),
    ] = None,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on until the run has ended.")] = False,
) -> None:
    """The story of a run (where it trained, its scores, what went wrong, its end) and its worker's log."""
    with mistakes():
        from bench import finding
        from bench.story_printer import Printer

        folders = [finding.study(study, results).folder] if study is not None else finding.studies(results)
        printer = Printer(finding.run(run, folders), console())
        printer.whole()
        while follow and not printer.over:
            _wait(_FOLLOW)
            printer.more()


def _repeat(look: Callable[[], bool], show: Callable[[], None], watch: bool) -> None:
    """Show it once; or again and again, as long as there is something to look at."""
    going = look()
    show()
    while watch and going:
        _wait(_REFRESH)
        going = look()
        show()


def _draw(found: Found, standing: Standing, results: Path, look: Callable[[], bool], watch: bool) -> None:
    from rich.console import Group
    from rich.live import Live

    from bench.status import lines

    out = console()

    def picture(height: int) -> Group:
        return Group(*lines(found, standing, results, time.time(), out.width, height))

    if not (watch and out.is_terminal):
        _repeat(look, lambda: out.print(picture(_TALL), soft_wrap=True), watch)
        return
    with Live(console=out, auto_refresh=False) as live:
        _repeat(look, lambda: live.update(picture(out.height - 1), refresh=True), watch)


def _wait(seconds: float) -> None:
    try:
        time.sleep(seconds)
    except KeyboardInterrupt:
        # Whoever has seen enough has not interrupted anything.
        sys.stdout.flush()
        raise typer.Exit(INTERRUPTED) from None
