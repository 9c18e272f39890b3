"""What every report is: results in, files out, the same bytes for the same results."""

from __future__ import annotations

from abc import ABC, abstractmethod
from pathlib import Path

from bench.problems import UserError
from bench.rows import Results


class ProtocolError(UserError):
    """The results were scored with more than one protocol: a common table would mislead."""


class Report(ABC):
    """One way to show a study's results."""

    @abstractmethod
    def write(self, results: Results, folder: Path) -> list[Path]:
        """Write the report's files into `folder`, which is created; their paths."""


def check_protocols(results: Results) -> None:
    """Raise ProtocolError if the rows were scored with more than one protocol."""
    if len(results.protocols) > 1:
        names = ", ".join(sorted(results.protocols))
        raise ProtocolError(
            f"{len(results.protocols)} protocols among the runs ({names}): their scores cannot share a "
            "table; `ganbench report --mix-protocols` writes one all the same, marked as mixed"
        )
