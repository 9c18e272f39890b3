"""What every report is: results in, files out, the same bytes for the same results."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from bench.problems import UserError
from bench.rows import Results


class ProtocolError(UserError):
    """The results were scored with more than one protocol: a common table would mislead."""


@dataclass(frozen=True)
class Shape:
    """What of the results a table shows, and how; nothing of it changes a number."""

    columns: tuple[str, ...] = ()
    """Names of the columns that are wanted, in their order; empty: the usual ones."""
    sort: str = ""
    """Column that rows are sorted by, `-` before it for descending; empty: the plan's order."""
    arms: tuple[str, ...] = ()
    """Names of the arms that are wanted, `*` for any text; empty: all."""
    precision: int | None = None
    """Decimals; None: as many as each output asks for."""
    pivot: tuple[str, str] | None = None
    """Two factors, for a two-way table: rows, columns."""


AS_IT_IS = Shape()


class Report(ABC):
    """One way to show a study's results."""

    format: ClassVar[str]
    """What `--format` calls it."""
    makes: ClassVar[tuple[str, ...]] = ()
    """Every file that it may write, as patterns within the folder: what is there and was not written now is
    a former answer, and removed."""
    lacking: ClassVar[str] = "these results hold nothing for it"
    """Why there may be nothing to write, in words."""
    left_out: Sequence[str] = ()
    """After `write`: what of it these results hold nothing for, and why, a line each."""
    on_demand: ClassVar[bool] = False
    """Whether only who asks for it gets it: it costs more than the end of a run should."""

    @abstractmethod
    def write(self, results: Results, folder: Path, shape: Shape = AS_IT_IS) -> list[Path]:
        """Write the report's files into `folder`, which is created; their paths."""


def save(folder: Path, name: str, text: str) -> Path:
    """Write a file into `folder`, which is created; its path."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text(text, encoding="utf-8", newline="")
    return path


def check_protocols(results: Results) -> None:
    """Raise ProtocolError if the rows were scored with more than one protocol."""
    if len(results.protocols) > 1:
        names = ", ".join(sorted(results.protocols))
        raise ProtocolError(
            f"{len(results.protocols)} protocols among the runs ({names}): their scores cannot share a "
            "table; `ganbench report --mix-protocols` writes one all the same, marked as mixed"
        )
