"""What is wrong with a study's file: every mistake a line, all of them at once."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, order=True)
class Problem:
    """One mistake at one place. Lines and columns count from 1."""

    file: str
    line: int
    column: int
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}: {self.message}"


class UserError(Exception):
    """What a user can cause and mend: the message is all that the command line prints."""


class MachineError(Exception):
    """What the machine did, and may not do another time: nothing that a user has typed is wrong."""


class StudyError(UserError):
    """The study cannot be used; `problems` says why, in the order of the file."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = sorted(set(problems))
        super().__init__(self.problems)

    def __str__(self) -> str:
        return "\n".join(str(problem) for problem in self.problems)
