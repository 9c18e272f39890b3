"""What else a reader has to know of an answer: what failed, what the seeds could show, what was declared."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bench.page.findings import asked, comparisons
from bench.page.wording import Named, Part, Parts, Sentence, arms, listed
from bench.reports._summary import Summary
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
_PARTS = {
    "metric": "the metric",
    "direction": "the better end",
    "family": "the family of comparisons",
    "alpha": "α",
    "baseline": "the baseline",
    "arms": "the arms",
    "seeds": "the seeds",
}
_FAMILIES = {
    "all_vs_baseline": "every arm against the baseline",
    "all_pairs": "every pair of arms",
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
        power(results, summaries),
        declaration(results.plan, asked(results).label),
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


def power(results: Results, summaries: Sequence[Summary]) -> Sentence:
    """What this number of seeds can show at all."""
    question, n = asked(results), len(results.plan["seeds"])
    if n < 2:
        return Sentence("few", ("One seed: no interval, no test, no conclusion about the arms.",))
    family = max(1, comparisons(question, summaries))
    effect = detectable_effect(n, alpha=question.alpha / family)
    corrected = f" corrected for {family} comparisons" if family > 1 else ""
    level = f"{question.alpha:g}".lstrip("0")
    if family * smallest_p(n) >= question.alpha:
        enough = next(
            (more for more in range(n, _ENOUGH) if family * smallest_p(more) < question.alpha), None
        )
        text = f"{n} seeds are too few to conclude: no p{corrected} can fall below {level}"
        text += f"; {enough} seeds could." if enough else "."
        return Sentence("few", (text,))
    text = f"{n} seeds find, with 80 % power, differences of at least {effect:.1f} standard deviations"
    return Sentence(
        "power",
        (f"{text} of the paired differences (α = {level}{corrected}); smaller ones may be there unseen.",),
    )


def declaration(plan: dict[str, Any], label: str) -> Sentence:
    """What was declared before the first run, and whether that still stands."""
    now, then = plan.get("compare"), plan.get("declared")
    if not now or not then:
        text = (
            f"No comparison was declared before the first run; this page takes {label}, the primary output."
        )
        return Sentence("undeclared", (text,))
    departed = [name for key, name in _PARTS.items() if now.get(key) != then.get(key)]
    if departed:
        parts: list[Part] = ["This departs from what was declared before the first run: changed since then "]
        parts.append("is " if len(departed) == 1 and not departed[0].endswith("s") else "are ")
        return Sentence("departed", (*parts, *listed([(name,) for name in departed]), "."))
    family = now.get("family")
    compared = _FAMILIES.get(family) if isinstance(family, str) else None
    if compared is None:
        compared = f"{count(len(family or ()), 'chosen arm')} against the baseline"
    better = {"higher": ", higher is better", "lower": ", lower is better"}.get(now.get("direction", ""), "")
    level = f"{float(now.get('alpha', 0.05)):g}".lstrip("0")
    text = f"Declared before the first run: {label}{better}; {compared}; α = {level}."
    return Sentence("declared", (text,))
