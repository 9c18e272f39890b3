"""All checks of a component, its kind's own and those of its documentation."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from bench.contracts import data, documentation, losses, metrics, models, optimizers, tricks
from bench.contracts.base import Check, Finding, Subject, findings
from bench.plugins import KINDS, given

CHECKS: Mapping[str, Sequence[Check]] = {
    "trick": tricks.CHECKS,
    "loss": losses.CHECKS,
    "optimizer": optimizers.CHECKS,
    "model": models.CHECKS,
    "data": data.CHECKS,
    "metric": metrics.CHECKS,
}
"""Kind -> the rules that every component of it keeps, besides those of `documentation`."""
GATES: Sequence[Check] = (
    *documentation.GATES,
    *(gate for kind in (tricks, losses, optimizers, models, data, metrics) for gate in kind.GATES),
)
"""Rules on which those after them rest."""


def rules(kind: str) -> Sequence[Check]:
    """All that a component of this kind has to keep."""
    return (*documentation.CHECKS, *CHECKS[kind])


def verify(subject: Subject) -> Iterator[Finding]:
    """What holds for a component and what does not, one finding a rule."""
    return findings(subject, rules(subject.registry.kind), GATES)


@contextmanager
def on_trial(file: Path, root: Path = Subject.root) -> Iterator[Subject]:
    """The component in a file, a plug-in or one of ganbench's own; by name only while the block runs.

    Args:
        file: Its source.
        root: Folder of datasets that live in files.

    Raises:
        bench.problems.StudyError: The file holds none, or what it holds cannot be read.
    """
    for registry in KINDS.values():
        if file.resolve().parent == registry.folder.resolve() and file.stem in registry.own_names():
            with given([]):
                yield Subject(registry, file.stem, root)
            return
    with given([file]) as found:
        (spec,) = (spec for spec in found if spec.file and spec.file.resolve() == file.resolve())
        yield Subject(KINDS[spec.kind], spec.name, root)
