"""The arms and runs that a file of results tells of, checked before anything is computed from them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from bench.problems import UserError
from bench.rows import SUFFIXES, UNFINISHED, factor_column
from bench.told_study import twin
from bench.verdict import VERDICTS
from gan.registry import unknown

if TYPE_CHECKING:
    import pandas as pd

Wrong = Callable[[int, str, str], UserError]
"""Place of an arm in the plan, a column of the rows, and what is wrong -> the error that says where."""
LARGEST = 1e100
"""Scores beyond it are no measurements, and sums of their squares leave the range of floating point."""
_NAMED = {"id": "arm", "name": "arm_name"}
"""What names an arm, and the column of the rows that repeats it."""
_TIMES = ("seconds", "scoring_seconds")
_STEPS = ("onset", "steps")


def check_arms(plan: Mapping[str, Any], wrong: Wrong) -> None:
    """Raise `wrong` if an arm lacks an id, a name or a level, has a level that is none, or is another."""
    arms = plan["arms"]
    for index, arm in enumerate(arms):
        for key, column in _NAMED.items():
            if arm[key] is None:
                raise wrong(index, column, "is empty")
        for factor, levels in plan["factors"].items():
            level, column = arm["levels"].get(factor), factor_column(factor)
            if level is None:
                raise wrong(index, column, f"is empty; levels of {factor}: {', '.join(levels)}")
            if level not in levels:
                raise wrong(index, column, unknown("level", level, levels))
        if arm["reason"] and arm["runs"]:
            raise wrong(index, "seed", "an arm that does not apply has no runs")
    for key, column in _NAMED.items():
        if (again := twin(arm[key] for arm in arms)) is not None:
            raise wrong(again, column, f"{arms[again][key]!r} is another arm's {key} too")
    combinations = [tuple(arm["levels"][factor] for factor in plan["factors"]) for arm in arms]
    if plan["factors"] and (again := twin(combinations)) is not None:
        other = arms[combinations.index(combinations[again])]["name"]
        column = factor_column(next(iter(plan["factors"])))
        raise wrong(again, column, f"all levels are those of {other!r}")


def check_runs(
    rows: pd.DataFrame, plan: Mapping[str, Any], protocols: Mapping[str, Any], wrong: Wrong
) -> None:
    """Raise `wrong` at the first run that cannot be: what it is called, how it ended, or its numbers.

    Args:
        rows: As `bench.rows.framed` makes them; their arms are the plan's.
        plan: With its arms.
        protocols: By digest.
        wrong: What to raise.
    """
    if rows.empty:
        return
    places = {arm["id"]: index for index, arm in enumerate(plan["arms"])}

    def refuse(bad: Any, column: str, say: Callable[[Any], str]) -> None:
        if (found := np.flatnonzero(np.asarray(bad, dtype=bool))).size:
            row = rows.iloc[int(found[0])]
            raise wrong(places[row["arm"]], column, say(row[column]))

    for name in ("seed", "run_id", "verdict"):
        refuse(rows[name].isna(), name, lambda value: "one is missing")
    refuse(~rows["seed"].isin(plan["seeds"]), "seed", lambda seed: f"the plan has no seed {seed}")
    refuse(rows.duplicated(["arm", "seed"]), "seed", lambda seed: f"the seed {seed} is there twice")
    refuse(rows.duplicated("run_id"), "run_id", lambda run: f"the run {run!r} is there twice")
    known = (*VERDICTS, *UNFINISHED)
    refuse(~rows["verdict"].isin(known), "verdict", lambda verdict: unknown("verdict", verdict, known))
    told = rows["protocol"].dropna()
    used = {text: [name for name in str(text).split() if name not in protocols] for text in set(told)}
    strange = rows["protocol"].map(lambda text: bool(used.get(text)), na_action="ignore").fillna(False)
    refuse(strange, "protocol", lambda text: unknown("protocol", used[text][0], list(protocols)))
    for name in _TIMES:
        times = rows[name]
        refuse(~(times.isna() | (np.isfinite(times) & (times >= 0))), name, _no_time)
    for name in (*_STEPS, *(f"{output}.best_step" for output in plan["outputs"])):
        refuse((rows[name] < 0).fillna(False), name, lambda step: f"{step} is no step")
    for output in plan["outputs"]:
        for suffix, kind in SUFFIXES.items():
            if kind == "float64":
                name = f"{output}.{suffix}"
                refuse(np.isfinite(rows[name]) & (rows[name].abs() > LARGEST), name, _beyond)


def _beyond(score: float) -> str:
    return f"{score:g} is beyond ±{LARGEST:g}, where no score can be"


def _no_time(seconds: float) -> str:
    return f"{seconds:g} is no time in seconds"
