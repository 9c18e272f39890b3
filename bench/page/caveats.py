"""What else a reader has to know of an answer: what failed, what the seeds could show, what was declared."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bench.page.findings import asked
from bench.page.wording import Named, Parts, Sentence, arms, listed
from bench.reports._families import declared_output, family
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
_ENOUGH = 100
"""Seeds beyond which nobody asks how many would do."""


def caveats(results: Results, summaries: Sequence[Summary]) -> list[Sentence]:
    """Failures, arms that do not apply, power and the declaration, each in a sentence or two."""
    return [
        *failures(summaries),
        *_declined(summaries),
        power(results),
        declaration(results.plan),
    ]


def failures(summaries: Sequence[Summary]) -> list[Sentence]:
    """What became of the runs that did not end healthy, arms with the same end together."""
    ended = sum(arm.ended for arm in summaries)
    sick = ended - sum(arm.healthy for arm in summaries)
    if not ended:
        return []
    if not sick:
        text = "The only run ended healthy." if ended == 1 else f"All {ended:,} runs ended healthy."
        return [Sentence("healthy", (text,))]
    groups: dict[tuple[int, int, int, str], list[Named]] = {}
    for index, arm in enumerate(summaries):
        for verdict, runs in arm.verdicts.items():
            if verdict != "healthy":
                order = VERDICTS.index(verdict) if verdict in VERDICTS else len(VERDICTS)
                key = (order, -runs, arm.ended, verdict)
                groups.setdefault(key, []).append(Named(index, arm.name))
    items: list[Parts] = []
    told = 0
    for (_, negative, of, verdict), named in sorted(groups.items(), key=lambda group: group[0])[
        :_MOST_GROUPS
    ]:
        told += -negative * len(named)
        share = f"{-negative} of {count(of, 'run')} of " if -negative < of else _all(of)
        each = "each of " if len(named) > 1 else ""
        items.append(
            (f"{share}{each}", *arms(named, _FEW_NAMED), f" {_ENDED.get(verdict, f'ended {verdict}')}")
        )
    more = f"; {count(sick - told, 'more run')} ended otherwise than healthy" if sick > told else ""
    head = f"{sick:,} of {count(ended, 'run')} did not end healthy: "
    return [Sentence("failures", (head, *listed(items, "; ", "; "), f"{more}."))]


def _all(runs: int) -> str:
    return "the only run of " if runs == 1 else f"all {runs} runs of "


def _declined(summaries: Sequence[Summary]) -> list[Sentence]:
    named = [Named(index, arm.name) for index, arm in enumerate(summaries) if arm.reason is not None]
    if not named:
        return []
    verb = " does not apply" if len(named) == 1 else " do not apply"
    return [Sentence("declined", (*arms(named), f"{verb}; the table says why."))]


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
