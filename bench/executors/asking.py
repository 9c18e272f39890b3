"""Another process to ask for what needs torch: this one stays light, and does something else meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from bench.errands import Ask
from bench.executors.process import Process


@contextmanager
def asking(doing: str) -> Iterator[Ask]:
    """What calls a function in a process that is there for that.

    Args:
        doing: What it is asked for, in words.
    """
    other = Process("helper", first=True)

    def ask(function: Callable[..., Any], *arguments: object) -> Any:
        return other.call(doing, function, *arguments)

    try:
        yield ask
    finally:
        # It holds nothing; to take torch apart would take it a second.
        other.process.kill()
        other.end()
