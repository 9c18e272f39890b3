"""An arm's row in the runs table: its seeds so far in a few numbers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from bench.journal import Event
from bench.tracking.entries import Point, points

COST = {"seconds": "seconds/train", "scoring_seconds": "seconds/scoring"}
"""How an `end` event calls what a run took -> how MLflow does."""


def summary(ends: Sequence[Event], outputs: Iterable[str], time: int) -> list[Point]:
    """The arm over the seeds that have ended so far; the step counts them.

    Of each output the mean of the final scores and its Student-t interval; of each cost the mean a run.

    Args:
        ends: `end` events of the arm's runs, one a seed, at least one.
        outputs: Of the study.
        time: Milliseconds, of the last of them.
    """
    import numpy as np

    from bench.stats import mean_interval

    step = len(ends)
    healthy = sum(end["verdict"] == "healthy" for end in ends)
    found = points({"n": step, "healthy_share": healthy / step}, "", "", time, step)
    for output in outputs:
        finals = [(end.get("final") or {}).get(output) for end in ends]
        if scored := [float(value) for value in finals if value is not None]:
            interval = mean_interval(np.array(scored))
            values = {"mean": interval.mean, "ci_low": interval.low, "ci_high": interval.high}
            found += points(values, f"{output}.final.", "", time, step)
    for name, key in COST.items():
        if took := [float(end[name]) for end in ends if end.get(name) is not None]:
            found += points({key: sum(took) / len(took)}, "", "", time, step)
    return found
