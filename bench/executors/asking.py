"""Another process to ask for what needs torch: this one stays light, and does something else meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

from bench.errands import Ask
from bench.executors.process import Process


@contextmanager
def aside(name: str) -> Iterator[Process]:
    """A process that imports torch, for this one need not; gone when the block ends.

    Args:
        name: What users read.
    """
    process = Process(name, first=True)
    try:
        yield process
    finally:
        # One with something to tidy up has been ended before; to take torch apart takes a second.
        process.process.kill()
        process.end()


@contextmanager
def asking(doing: str) -> Iterator[Ask]:
    """What calls a function in a process that is there for that.

    Args:
        doing: What it is asked for, in words.
    """
    with aside("helper") as other:
        yield partial(other.call, doing)
