"""The figures inside the page, and the key that switches arms on and off in all of them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from bench.figures import Skipped, figures, svg
from bench.figures._style import look
from bench.reports._summary import Summary
from bench.reports.base import AS_IT_IS, Shape
from bench.rows import Results

FIRST = ("forest", "learning_curves", "modes_over_time", "verdict_bars")
"""Figures that a reader wants before the others."""
LARGEST = 600_000
"""Characters of SVG beyond which a figure stays out of the page."""
BUDGET = 2_000_000
"""Characters of all figures."""


@dataclass(frozen=True)
class Key:
    """One arm that at least one figure shows."""

    index: int
    name: str
    colour: str
    """Empty: the page's own ink."""
    baseline: bool


@dataclass(frozen=True)
class Drawing:
    """One figure."""

    name: str
    title: str
    points: int
    """How wide it was drawn: letters of all figures are to have one size."""
    svg: str


@dataclass(frozen=True)
class Drawings:
    """The section."""

    key: tuple[Key, ...]
    shown: tuple[Drawing, ...]
    absent: tuple[str, ...]
    """Why others are not here, in words."""


def drawings(results: Results, summaries: Sequence[Summary], shape: Shape = AS_IT_IS) -> Drawings:
    """Every figure that applies, at most BUDGET characters of them; samples have a section of their own."""
    drawn = figures(replace(results, pictures=lambda wanted: {}), shape)
    drawn.pop("samples", None)
    names = [*(name for name in FIRST if name in drawn), *(name for name in drawn if name not in FIRST)]
    shown, absent, room = [], [], BUDGET
    for name in names:
        figure, words = drawn[name], name.replace("_", " ")
        if isinstance(figure, Skipped):
            absent.append(f"No {words}: {figure.reason}")
            continue
        text = svg(figure, f"figure-{name.replace('_', '-')}", ink="currentColor")
        if len(text) > min(LARGEST, room):
            absent.append(f"The {words} would make this page too large; it is in the folder of figures")
            continue
        room -= len(text)
        points = round(72.0 * figure.get_figwidth())
        shown.append(Drawing(name, str(figure.get_label()), points, text))
    present = {int(index) for drawing in shown for index in re.findall(r'data-arm="(\d+)"', drawing.svg)}
    return Drawings(_key(results, summaries, present), tuple(shown), tuple(absent))


def _key(results: Results, summaries: Sequence[Summary], present: set[int]) -> tuple[Key, ...]:
    return tuple(
        Key(
            index=index,
            name=arm.name,
            colour="" if arm.id == results.plan.get("baseline") else look(index).color,
            baseline=arm.id == results.plan.get("baseline"),
        )
        for index, arm in enumerate(summaries)
        if index in present
    )
