"""What arms come to over several studies, as text for every format of a comparison."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bench.across_studies import THRESHOLDS, AcrossStudies, Standing
from bench.reports._estimates import interval
from bench.sides import Side
from bench.wording import NOTHING

HEADER = ("arm", "runs", "failed", "IQM", *(f"reach {at:g}" for at in THRESHOLDS))
WIDTHS = (0.2, 0.1, 0.06, *(0.13,) * 4)
"""Of the LaTeX table's columns, in shares of the line."""
_LEGEND = (
    "Over studies: final scores on a scale of each study, 0 the mean of its baseline's runs that have a "
    "score, 1 real data, both taken as exact. IQM: mean of the middle half of all runs, failures worst "
    "(-inf: they reach into it). reach: share of the runs that get so far or further, the mean over studies. "
    "Intervals: 95 %, bootstrap of the runs within each study, so about other seeds, not other data; of "
    "three to five runs a study they cover less, 75 to 92 %. No test is made."
)


def tables(
    found: AcrossStudies | None, outputs: Mapping[str, Mapping[str, Any]]
) -> list[tuple[str, list[list[str]]]]:
    """Title and rows, under HEADER, of every output that has a scale over the studies.

    Args:
        found: The arms over the studies.
        outputs: Output -> its `label`.
    """
    if found is None:
        return []
    over = f"over {', '.join(found.studies)} (0 baseline, 1 real data)"
    return [
        (f"{outputs[output]['label']} {over}", [_row(standing) for standing in standings])
        for output, standings in found.outputs.items()
    ]


def legend(found: AcrossStudies | None) -> list[str]:
    """What the columns mean; nothing without a table."""
    return [_LEGEND] if found is not None and found.outputs else []


def record(found: AcrossStudies | None, output: str, side: Side) -> dict[str, str]:
    """Columns of a CSV line of `side`; empty where its arm is not summed up."""
    standings = found.outputs.get(output, []) if found is not None else []
    mine = next((standing for standing in standings if standing.arm == side.own_name), None)
    told = mine is not None and mine.iqm.n > 0
    ends = (mine.iqm.mean, mine.iqm.low, mine.iqm.high) if mine is not None and told else (None,) * 3
    cells = {"across.runs": "" if mine is None else " + ".join(map(str, mine.runs))}
    for name, value in zip(("mean", "low", "high"), ends, strict=True):
        cells[f"across.iqm.{name}"] = _number(value)
    for at, threshold in enumerate(THRESHOLDS):
        share = mine.profile.share[at] if mine is not None and told else None
        cells[f"across.reach_{threshold:g}"] = _number(share)
    return cells


def _row(found: Standing) -> list[str]:
    told = [found.arm, " + ".join(map(str, found.runs)), str(found.failed)]
    told.append(interval(found.iqm, 2) if found.iqm.n else NOTHING)
    return told + [_share(found, at) for at in range(len(THRESHOLDS))]


def _share(found: Standing, at: int) -> str:
    profile = found.profile
    if not profile.n:
        return NOTHING
    share = f"{100 * profile.share[at]:.0f}"
    # Where all runs of every study are alike, so is every resample: a band of no width is no certainty.
    if profile.low is None or profile.high is None or profile.low[at] == profile.high[at]:
        return f"{share} %"
    return f"{share} [{100 * profile.low[at]:.0f}, {100 * profile.high[at]:.0f}] %"


def _number(value: float | None) -> str:
    return "" if value is None else repr(float(value))
