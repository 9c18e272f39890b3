"""The `ganbench` command. A user's mistake is one line on stderr and exit status 2, never a traceback."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console, RenderableType

from bench.listing import NotListed, everything, of_kind, one
from bench.problems import StudyError

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="Which GAN stability trick works, on what, and together with what.",
)
_WIDTH_OF_A_FILE = 160
MISTAKE = 2
"""Exit status after a user's mistake, as of a bad command line."""


@contextmanager
def mistakes() -> Iterator[None]:
    """Turn the errors that a user can cause into their lines on stderr."""
    try:
        yield
    except (StudyError, NotListed) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(MISTAKE) from None


def show(renderable: RenderableType) -> None:
    """Print to stdout; wide where no terminal sets a width."""
    console = Console(highlight=False)
    if not console.is_terminal and "COLUMNS" not in os.environ:
        console = Console(highlight=False, width=_WIDTH_OF_A_FILE)
    console.print(renderable)


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
) -> None:
    """What a study may name: losses, tricks, models, data, optimizers, metrics, settings."""
    with mistakes():
        if kind is None:
            show(everything())
        else:
            show(of_kind(kind) if name is None else one(kind, name))


@app.command()
def check(
    study: Annotated[Path, typer.Argument(help="The study's YAML file.", show_default=False)],
    cohort_size: Annotated[int, typer.Option(min=1, help="Most runs that train together.")] = 8,
) -> None:
    """What a study would run, and what does not apply; runs nothing."""
    # Imported here so that `list` and `--help` stay quick.
    from bench.checking import overview
    from bench.plan import cohorts, plan
    from bench.study import load

    with mistakes():
        planned = plan(load(study))
        show(overview(planned, cohorts(planned.runs, lambda recipe: cohort_size)))


def main() -> None:
    """The entry point."""
    for stream in (sys.stdout, sys.stderr):
        # Docstrings hold formulas; a terminal that cannot show a γ shows a question mark, no traceback.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    app()


if __name__ == "__main__":
    main()
