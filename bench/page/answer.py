"""A study's answer in sentences, from the same summary as the table; none says more than the numbers do.

A difference is told as a finding only where its interval excludes 0 and its corrected p is below the declared
level. Where only the first is so it is suggestive; everything else "cannot be told apart".
"""

from __future__ import annotations

from collections.abc import Sequence

from bench.page.findings import Finding, Question, asked, best, findings
from bench.page.wording import MOST_NAMED, Named, Part, Parts, Sentence, arms, listed
from bench.reports._estimates import equal, interval
from bench.reports._summary import Summary
from bench.reports._words import level
from bench.rows import Results
from bench.wording import count, minus, number

_SHOWN = {"better": ("better", "ahead"), "worse": ("worse", "behind"), "differs": ("differs",)}
"""What the first sentence counts as one."""
_ALIKE = ("undecided", "unmeasured")
"""What cannot be told apart: of other open comparisons no more than that nothing was shown."""
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
    claimed = {kind for same in _SHOWN.values() for kind in same}
    rest = [one for one in found if one.kind not in claimed]
    alike = all(one.kind in _ALIKE for one in rest)
    if not parts:
        return _none(len(found), alike, against)
    if rest:
        text = "{} cannot be told apart from it" if alike else "for {} no difference is shown"
        parts.append((text.format(len(rest)),))
    return Sentence("lead", (*listed(parts, "; ", "; "), "."))


def _none(arms: int, alike: bool, against: Parts) -> Sentence:
    """Of arms of which none was shown to differ: more than that only where nothing even suggests it."""
    if alike:
        subject = "The only other arm cannot" if arms == 1 else f"None of {arms} arms can"
        return Sentence("lead", (f"{subject} be told apart from", *against, "."))
    subject = "For the only other arm no" if arms == 1 else f"For none of {arms} arms is a"
    end = " is shown." if arms == 1 else " shown."
    return Sentence("lead", (f"{subject} difference from", *against, end))


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
    said = _suggestive(question, found)
    undecided = [one for one in found if one.kind == "undecided"]
    if undecided:
        most = max(one.cell.final.n for one in undecided)
        head = f"No difference that {count(most, 'seed')} can show: "
        said.append(Sentence("undecided", (head, *_differences(question, undecided), ".")))
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


def _suggestive(question: Question, found: Sequence[Finding]) -> list[Sentence]:
    """Arms whose interval and test do not agree, the largest difference first."""
    several = sorted((one for one in found if one.kind == "suggestive"), key=_size, reverse=True)
    if not several:
        return []
    whose = "the interval excludes" if len(several) == 1 else "the intervals exclude"
    test = f"test corrected for {question.comparisons} comparisons" if question.comparisons > 1 else "test"
    reach = f"the {test} does not reach {level(question.alpha)}"
    head = f"Suggestive, not shown ({whose} 0, but {reach}): "
    lost = any(one.cell.difference is not None and one.cell.difference.left_out for one in several)
    note = " Runs without a score are missing from the intervals, not from the test." if lost else ""
    return [Sentence("suggestive", (head, *_differences(question, several), f".{note}"))]


def _differences(question: Question, several: Sequence[Finding]) -> Parts:
    """The arms with their differences, at most MOST_NAMED; of the others, how many they are."""
    items: list[Parts] = [(_named(one), f" ({_difference(question, one)})") for one in several[:MOST_NAMED]]
    if len(several) > MOST_NAMED:
        items.append((count(len(several) - MOST_NAMED, "more arm"),))
    return listed(items)


def _best(question: Question, summaries: Sequence[Summary]) -> list[Sentence]:
    """Whose mean is best, which is not the same as being shown to be."""
    leaders, tied = best(question, summaries)
    if not leaders:
        return []
    word = "highest" if question.direction == "higher" else "lowest"
    score = minus(number(summaries[leaders[0]].cells[question.output].final.mean, question.digits))
    parts: list[Part] = [f"The {word} mean, {score}, is that of "]
    parts += arms([Named(i, summaries[i].name) for i in leaders])
    parts += _health([summaries[i] for i in leaders])
    if tied:
        names = [Named(i, summaries[i].name) for i in tied]
        parts += ["; from it cannot be told: ", *arms(names)]
    return [Sentence("best", (*parts, "."))]


def _health(leaders: Sequence[Summary]) -> Parts:
    """How many runs of the arms with the best mean are healthy, unless all are."""
    ended, healthy = sum(arm.ended for arm in leaders), sum(arm.healthy for arm in leaders)
    if healthy == ended:
        return ()
    whose = "its" if len(leaders) == 1 else "their"
    if not healthy:
        many = f"none of {whose} {count(ended, 'run')}" if ended > 1 else "its only run"
        return (f" ({many} is{' not' * (ended == 1)} healthy)",)
    return (f" ({healthy:,} of {whose} {count(ended, 'run')} {'is' if healthy == 1 else 'are'} healthy)",)


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
