"""Figures of a study's results, one figure a file.

Each file holds `draw(results, summaries, shape)`, which returns a Matplotlib figure or says why there is none
(`Skipped`). What the figures look like, and what a page may rely on that holds them, is said in `_style.py`.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from bench.figures._page import Skipped
from bench.figures._saving import FORMATS, rendered, svg, write
from bench.figures._style import INK
from bench.reports._summary import Summary, summarise
from bench.reports.base import AS_IT_IS, Shape
from bench.rows import Results
from bench.tracking.histories import Histories

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    Draw = Callable[[Results, Sequence[Summary], Shape], Figure | Skipped]

__all__ = ["FORMATS", "INK", "Skipped", "figures", "names", "rendered", "svg", "write"]


def names() -> list[str]:
    """Every figure there is, in alphabetical order."""
    return sorted(found.name for found in pkgutil.iter_modules(__path__) if not found.name.startswith("_"))


def figures(results: Results, shape: Shape = AS_IT_IS) -> dict[str, Figure | Skipped]:
    """Every figure by its name, or why it does not apply to these results.

    Of `shape`, `pivot` names the factors of the map; which arms a figure holds, it decides by its room.
    """
    summaries = summarise(results)
    results = replace(results, histories=_remembered(results))
    found: dict[str, Figure | Skipped] = {}
    for name in names():
        draw: Draw = importlib.import_module(f"{__name__}.{name}").draw
        found[name] = draw(results, summaries, shape)
    return found


def _remembered(results: Results) -> Callable[[list[str], list[str]], dict[str, Histories]]:
    """`results.histories`, which asks for nothing twice: several figures are drawn from the same scores."""
    known: dict[str, Histories] = {}
    asked: set[tuple[str, str]] = set()

    def histories(wanted: list[str], names: list[str]) -> dict[str, Histories]:
        missing = sorted({name for run in wanted for name in names if (run, name) not in asked})
        if missing:
            for run, told in results.histories(wanted, missing).items():
                known.setdefault(run, {}).update(told)
            asked.update((run, name) for run in wanted for name in missing)
        return {run: {name: known[run].get(name, []) for name in names} for run in wanted if run in known}

    return histories
