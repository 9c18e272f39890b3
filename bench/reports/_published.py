"""Published numbers beside ours: the difference, how sure it is, and what may be said of it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

import numpy as np

from bench import csv_cells
from bench.csv_cells import text
from bench.reports._estimates import interval
from bench.reports._markdown import escape, table
from bench.rows import Results
from bench.stats import Interval, difference_to, mean_interval, standard_error
from bench.wording import NOTHING, number

AGREES, DIFFERS, CANNOT_TELL = "agrees", "differs", "cannot tell"
_ABOUT = (
    "± is one standard error of the mean. Difference: ours minus published with its 95 % interval, by "
    "Welch's t where the source gives a standard error; where it gives none, by Student's t of our runs, the "
    "published mean taken as exact. *agrees within ±x*: the interval holds 0, and all that it excludes are "
    "differences beyond x. *differs*: it does not hold 0. *cannot tell*: fewer than two runs have a score."
)


@dataclass(frozen=True)
class Beside:
    """One published number and our own."""

    arm: str
    name: str
    output: str
    mean: float
    standard_error: float | None
    n: int | None
    source: str
    ours: Interval
    ours_error: float | None
    """Standard error of our mean."""
    planned: int
    """Runs that ours would be the mean of, were none left out."""
    difference: Interval
    """Ours minus the published mean."""

    @property
    def within(self) -> float | None:
        """The largest difference that the interval still holds; None without an interval."""
        low, high = self.difference.low, self.difference.high
        return None if low is None or high is None else max(abs(low), abs(high))

    @property
    def verdict(self) -> str:
        """AGREES, DIFFERS or CANNOT_TELL."""
        low, high = self.difference.low, self.difference.high
        if low is None or high is None:
            return CANNOT_TELL
        return AGREES if low <= 0.0 <= high else DIFFERS


def beside(results: Results) -> list[Beside]:
    """Every published number of the plan, in the study's order, beside ours."""
    names = {arm["id"]: arm["name"] for arm in results.plan["arms"]}
    found = []
    for about in results.plan.get("published") or ():
        rows = results.rows[results.rows["arm"] == about["arm"]]
        scores = np.asarray(rows[f"{about['output']}.final"].dropna(), dtype=np.float64)
        scores = scores[np.isfinite(scores)]
        found.append(
            Beside(
                **{key: about[key] for key in ("arm", "output", "mean", "standard_error", "n", "source")},
                name=names[about["arm"]],
                ours=mean_interval(scores),
                ours_error=standard_error(scores),
                planned=len(rows),
                difference=difference_to(scores, about["mean"], about["standard_error"], about["n"]),
            )
        )
    return found


def published(results: Results) -> list[str]:
    """Heading, what it says, and the table; nothing where nobody has published anything."""
    lines = beside(results)
    if not lines:
        return []
    header = ["arm", "output", "source", "published (n)", "ours (n)", "ours, 95 %", "difference", "verdict"]
    rows = [_row(line, results.plan["outputs"][line.output]) for line in lines]
    return ["## Published numbers", "", *_profile(results.plan), _ABOUT, "", *table(header, rows, left=3)]


def head(plan: dict[str, Any]) -> str:
    """The line that labels a protocol which is not the full one; empty where it is."""
    return f"**Profile — {escape(plan['profile'])}**" if plan.get("profile") else ""


def _profile(plan: dict[str, Any]) -> list[str]:
    if not plan.get("profile"):
        return []
    said = f"Our runs — {escape(plan['profile'])}. A difference may come from that alone."
    return [said, ""]


def _row(line: Beside, about: dict[str, Any]) -> list[str]:
    digits = about["digits"]
    theirs, ours, verdict = told(line, digits)
    low, high = line.ours.low, line.ours.high
    bounds = NOTHING if low is None else f"[{number(low, digits)}, {number(high, digits)}]"
    return [
        escape(line.name),
        escape(about["label"]),
        escape(line.source),
        theirs,
        ours,
        bounds,
        interval(line.difference, digits, sign=True),
        verdict,
    ]


def told(line: Beside, digits: int) -> tuple[str, str, str]:
    """What was published, what is ours, and what follows, as text."""
    theirs = _estimate(line.mean, line.standard_error, digits) + ("" if line.n is None else f" ({line.n})")
    ours = _estimate(line.ours.mean, line.ours_error, digits) if line.ours.n else NOTHING
    within = f" within ±{number(line.within, digits)}" if line.verdict == AGREES else ""
    return theirs, f"{ours} ({line.ours.n}/{line.planned})", line.verdict + within


def _estimate(mean: float, error: float | None, digits: int) -> str:
    return number(mean, digits) + ("" if error is None else f" ± {number(error, digits)}")


def terminal(results: Results) -> list[str]:
    """What the end of a run says of it: a line for the profile, a line for the published numbers."""
    lines = [f"profile: {results.plan['profile']}"] if results.plan.get("profile") else []
    counts = Counter(line.verdict for line in beside(results))
    if counts:
        said = (AGREES, DIFFERS, CANNOT_TELL)
        told = ", ".join(f"{counts[verdict]} {verdict}" for verdict in said if counts[verdict])
        lines.append(f"beside published numbers: {told}; how sure that is: comparison.md")
    return lines


def comma_separated(results: Results) -> str:
    """The table at full precision; empty where nobody has published anything."""
    profile = text(results.plan.get("profile") or None)
    lines = [{**_record(line), "profile": profile} for line in beside(results)]
    return csv_cells.table(lines) if lines else ""


def _record(line: Beside) -> dict[str, str]:
    """Empty where there is no such number."""
    ours, difference = line.ours, line.difference
    numbers = {
        "published.mean": line.mean,
        "published.standard_error": line.standard_error,
        "published.n": line.n,
        "ours.mean": ours.mean if ours.n else None,
        "ours.standard_error": line.ours_error,
        "ours.n": ours.n,
        "ours.low": ours.low,
        "ours.high": ours.high,
        "difference.mean": difference.mean if ours.n else None,
        "difference.low": difference.low,
        "difference.high": difference.high,
        "within": line.within if line.verdict == AGREES else None,
    }
    named = {"arm": text(line.arm), "name": text(line.name), "output": line.output}
    told = {key: "" if value is None else repr(value) for key, value in numbers.items()}
    return {**named, **told, "verdict": line.verdict, "source": text(line.source)}
