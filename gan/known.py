"""Which plug-ins this process knows, and which of them a name alone finds.

    known       by kind, name and digest of the source: never forgotten, and never another one
    in force    by kind and name: only while a block runs, such as the reading of one study

Whatever a study has chosen carries the digest, so that two studies whose plug-ins share a name can be
planned and trained in one process.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gan.registry import Spec


class PluginError(Exception):
    """A plug-in cannot be used: the message is one line that says which, and why."""


_in_force: ContextVar[tuple[Spec, ...]] = ContextVar("plug-ins in force", default=())
_known: dict[tuple[str, str, str], Spec] = {}


def know(plugins: Iterable[Spec]) -> None:
    """Let plug-ins be found by the digest of their source, for the life of this process."""
    _known.update({(spec.kind, spec.name, spec.source or ""): spec for spec in plugins})


@contextmanager
def in_force(plugins: Iterable[Spec]) -> Iterator[None]:
    """Let these plug-ins, and no others, be found by their name alone while the block runs."""
    chosen = tuple(plugins)
    know(chosen)
    before = _in_force.set(chosen)
    try:
        yield
    finally:
        _in_force.reset(before)


def named(kind: str) -> dict[str, Spec]:
    """Plug-ins of this kind that are in force, by name."""
    return {spec.name: spec for spec in _in_force.get() if spec.kind == kind}


def exactly(kind: str, name: str, source: str) -> Spec:
    """The plug-in whose source has this digest. Raises PluginError if this process does not know it."""
    if (kind, name, source) not in _known:
        raise PluginError(
            f"the plug-in {name} (sha256 {source[:12]}) is not as it was when the study was read: its file "
            "has changed since; start again"
        )
    return _known[kind, name, source]
