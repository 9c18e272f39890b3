"""What the signs of a table mean: of those that are in it, and of no others."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from bench.reports._document import Block, Paragraph, Table
from bench.reports._families import family
from bench.reports._first import First
from bench.reports._view import Shaped
from bench.stopping import STOPPED, StopWhen
from bench.wording import count, labelled

_NAMED = 12
"""Arms up to which each is told of."""
_SCORES = frozenset({"final", "best", "best_mean", "median", "iqm", "area"})
"""Columns in the output's own unit."""
_STUDENT = frozenset({"final", "best", "difference", "area"})
"""Columns with Student's interval."""
_TIED = (
    "†: not distinguishable from the best: the 95 % interval of the paired difference covers 0, "
    "or all of it rounds to 0. With fewer than two pairs there is no such interval, and no mark."
)
_TIED_WITH_FAILURES = (
    "†‡: its surviving runs are not behind the best arm's, and a sign test in which failures "
    "lose does not tell the two arms apart."
)
_BEST, _BEST_RANK = "the best mean", "the best mean rank, for every arm has failures, which rank last"
MORE = {
    ("iqm", "median"): (
        "IQM: mean of the middle half of the runs; in it and in the median failures are worst, and where "
        "they reach so far there is none."
    ),
    ("area",): (
        "Over training: the score averaged over the steps, the area under the learning curve over its span."
    ),
    ("sd", "scoring_sd"): (
        "SD: of the final scores over runs; of scoring: of one trained state over fresh samples, the part "
        "that more samples would remove."
    ),
    ("p",): "p: uncorrected.",
    ("d_z",): "d_z: Δ over the standard deviation of the paired differences.",
    ("detectable",): ("Smallest Δ found: what a t test of these pairs finds with 80 % power, uncorrected."),
    ("improvement",): (
        "P(better): probability that a run is better than one of the baseline, failures worst of all, with "
        "a bootstrap interval that covers too little below ten seeds."
    ),
}
"""Columns -> what they hold."""
SHARES = "Shares of the runs that ended with Wilson's 95 % interval."
MCNEMAR = (
    "p: McNemar's exact test against the baseline, paired by seed, Holm-corrected over the arms; exploratory."
)


def notes(view: Shaped, output: str, said: set[Block], main: bool = False) -> list[Block]:
    """Of an output's usual table; if the signs occur in it and nothing before it said so."""
    cells = [summary.cells[output] for summary in view.shown]
    found = _kinds({"n", "final", "best"}, shares=True) + stopped(view) if main else []
    found += _ceiling(view, output)
    if any(summary.cells[output].p is not None for summary in view.summaries):
        found += _tested(view, output, {"difference", "p_holm"})
    if any(cell.leads for cell in cells):
        meaning = best(view, output)
        tail = "; an arm marked ‡ stands behind all that are not" if meaning == _BEST else ""
        found.append(Paragraph(f": {meaning}{tail}.", lead="Bold"))
    if any(cell.tied for cell in cells):
        found.append(Paragraph(_TIED))
    if any(cell.tied and cell.unscored for cell in cells):
        found.append(Paragraph(_TIED_WITH_FAILURES))
    fresh: list[Block] = [block for block in [*found, *unscored(view, output)] if block not in said]
    said.update(fresh)
    return fresh


def chosen(view: Shaped, found: First, table: Table) -> list[Paragraph]:
    """Of the table whose columns were chosen.

    Args:
        view: What is shown.
        found: The columns.
        table: The table as it was made of them.
    """
    shares = {"healthy", *_verdicts(view)} & found.names(None)
    told = _kinds(_all(found), bool(shares))
    for output in found.outputs:
        names = found.names(output)
        own = _ceiling(view, output) if names & _SCORES else []
        own += _tested(view, output, names)
        told += about_one(view, found.outputs, output, own)
    told += _marks(view, found, table)
    for output in found.outputs:
        lost = unscored(view, output, marked="final" in found.names(output))
        told += about_one(view, found.outputs, output, lost)
    return [*told, *stopped(view), *more(view, found)]


def stopped(view: Shaped) -> list[Paragraph]:
    """That hopeless runs end early, if the study says so, and how many did."""
    rule = StopWhen.from_dict(view.plan.get("stop_when"))
    if not rule:
        return []
    rows = view.results.rows
    early = int(rows["reason"].astype(object).map(lambda reason: STOPPED in str(reason)).sum())
    return [
        Paragraph(
            f"Runs stop early once {rule}: {early} of {count(len(rows), 'run')} did. Their last state stands "
            "for the rest of their training."
        )
    ]


def more(view: Shaped, found: First) -> list[Paragraph]:
    """What chosen columns hold that are not in the usual table."""
    told = [text for names, text in MORE.items() if names != ("p",) and _all(found) & set(names)]
    if any(name.endswith(".p") and name[:-2] in _verdicts(view) for name in found.names(None)):
        told.append(f"Of shares, {MCNEMAR}")
    return [Paragraph(" ".join(told))] if told else []


def exploratory(view: Shaped, output: str) -> list[Paragraph]:
    """That no conclusion was to rest on `output`, if so."""
    return about_one(view, [output], output, _tested(view, output, ()))


def unscored(view: Shaped, output: str, marked: bool = True) -> list[Paragraph]:
    """Whose means leave runs out, arm by arm unless there are many; with the sign, if they are marked."""
    lost = [summary for summary in view.shown if summary.cells[output].unscored]
    if len(lost) > _NAMED:
        said = (
            f"{len(lost)} arms have runs that diverged, failed or gave no score; the mean leaves out what "
            "is missing and flatters them."
        )
        return [Paragraph(f"‡: {said}" if marked else said)]
    return [
        Paragraph(
            f"{'‡ ' * marked}{summary.name}: {summary.cells[output].unscored} of {summary.ended} runs that "
            "ended diverged, failed or gave no score; the mean leaves out what is missing and flatters the "
            "arm."
        )
        for summary in lost
    ]


def _kinds(names: Collection[str], shares: bool) -> list[Paragraph]:
    """What numbers of the usual columns are."""
    told = []
    if "n" in names:
        told.append("n: runs with a final score / runs planned.")
    student = ["95 % Student-t over seeds"] if _STUDENT.intersection(names) else []
    wilson = [f"{'' if student else '95 % '}Wilson for shares of the runs that ended"] if shares else []
    if student or wilson:
        told.append(f"Intervals: {'; '.join([*student, *wilson])}.")
    if {"best", "best_mean"}.intersection(names):
        told.append(
            "Best: each run's best evaluation, picked by that very score: it flatters; conclude from final."
        )
    return [Paragraph(" ".join(told))] if told else []


def _ceiling(view: Shaped, output: str) -> list[Paragraph]:
    ceiling = view.plan["outputs"][output].get("ceiling")
    if ceiling is None:
        return []
    return [Paragraph(f"The ceiling, which a perfect generator reaches on average: {ceiling:.4g}.")]


def _tested(view: Shaped, output: str, names: Collection[str]) -> list[Paragraph]:
    """Which test the p-values are of, and what they are corrected for: of the columns `names`."""
    asked, told = family(view.plan, output), []
    if "difference" in names:
        told.append("Δ: paired by seed.")
    of = "Δ" if "difference" in names else "the difference to the baseline, paired by seed"
    test, several = f"p: two-sided sign-flip test of {of}", count(asked.size, "comparison")
    if {"p", "p_holm"}.issubset(names):
        told.append(f"{test}; p (Holm): corrected for {several}.")
    elif "p_holm" in names:
        told.append(f"{test}, Holm-corrected for {several}.")
    elif "p" in names:
        told.append(f"{test}, uncorrected.")
    failed = any(summary.cells[output].unscored for summary in view.summaries)
    if failed and {"p", "p_holm"}.intersection(names):
        told.append("Where runs of either arm have no score: of who is better in each seed, those runs last.")
    if not asked.confirmatory:
        told.append("Not the declared output: exploratory.")
    if asked.kind == "listed" and "p_holm" in names:
        told.append("Arms without p (Holm) are not in the declared family.")
    return [Paragraph(" ".join(told))] if told else []


def _marks(view: Shaped, found: First, table: Table) -> list[Paragraph]:
    """Bold and daggers, as they stand in the table."""
    tails = {cell.tail.strip() for row in table.rows for cell in row}
    told = []
    if any(cell.bold for row in table.rows for cell in row):
        told.append(Paragraph(f": {_bold(view, found, tails)}.", lead="Bold"))
    if any("†" in tail for tail in tails):
        told.append(Paragraph(_TIED))
    if "†‡" in tails:
        told.append(Paragraph(_TIED_WITH_FAILURES))
    return told


def _bold(view: Shaped, found: First, tails: Collection[str]) -> str:
    """What is best where something is bold."""
    led = [
        output
        for output in found.outputs
        if (output == found.leading or "final" in found.names(output))
        and any(summary.cells[output].leads for summary in view.shown)
    ]
    meanings = {output: best(view, output) for output in led}
    if len(set(meanings.values())) == 1:
        told = meanings[led[0]]
    else:
        told = "; ".join(f"{label(view, output)}: {meaning}" for output, meaning in meanings.items())
    if by_name(found):
        told += f"; of names, by the final {label(view, str(found.leading))}"
    if any("‡" in tail for tail in tails):
        told += "; an arm marked ‡ stands behind all that are not"
    return told


def by_name(found: First) -> bool:
    """Whether a bold name is not explained by the bold score beside it."""
    if found.leading is None:
        return False
    return len(found.outputs) > 1 or "final" not in found.names(found.leading)


def best(view: Shaped, output: str) -> str:
    """By what the best arm of an output is the best."""
    scored = [cell for cell in (summary.cells[output] for summary in view.shown) if cell.final.n]
    return _BEST_RANK if all(cell.unscored for cell in scored) else _BEST


def about_one(
    view: Shaped, outputs: Sequence[str], output: str, told: Sequence[Paragraph]
) -> list[Paragraph]:
    """The same, saying which output it is about where that is not the declared one, and the only one."""
    if tuple(outputs) == (view.primary,):
        return list(told)
    return [Paragraph(f"{label(view, output)} — {paragraph.text}") for paragraph in told]


def label(view: Shaped, output: str) -> str:
    """The output as its columns are headed."""
    return labelled(view.columns.about[output])


def _all(found: First) -> set[str]:
    return {name for output in found.outputs for name in found.names(output)}


def _verdicts(view: Shaped) -> set[str]:
    return {verdict for summary in view.summaries for verdict in summary.rates}
