"""Figures of a study's results, one figure a file.

Each file holds `draw(results, summaries)`, which returns a Matplotlib figure or says why there is none
(`Skipped`). What the figures look like, and what a page may rely on that holds them, is said in `_style.py`.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from bench.figures._page import Skipped
from bench.figures._saving import FORMATS, rendered, svg, write
from bench.figures._style import INK
from bench.reports._summary import Summary, summarise
from bench.rows import Results

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    Draw = Callable[[Results, Sequence[Summary]], Figure | Skipped]

__all__ = ["FORMATS", "INK", "Skipped", "figures", "names", "rendered", "svg", "write"]


def names() -> list[str]:
    """Every figure there is, in alphabetical order."""
    return sorted(found.name for found in pkgutil.iter_modules(__path__) if not found.name.startswith("_"))


def figures(results: Results) -> dict[str, Figure | Skipped]:
    """Every figure by its name, or why it does not apply to these results."""
    summaries = summarise(results)
    found: dict[str, Figure | Skipped] = {}
    for name in names():
        draw: Draw = importlib.import_module(f"{__name__}.{name}").draw
        found[name] = draw(results, summaries)
    return found
