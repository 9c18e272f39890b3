"""What became of a run, since when, and why.

    failed        an exception ended it
    diverged      something was not finite, or grew beyond all bounds
    oscillating   modes come and go in the second half of the run, or it circles data of one point
    vanished      it ends badly, G's gradient is gone and D is certain
    undertrained  it ends badly, but what is missing was still coming steadily
    collapsed     it ends without modes, coverage or support that real data has
    memorised     it ends with copies of what it was trained on
    unfaithful    it ends with all modes, and much of what it makes is not like the data
    healthy       none of these

The first that holds, in this order, is the verdict. "Ends badly" is a limit of `bench.limits` crossed at the
last evaluation; the onset is the step since which it has been. docs/verdicts.md says how often it errs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bench.limits import EACH_MODE, LIMITS, Finding, Values, findings, known, not_looked_for
from bench.trends import Logs, circles, come_and_go, exploded, rising, vanished

Scores = Sequence[tuple[int, Values]]

VERDICTS = (
    "healthy",
    "collapsed",
    "vanished",
    "oscillating",
    "diverged",
    "memorised",
    "unfaithful",
    "undertrained",
    "failed",
)
"""Every verdict there is, in the order of a table's columns."""


@dataclass(frozen=True)
class Verdict:
    """What became of a run."""

    name: str
    onset: int | None
    """Step since which it holds; None where that has no meaning."""
    reason: str | None
    """One sentence for a reader of the table; None if there is nothing to say."""


@dataclass(frozen=True)
class History:
    """All that was seen of a run."""

    scores: Scores = ()
    """(step, {output: value}) of every evaluation in order; None where a value is not finite."""
    held: Sequence[tuple[int, str]] = ()
    """(step, a 1 or 0 for each mode of the data) of every evaluation that counts modes."""
    logs: Logs = ()
    """(step, {name: mean since the last}) of the training itself; see `gan.replica.LOGGED`."""
    diverged_step: int | None = None
    """First step with something not finite, if any."""
    error: str | None = None
    """What ended the run, if something did."""


def verdict(history: History, oracle: Values, samples: int) -> Verdict:
    """Judge a run.

    Args:
        history: What was seen of it.
        oracle: Scores of real data, by output.
        samples: Samples a score, N.
    """
    if history.error is not None:
        return Verdict("failed", None, history.error)
    if history.diverged_step is not None:
        return Verdict("diverged", history.diverged_step, f"not finite since step {history.diverged_step}")
    if (trend := exploded(history.logs)) is not None:
        return Verdict("diverged", trend.onset, trend.sentence)
    restless = come_and_go(history.held) if EACH_MODE.reached(samples, oracle) else None
    if (trend := restless or circles(history.scores)) is not None:
        return Verdict("oscillating", trend.onset, trend.sentence)
    judged = [(step, findings(scores, oracle, samples)) for step, scores in history.scores]
    final = judged[-1][1] if judged else []
    if any(finding.limit.symptom != "memorised" for finding in final):
        if (trend := vanished(history.logs)) is not None:
            return Verdict("vanished", trend.onset, f"{trend.sentence}; {final[0].sentence}")
        if (trend := rising(history.scores, final, oracle, samples)) is not None:
            return Verdict("undertrained", None, f"{trend.sentence}; {final[0].sentence}")
    return _at_the_end(judged) or Verdict("healthy", None, _unseen(history, oracle, samples))


def of_scores(scores: Values, oracle: Values, samples: int) -> Verdict:
    """Judge one set of samples by itself: of a run there would be more to say."""
    if any(known(scores, name) is None for name in scores):
        return Verdict("diverged", None, "samples or scores are not finite")
    return verdict(History([(0, scores)]), oracle, samples)


def _at_the_end(judged: Sequence[tuple[int, list[Finding]]]) -> Verdict | None:
    """The first symptom, in the order of the limits, that the last evaluation shows."""
    final = judged[-1][1] if judged else []
    if not final:
        return None
    symptom = final[0].limit.symptom
    shown = [(_since(judged, finding), finding) for finding in final if finding.limit.symptom == symptom]
    # What has been wrong for longest is told; of several, what the table names first.
    onset, finding = min(shown, key=lambda pair: pair[0])
    return Verdict(symptom, onset, f"{finding.sentence} since step {onset}" if onset else finding.sentence)


def _since(judged: Sequence[tuple[int, list[Finding]]], last: Finding) -> int:
    """The step since which the limit of the last evaluation has been crossed."""
    onset = judged[-1][0]
    for step, found in reversed(judged):
        if last.output not in (finding.output for finding in found):
            break
        onset = step
    return onset


def _unseen(history: History, oracle: Values, samples: int) -> str | None:
    """What could not have been found; None if everything could."""
    watched = [limit.output(oracle) for limit in LIMITS if limit.symptom == "collapsed"]
    names = [name for name in watched if name is not None]
    if not names:
        return "no metric that sees collapse: it was not looked for"
    if not history.scores or all(known(history.scores[-1][1], name) is None for name in names):
        return "no metric that sees collapse gave a value: it was not looked for"
    if blind := not_looked_for(samples, oracle, followed=bool(history.held)):
        return f"{samples:,} samples are too few to look for {blind}"
    return None
