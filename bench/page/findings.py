"""What may be said of every arm beside the baseline, before anybody puts it into words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bench.page.wording import Kind
from bench.reports._families import declared_output, family
from bench.reports._summary import Cell, Summary
from bench.rows import Results


@dataclass(frozen=True)
class Question:
    """What a study asks of its arms."""

    output: str
    label: str
    direction: str
    """The end that is better: `higher`, `lower` or `none`."""
    digits: int
    comparisons: int
    """Those that p-values are corrected for."""
    alpha: float
    """Corrected p below which a difference is a finding."""
    mixed: bool
    """The runs were scored in several ways, so that no two arms compare."""


@dataclass(frozen=True)
class Finding:
    """One arm beside the baseline on one output."""

    index: int
    """Place in the plan."""
    arm: Summary
    cell: Cell
    kind: Kind


def asked(results: Results) -> Question:
    """What the study declared, or the defaults where it declared nothing."""
    plan = results.plan
    output = declared_output(plan)
    about, told = plan["outputs"][output], family(plan, output)
    return Question(
        output=output,
        label=about["label"],
        direction=about["direction"],
        digits=about["digits"],
        comparisons=told.size,
        alpha=told.alpha,
        mixed=len(results.protocols) > 1,
    )


def findings(question: Question, summaries: Sequence[Summary], baseline: str | None) -> list[Finding]:
    """One for each arm that applies, the baseline's own excepted, in the plan's order."""
    base = next((arm for arm in summaries if arm.id == baseline), None)
    return [
        Finding(index, arm, arm.cells[question.output], _kind(question, arm.cells[question.output], base))
        for index, arm in enumerate(summaries)
        if arm.reason is None and arm.id != baseline
    ]


def sure(cell: Cell, alpha: float) -> bool:
    """Whether a difference is a finding: its interval excludes 0, and its corrected p is below `alpha`."""
    found = cell.difference
    if found is None or found.interval.low is None or found.undecided:
        return False
    return cell.p_holm is not None and cell.p_holm < alpha


def _kind(question: Question, cell: Cell, base: Summary | None) -> Kind:
    """How much may be claimed.

    Scores that are missing because runs broke speak for the arm that broke: a gain over seeds that only the
    survivors have is withheld. A loss in spite of them is not. Where runs of either arm broke, p is of who is
    better in each seed, and may point the other way than the means: then nothing is claimed. An interval that
    excludes 0 beside a corrected p that is too large claims nothing, and is told for what it is.
    """
    if question.mixed or base is None or cell.difference is None or cell.p is None:
        return "unknown"
    ranked = _ahead(cell) if cell.unscored or base.cells[question.output].unscored else None
    if cell.p_holm is None:
        return "unasked"
    if cell.difference.interval.low is None:
        return _without_size(question, cell)
    if cell.difference.undecided:
        return "undecided"
    gain = _gain(question.direction, cell)
    if not sure(cell, question.alpha):
        return "withheld" if gain is not None and ranked not in (None, gain) else "suggestive"
    if gain is None:
        broken = cell.unscored or base.cells[question.output].unscored
        return "withheld" if broken else "differs"
    if (cell if gain else base.cells[question.output]).unscored or ranked not in (None, gain):
        return "withheld"
    return "better" if gain else "worse"


def _without_size(question: Question, cell: Cell) -> Kind:
    """Of a comparison that rests on who is first in each seed alone: too few scores for a difference."""
    assert cell.p_holm is not None
    ranked = _ahead(cell)
    if ranked is None or cell.p_holm >= question.alpha:
        return "unmeasured"
    return "ahead" if ranked else "behind"


def _gain(direction: str, cell: Cell) -> bool | None:
    """Whether the difference is an improvement; None where neither end is better."""
    if direction not in ("higher", "lower") or cell.difference is None:
        return None
    return (cell.difference.interval.mean > 0) == (direction == "higher")


def _ahead(cell: Cell) -> bool | None:
    """Whether the arm's runs are the better ones, failures last; None where that cannot be said."""
    if cell.improvement is None or not cell.improvement.interval.n or cell.improvement.interval.mean == 0.5:
        return None
    return cell.improvement.interval.mean > 0.5


def best(question: Question, summaries: Sequence[Summary]) -> tuple[list[int], list[int]]:
    """Places of the arms with the best mean, and of those that cannot be told from them."""
    cells: list[tuple[int, Any]] = [
        (index, arm.cells[question.output]) for index, arm in enumerate(summaries) if arm.reason is None
    ]
    return [i for i, cell in cells if cell.leads], [i for i, cell in cells if cell.tied]
