"""What a file must never be allowed to do: run code while it is read."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path


class Trap:
    """Leaves a trace, an empty file, when it is unpickled."""

    def __init__(self, trace: Path) -> None:
        self.trace = trace

    def __reduce__(self) -> tuple[Callable[[Path], None], tuple[Path]]:
        return (Path.touch, (self.trace,))
