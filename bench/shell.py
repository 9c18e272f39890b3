"""What all commands share: how mistakes end, where output goes, what was typed."""

from __future__ import annotations

import os
import re
import shlex
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import typer
from rich.console import Console, RenderableType
from rich.text import Text

from bench.problems import MachineError, UserError
from gan.data.errors import DataError
from gan.known import PluginError
from gan.plugins import blame
from gan.room import PASSING

FAILED = 1
"""Exit status where something is missing that the same command may bring."""
MISTAKE = 2
"""Exit status after a user's mistake, as of a bad command line."""
INTERRUPTED = 130
"""Exit status after Ctrl-C, as shells have it."""
_STRANGE = re.compile(r"[^\w:/.*@?&=%+,-]")
_WIDTH_OF_A_FILE = 160


@contextmanager
def mistakes() -> Iterator[None]:
    """Turn the errors that a user can cause into their lines on stderr; what a plug-in raises is one."""
    try:
        yield
    except (UserError, DataError, PluginError) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(MISTAKE) from None
    except MachineError as error:
        typer.echo(f"{error}\nGo on with: {again(sys.argv)}", err=True)
        raise typer.Exit(FAILED) from None
    except KeyboardInterrupt:
        typer.echo(f"Stopped at once. Go on with: {again(sys.argv)}", err=True)
        raise typer.Exit(INTERRUPTED) from None
    except Exception as error:
        if (line := blame(error)) is not None:
            typer.echo(line, err=True)
            raise typer.Exit(MISTAKE) from None
        if not (isinstance(error, OSError) and error.errno in PASSING):
            raise
        where = error.filename or "what this command writes"
        typer.echo(f"{where}: {PASSING[error.errno]}\nGo on with: {again(sys.argv)}", err=True)
        raise typer.Exit(FAILED) from None


def console() -> Console:
    """Stdout; wide where no terminal sets a width."""
    found = Console(highlight=False)
    if not found.is_terminal and "COLUMNS" not in os.environ:
        return Console(highlight=False, width=_WIDTH_OF_A_FILE)
    return found


def show(renderable: RenderableType) -> None:
    """Print to stdout."""
    console().print(renderable)


def say(console: Console, text: str) -> None:
    """Print one line as it is, however long."""
    console.print(Text(text), soft_wrap=True)


def again(arguments: list[str]) -> str:
    """The command line as it was typed, but for passwords: those are left to who types it again."""
    told = arguments[1:]
    if not any("://" in argument for argument in told):
        return shlex.join(["ganbench", *told])
    from bench.tracking.address import redact

    option = "--tracking-uri="
    words = []
    for argument in told:
        if redact(argument) == argument:
            words.append(shlex.quote(argument))
        elif argument.startswith(option):
            words.append(option + spelled(argument.removeprefix(option)))
        else:
            words.append(spelled(argument))
    return " ".join(["ganbench", *words])


def spelled(uri: str) -> str:
    """An address as a shell takes it; instead of a password, a word at which the shell asks for it."""
    from bench.tracking.address import redact

    if (shown := redact(uri)) == uri and "***" not in uri:
        return shlex.quote(uri)
    return f'"${{MLFLOW_TRACKING_URI:?set it to {_STRANGE.sub("", shown)} with what is not shown}}"'


def retrying(command: str) -> str:
    """A call of `ganbench run` that tries failed runs again."""
    retry = "--retry failed"
    return command if retry in command else command.replace("ganbench run", f"ganbench run {retry}", 1)
