"""How a call of `ganbench run` speaks: to a person, in warnings only, or to a program; and how it ends."""

from __future__ import annotations

import sys
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout

from rich.console import Console

from bench.ending import Ending
from bench.json_view import JsonView
from bench.live import Screen
from bench.problems import MachineError, UserError
from bench.progress import Lines, Quiet, View
from bench.shell import FAILED, INTERRUPTED, MISTAKE, again, say
from gan.data.errors import DataError
from gan.known import PluginError


class Voice(ABC):
    """Where everything goes that a call has to say."""

    view: View
    """What is seen while it runs."""
    talk: Console
    """The plan, the table, and what is written where."""

    @abstractmethod
    def end(self, ending: Ending) -> None:
        """The last words."""


class Aloud(Voice):
    """For a person: everything, or (`quiet`) only warnings and the end."""

    def __init__(self, console: Console, quiet: bool = False) -> None:
        self._console = console
        self.talk = Console(quiet=True) if quiet else console
        watched = Screen if console.is_terminal else Lines
        self.view = Quiet(console) if quiet else watched(console)

    def end(self, ending: Ending) -> None:
        for sentence in ending.sentences:
            say(self._console, sentence)


class Json(Voice):
    """For a program: one object a line on what was stdout, and nothing else there."""

    def __init__(self, view: JsonView) -> None:
        self.talk = Console(quiet=True)
        self.view = self._view = view

    def end(self, ending: Ending) -> None:
        told = {"status": ending.status, "how": ending.how, "sentences": list(ending.sentences)}
        self._view.emit("end", **told, next=ending.onward, **ending.counts)


@contextmanager
def chosen(console: Console, quiet: bool, as_json: bool) -> Iterator[Voice]:
    """The voice that was asked for. In JSON, what goes wrong becomes the last line, too, and is raised again.

    Raises:
        UserError: Two voices were asked for.
    """
    if quiet and as_json:
        raise UserError("--quiet and --json: choose one")
    if not as_json:
        yield Aloud(console, quiet)
        return
    voice = Json(JsonView(sys.stdout))
    # Whatever a library has to say must not end up between the lines.
    with redirect_stdout(sys.stderr):
        try:
            yield voice
        except (UserError, DataError, PluginError) as error:
            voice.end(Ending(MISTAKE, "mistake", tuple(str(error).splitlines())))
            raise
        except MachineError as error:
            voice.end(Ending(FAILED, "failed", tuple(str(error).splitlines()), again(sys.argv)))
            raise
        except KeyboardInterrupt:
            voice.end(Ending(INTERRUPTED, "interrupted", ("Stopped at once.",), again(sys.argv)))
            raise
