"""A study's answer in sentences, from the same summary as the table; none says more than the numbers do.

A difference is told as a finding only where its interval excludes 0 and its corrected p is below the declared
level; everything else "cannot be told apart".
"""

from __future__ import annotations

from collections.abc import Sequence

from bench.page.findings import Finding, Question, asked, best, findings
from bench.page.wording import MOST_NAMED, Named, Part, Parts, Sentence, arms, listed
from bench.reports._estimates import equal, interval
from bench.reports._summary import Summary
from bench.rows import Results
from bench.wording import count, minus, number

_SHOWN = {"better": ("better", "ahead"), "worse": ("worse", "behind"), "differs": ("differs",)}
"""What the first sentence counts as one."""
_WITHOUT_SIZE = {
    "ahead": "comes before the baseline",
    "behind": "comes after the baseline",
    "unmeasured": "cannot be told from the baseline",
}
"""Of arms whose difference has a test and no size."""


def answer(results: Results, summaries: Sequence[Summary]) -> list[Sentence]:
    """What a reader should know first, in the order of reading."""
    question = asked(results)
    baseline = results.plan.get("baseline")
    found = findings(question, summaries, baseline)
    base = next(
        (
            Finding(i, arm, arm.cells[question.output], "unknown")
            for i, arm in enumerate(summaries)
            if arm.id == baseline and arm.reason is None
        ),
        None,
    )
    said = _cautions(results, summaries)
    if question.mixed:
        said.append(_mixed(results))
    elif not any(arm.cells[question.output].final.n for arm in summaries if arm.reason is None):
        said.append(_nothing(question, summaries))
    else:
        said += [
            _lead(question, found, base, baseline),
            *_claims(question, found),
            *_open(question, found, base is not None),
        ]
        said += _best(question, summaries)
    return said


def _cautions(results: Results, summaries: Sequence[Summary]) -> list[Sentence]:
    waiting = sum(len(arm.unfinished) for arm in summaries)
    if not waiting:
        return []
    total = sum(arm.planned for arm in summaries)
    text = f"Provisional: {waiting:,} of {count(total, 'run')} have not ended; whatever follows may change."
    return [Sentence("provisional", (text,))]


def _mixed(results: Results) -> Sentence:
    text = (
        f"The runs were scored in {len(results.protocols)} different ways. Their scores do not compare, "
        "so no arm is ranked and no difference is claimed."
    )
    return Sentence("mixed", (text,))


def _nothing(question: Question, summaries: Sequence[Summary]) -> Sentence:
    ended = sum(arm.ended for arm in summaries)
    if not ended:
        return Sentence("nothing", ("No run has ended yet: there is no answer.",))
    text = (
        f"No run ended with a score of {question.label} ({count(ended, 'run')} ended): no arm can be ranked."
    )
    return Sentence("nothing", (text,))


def _lead(
    question: Question, found: Sequence[Finding], base: Finding | None, baseline: str | None
) -> Sentence:
    """How many arms did what, beside whom."""
    if base is None:
        return Sentence("lead", (_unlike(baseline),))
    if not found:
        return Sentence("lead", ("There is one arm, ", _named(base), ": nothing to compare it with."))
    if not base.cell.final.n:
        text = f", has no score of {question.label}: no difference to it has a size."
        return Sentence("lead", ("The baseline, ", _named(base), text))
    score = minus(interval(base.cell.final, question.digits))
    against: Parts = (" the baseline ", _named(base), f" ({question.label} {score})")
    many = {kind: sum(one.kind in same for one in found) for kind, same in _SHOWN.items()}
    total = count(len(found), "arm")
    parts: list[Parts] = []
    if many["better"]:
        parts.append((f"{many['better']} of {total} beat{'s' * (many['better'] == 1)}", *against))
    if many["worse"]:
        text = f"{'is' if many['worse'] == 1 else 'are'} worse than"
        where: Parts = (" it",) if parts else against
        parts.append((f"{many['worse']} {text}" if parts else f"{many['worse']} of {total} {text}", *where))
    if many["differs"]:
        text = "differs from" if many["differs"] == 1 else "differ from"
        parts.append((f"{many['differs']} of {total} {text}", *against))
    if not parts:
        subject = "The only other arm cannot" if len(found) == 1 else f"None of {len(found)} arms can"
        return Sentence("lead", (f"{subject} be told apart from", *against, "."))
    rest = len(found) - sum(many.values())
    if rest:
        parts.append((f"{rest} cannot be told apart from it",))
    return Sentence("lead", (*listed(parts, "; ", "; "), "."))


def _unlike(baseline: str | None) -> str:
    """Why nothing is compared with a baseline."""
    if baseline is None:
        return "The study has no baseline: nothing is compared."
    return "The baseline does not apply: nothing is compared."


def _claims(question: Question, found: Sequence[Finding]) -> list[Sentence]:
    """Differences that are findings, the largest first; arms with the same numbers share a sentence."""
    said, family = [], question.comparisons
    for kind in ("better", "worse", "differs"):
        groups: dict[tuple[str, ...], list[Finding]] = {}
        for one in sorted((one for one in found if one.kind == kind), key=_size, reverse=True):
            groups.setdefault(_numbers(question, one), []).append(one)
        for (size, verb, final, p, health), several in groups.items():
            names = arms([_named(one) for one in several])
            ending = "" if len(several) > 1 else "s"
            each = " each" if len(several) > 1 else ""
            correction = f", Holm over {family} comparisons" if family > 1 else ""
            text = (
                f" {verb}{ending} {question.label} by {size} to {final}{each} (p {p}{correction}); {health}."
            )
            said.append(Sentence(kind, (*names, text)))
    return said + _by_failures(question, found)


def _by_failures(question: Question, found: Sequence[Finding]) -> list[Sentence]:
    """Comparisons with hardly a pair of scores left: who fails is what is tested."""
    said = []
    for kind, verb in _WITHOUT_SIZE.items():
        for one in (one for one in found if one.kind == kind):
            correction = f", Holm over {question.comparisons} comparisons" if question.comparisons > 1 else ""
            text = (
                f" {verb} (p {equal(one.cell.p_holm)}{correction}): who is first in each seed, "
                f"runs without a score last; {one.cell.unscored} of {count(one.arm.ended, 'run')} have none. "
                "Too few scores to say by how much."
            )
            said.append(Sentence(kind, (_named(one), text)))
    return said


def _open(question: Question, found: Sequence[Finding], compared: bool) -> list[Sentence]:
    """Arms of which no difference is claimed, and why not."""
    said = []
    undecided = [one for one in found if one.kind == "undecided"]
    if undecided:
        most = max(one.cell.final.n for one in undecided)
        shown = [(_named(one), f" ({_difference(question, one)})") for one in undecided[:MOST_NAMED]]
        more = len(undecided) - len(shown)
        items: list[Parts] = [*shown, *([(f"{count(more, 'more arm')}",)] if more else [])]
        head = f"No difference that {count(most, 'seed')} can show: "
        said.append(Sentence("undecided", (head, *listed(items), ".")))
    withheld = [one for one in found if one.kind == "withheld"]
    if withheld:
        text = (
            ": nothing is claimed. Runs without a score are missing from the means, and what is left "
            "flatters whoever failed."
        )
        said.append(Sentence("withheld", (*arms([_named(one) for one in withheld]), text)))
    unasked = [one for one in found if one.kind == "unasked"]
    if unasked:
        text = " not among the comparisons that were declared, so not tested."
        verb = " is" if len(unasked) == 1 else " are"
        said.append(Sentence("unasked", (*arms([_named(one) for one in unasked]), verb + text)))
    unknown = [one for one in found if one.kind == "unknown" and compared]
    if unknown:
        verb = " shares" if len(unknown) == 1 else " share"
        text = f"{verb} fewer than two scored seeds with the baseline: no difference, nothing shown."
        said.append(Sentence("unknown", (*arms([_named(one) for one in unknown]), text)))
    return said


def _best(question: Question, summaries: Sequence[Summary]) -> list[Sentence]:
    """Whose mean is best, which is not the same as being shown to be."""
    leaders, tied = best(question, summaries)
    if not leaders:
        return []
    word = "highest" if question.direction == "higher" else "lowest"
    score = minus(number(summaries[leaders[0]].cells[question.output].final.mean, question.digits))
    parts: list[Part] = [f"The {word} mean, {score}, is that of "]
    parts += arms([Named(i, summaries[i].name) for i in leaders])
    if tied:
        names = [Named(i, summaries[i].name) for i in tied]
        parts += ["; from it cannot be told: ", *arms(names)]
    return [Sentence("best", (*parts, "."))]


def _named(one: Finding) -> Named:
    return Named(one.index, one.arm.name)


def _size(one: Finding) -> float:
    return abs(one.cell.difference.interval.mean) if one.cell.difference else 0.0


def _numbers(question: Question, one: Finding) -> tuple[str, ...]:
    """Size, verb, final score, p and health of a finding, as they are read."""
    assert one.cell.difference is not None
    value, digits = one.cell.difference.interval, question.digits
    pairs = f"{count(value.n, 'seed')} have both scores; " if one.cell.difference.left_out else ""
    up = value.mean > 0
    return (
        minus(interval(value if up else value.mirrored, digits)),
        "raise" if up else "lower",
        minus(number(one.cell.final.mean, digits)),
        equal(one.cell.p_holm),
        f"{pairs}{one.arm.healthy} of {count(one.arm.ended, 'run')} healthy",
    )


def _difference(question: Question, one: Finding) -> str:
    assert one.cell.difference is not None
    told = minus(interval(one.cell.difference.interval, question.digits, sign=True))
    return f"{told}, p {equal(one.cell.p_holm)}"
