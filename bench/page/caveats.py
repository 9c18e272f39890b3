"""What else a reader has to know of an answer: what failed, what the seeds could show, what was declared."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bench.page.findings import asked
from bench.page.wording import Named, Parts, Sentence, arms, listed, with_comma
from bench.reports._families import declared_output, family
from bench.reports._grid import BROKEN
from bench.reports._search import found, told
from bench.reports._summary import Summary
from bench.reports._words import basis, departures, level
from bench.rows import Results
from bench.stats import detectable_effect, smallest_p
from bench.verdict import VERDICTS
from bench.wording import count

_ENDED = {
    "collapsed": "collapsed",
    "vanished": "vanished",
    "oscillating": "kept oscillating",
    "diverged": "diverged",
    "memorised": "memorised",
    "unfaithful": "ended unfaithful",
    "undertrained": "ended undertrained",
    "failed": "failed",
}
_MOST_GROUPS = 5
_FEW_NAMED = 3
_MOST_SEARCHED = 12
"""Arms whose knobs are told one by one."""
_ENOUGH = 100
"""Seeds beyond which nobody asks how many would do."""


def caveats(results: Results, summaries: Sequence[Summary]) -> list[Sentence]:
    """Failures, arms that do not apply, a search, power and the declaration, each in a sentence or two."""
    return [
        *failures(summaries),
        *_declined(summaries),
        *_searched(results.plan, summaries),
        power(results),
        declaration(results.plan),
    ]


def failures(summaries: Sequence[Summary]) -> list[Sentence]:
    """What became of the runs that did not end healthy, the worst first, arms with the same end together."""
    ended = sum(arm.ended for arm in summaries)
    sick = ended - sum(arm.healthy for arm in summaries)
    if not ended:
        return []
    if not sick:
        text = "The only run ended healthy." if ended == 1 else f"All {ended:,} runs ended healthy."
        return [Sentence("healthy", (text,))]
    groups = _worst_first(summaries)
    items = [_ends(group) for group in groups[:_MOST_GROUPS]]
    if rest := groups[_MOST_GROUPS:]:
        left: Counter[str] = Counter()
        for group in rest:
            left[group.verdict] += group.total
        named = ", ".join(f"{runs:,} {verdict}" for verdict, runs in left.most_common())
        only = _ended(next(iter(left))) if len(left) == 1 else None
        items.append((f"{left.total():,} more {only}" if only else f"{left.total():,} more: {named}",))
    head = f"{sick:,} of {count(ended, 'run')} did not end healthy"
    # Names with a comma have semicolons between them, which must not stand between the groups too.
    if any(with_comma(part) for item in items for part in item):
        items = [(str(first)[:1].upper() + str(first)[1:], *more) for first, *more in items]
        return [Sentence("failures", (f"{head}. ", *listed(items, ". ", ". "), "."))]
    return [Sentence("failures", (f"{head}: ", *listed(items, "; ", "; "), "."))]


@dataclass(frozen=True)
class _Group:
    """Arms of which as many runs ended in the same way."""

    verdict: str
    runs: int
    """Of each arm that ended so."""
    of: int
    """Of each arm that ended."""
    arms: tuple[Named, ...]

    @property
    def total(self) -> int:
        """Runs of all of them."""
        return self.runs * len(self.arms)

    @property
    def order(self) -> tuple[bool, int, int]:
        """Without a generator first, then where most runs are; else the order of a table's columns."""
        place = VERDICTS.index(self.verdict) if self.verdict in VERDICTS else len(VERDICTS)
        return self.verdict not in BROKEN, -self.total, place


def _worst_first(summaries: Sequence[Summary]) -> list[_Group]:
    groups: dict[tuple[str, int, int], list[Named]] = {}
    for index, arm in enumerate(summaries):
        for verdict, runs in arm.verdicts.items():
            if verdict != "healthy":
                groups.setdefault((verdict, runs, arm.ended), []).append(Named(index, arm.name))
    return sorted((_Group(*key, tuple(named)) for key, named in groups.items()), key=lambda one: one.order)


def _ends(group: _Group) -> Parts:
    """`all 10 runs of a collapsed`."""
    share = f"{group.runs} of {count(group.of, 'run')} of " if group.runs < group.of else _all(group.of)
    each = "each of " if len(group.arms) > 1 else ""
    return (f"{share}{each}", *arms(group.arms, _FEW_NAMED), f" {_ended(group.verdict)}")


def _ended(verdict: str) -> str:
    return _ENDED.get(verdict, f"ended {verdict}")


def _all(runs: int) -> str:
    return "the only run of " if runs == 1 else f"all {runs} runs of "


def _declined(summaries: Sequence[Summary]) -> list[Sentence]:
    named = [Named(index, arm.name) for index, arm in enumerate(summaries) if arm.reason is not None]
    if not named:
        return []
    verb = " does not apply" if len(named) == 1 else " do not apply"
    return [Sentence("declined", (*arms(named), f"{verb}; the table says why."))]


def _searched(plan: dict[str, Any], summaries: Sequence[Summary]) -> list[Sentence]:
    """How the arms' knobs were chosen, where they were searched."""
    if not plan.get("search"):
        return []
    said = [told(plan), *(f"{line}." for line in found(plan, {arm.id for arm in summaries}))]
    if more := len(said) - 1 - _MOST_SEARCHED:
        said = [*said[:-more], f"And {count(more, 'more arm')}: see comparison.md."] if more > 0 else said
    return [Sentence("searched", (text,)) for text in said]


def power(results: Results) -> Sentence:
    """What this number of seeds can show at all."""
    question, n = asked(results), len(results.plan["seeds"])
    if n < 2:
        return Sentence("few", ("One seed: no interval, no test, no conclusion about the arms.",))
    several = max(1, question.comparisons)
    effect = detectable_effect(n, alpha=question.alpha / several)
    corrected = f" corrected for {several} comparisons" if several > 1 else ""
    alpha = level(question.alpha)
    if several * smallest_p(n) >= question.alpha:
        enough = next(
            (more for more in range(n, _ENOUGH) if several * smallest_p(more) < question.alpha), None
        )
        text = f"{n} seeds are too few to conclude: no p{corrected} can fall below {alpha}"
        text += f"; {enough} seeds could." if enough else "."
        return Sentence("few", (text,))
    text = f"{n} seeds find, with 80 % power, differences of at least {effect:.1f} standard deviations"
    return Sentence(
        "power",
        (f"{text} of the paired differences (α = {alpha}{corrected}); smaller ones may be there unseen.",),
    )


def declaration(plan: dict[str, Any]) -> Sentence:
    """What was declared before the first run, and whether that still stands."""
    told = f"{basis(plan)}; α = {level(family(plan, declared_output(plan)).alpha)}"
    now, then = plan.get("compare"), plan.get("declared")
    if not now or not then:
        return Sentence("undeclared", (f"Nothing was declared before the first run. Taken is: {told}.",))
    if changes := departures(then, now, plan):
        text = f"This departs from what was declared before the first run: {'; '.join(changes)}."
        return Sentence("departed", (text,))
    return Sentence("declared", (f"Before the first run: {told}.",))
