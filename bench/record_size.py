"""How many bytes of record a run leaves behind, roughly: what it will write, at the sizes of rows.

The journal and MLflow grow with every number that is logged; pictures and checkpoints lie in the results
folder and again among MLflow's artifacts.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import Any

from bench.plan import Cohort, Run
from bench.study import Study

# Seen in the records of studies of points: a line of the journal without its numbers, a number there, a row
# of SQLite with its indices, and a picture of samples with the small one that MLflow shows.
_LINE, _NUMBER, _ROW, _PICTURE, _SMALL = 130, 40, 290, 26_000, 3_000
_OTHER_ROWS = 100
"""Tags, parameters and last values of a run in MLflow, besides its points."""
_WINDOWS = 5
"""Looks at the training between two evaluations (see `gan.train.Pace`)."""
_OF_AN_OUTPUT = 5
"""Numbers of each output at a run's end: final, best and its step, area, noise."""


@dataclass(frozen=True)
class Bytes:
    """What one run takes."""

    journal: float
    files: float
    """Pictures and checkpoint in the results folder."""
    mlflow: float
    """Database and artifacts."""


def record_bytes(study: Study, run: Run) -> Bytes:
    """The record of one run of `study`, computed without running it."""
    # Imports torch, which a study small enough is read without.
    from bench.fitting import outputs_of
    from gan.replica import LOGGED

    outputs = len(outputs_of(study))
    scores = math.ceil(run.recipe.steps / study.evaluate_every)
    looks = min(_WINDOWS * scores, run.recipe.steps)
    logged = len(LOGGED) + len(run.recipe.tricks)
    numbers = looks * logged + scores * (outputs + 1) + _OF_AN_OUTPUT * outputs
    begin = len(json.dumps(run.recipe.as_dict())) + 2 * len(json.dumps(run.params))
    journal = begin + _LINE * (looks + 2 * scores + 2) + _NUMBER * numbers
    files = scores * _PICTURE + _state_bytes(run)
    rows = _ROW * (numbers + _OTHER_ROWS)
    return Bytes(journal, files, rows + files + scores * _SMALL + begin)


def _state_bytes(run: Run) -> float:
    """A run's last state: weights, moments and the tricks' memories."""
    import torch
    from torch.utils import _pytree as pytree

    from bench.step_cost import stand_in

    alone = stand_in(Cohort("", (run,)), "meta")
    leaves: list[Any] = pytree.tree_leaves(alone.replicas)
    return sum(leaf.nbytes for leaf in leaves if isinstance(leaf, torch.Tensor))


_UNITS = ("bytes", "kB", "MB", "GB", "TB", "PB", "EB")


def size(count: float) -> str:
    """A number of bytes as a person says it: `3 GB`, `1.2 TB`."""
    power = min(len(_UNITS) - 1, int(math.log(max(count, 1.0), 1000)))
    value = count / 1000**power
    return f"{value:.1f} {_UNITS[power]}" if value < 10 and power else f"{value:,.0f} {_UNITS[power]}"
