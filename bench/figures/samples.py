"""What the generators make at the end of training, of the same latents.

Images: a row an arm, the first images of its run with the first seed. Points: a row an arm and a column a
seed, or where the arms are many, each arm's run with the first seed.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from bench.figures._arms import Arm, all_runs, cast, labels
from bench.figures._page import Skipped, page
from bench.figures._pictures import Pixels, scatter, tiles
from bench.figures._style import FAINT, SMALL, WIDE, gid, style
from bench.reports._summary import Summary
from bench.reports.base import AS_IT_IS, Shape
from bench.rows import Results

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_MOST_ROWS, _MOST_ARMS = 14, 35
_IMAGES, _SEEDS, _COLUMNS = 10, 5, 5
_POINTS = 240
"""Pixels of a picture of points."""
_NAMES = 110.0


def draw(results: Results, summaries: Sequence[Summary], shape: Shape = AS_IT_IS) -> Figure | Skipped:
    """The figure, from each run's last picture."""
    every = cast(results, summaries, len(summaries)).arms
    runs = all_runs(results, every)
    chosen = cast(results, summaries, _MOST_ARMS).arms
    seen = results.pictures([runs[arm.id][0] for arm in chosen if runs[arm.id]])
    if not seen:
        return Skipped("no pictures of samples: these rows come without them, or no run has made finite ones")
    verdicts = dict(zip(results.rows["run_id"], results.rows["verdict"], strict=True))
    if tiles(next(iter(seen.values()))) is not None:
        return _images(results, summaries, runs, verdicts, seen)
    if len(every) <= _MOST_ROWS // 2 and len(results.plan["seeds"]) > 1:
        return _by_seed(results, summaries, runs, verdicts)
    return _by_arm(results, summaries, runs, verdicts, seen)


Runs = dict[str, list[str]]
Verdicts = dict[str, str]
Pictures = dict[str, Path]


def _images(
    results: Results, summaries: Sequence[Summary], runs: Runs, verdicts: Verdicts, pictures: Pictures
) -> Figure:
    drawn = cast(results, summaries, _MOST_ROWS)
    first = {arm.id: runs[arm.id][0] for arm in drawn.arms if runs[arm.id]}
    strips = {arm: _strip(pictures[run]) for arm, run in first.items() if run in pictures}
    notes = [
        f"A row an arm: the last samples of its run with seed {_seed(results)}; a column a latent.",
        *drawn.notes,
    ]
    # The rows are as high as an image of the strip, which is as wide as the page leaves room.
    high = (WIDE - _NAMES / 72.0 - 0.2) / _IMAGES + 0.08
    with style():
        figure = page("Samples of every arm", 0.1 + high * len(drawn.arms), notes)
        panels = figure.subplots(len(drawn.arms), 1, squeeze=False).flatten()
        names = labels(drawn.arms, _NAMES, SMALL, lines=3)
        for panel, arm, name in zip(panels, drawn.arms, names, strict=True):
            told = f"{name}\n{verdicts[first[arm.id]]}" if arm.id in first else name
            text = panel.text(
                -0.01, 0.5, told, transform=panel.transAxes, ha="right", va="center", fontsize=SMALL
            )
            text.set_gid(gid(arm.index, "name"))
            _show(panel, arm, strips.get(arm.id), "strip")
    return figure


def _by_seed(results: Results, summaries: Sequence[Summary], runs: Runs, verdicts: Verdicts) -> Figure:
    drawn = cast(results, summaries, _MOST_ROWS)
    columns = min(_SEEDS, max(len(ids) for ids in runs.values()))
    pictures = results.pictures([run for arm in drawn.arms for run in runs[arm.id][:columns]])
    seeds = sorted(int(seed) for seed in results.plan["seeds"])
    notes = ["Each run's last samples; circles: the modes of the data.", *drawn.notes]
    if len(seeds) > columns:
        notes.insert(1, f"Of {len(seeds)} seeds the first {columns}.")
    with style():
        side = (WIDE - _NAMES / 72.0) / _SEEDS
        figure = page("Samples of every arm and seed", 0.15 + (side + 0.08) * len(drawn.arms), notes)
        panels = figure.subplots(len(drawn.arms), columns, squeeze=False)
        names = labels(drawn.arms, _NAMES, SMALL, lines=3)
        for row, (arm, name) in enumerate(zip(drawn.arms, names, strict=True)):
            text = panels[row, 0].text(
                -0.06, 0.5, name, transform=panels[row, 0].transAxes, ha="right", va="center", fontsize=SMALL
            )
            text.set_gid(gid(arm.index, "name"))
            for column, run in enumerate(runs[arm.id][:columns]):
                panel = panels[row, column]
                _show(panel, arm, _points(pictures.get(run)), f"samples-{column}")
                title = panel.set_title(f"seed {seeds[column]}: {verdicts[run]}", fontsize=SMALL, pad=2.0)
                title.set_gid(gid(arm.index, f"verdict-{column}"))
    return figure


def _by_arm(
    results: Results, summaries: Sequence[Summary], runs: Runs, verdicts: Verdicts, pictures: Pictures
) -> Figure:
    drawn = cast(results, summaries, _MOST_ARMS)
    first = {arm.id: runs[arm.id][0] for arm in drawn.arms if runs[arm.id]}
    notes = [
        f"Last samples of the runs with seed {_seed(results)}; circles: the modes of the data.",
        *drawn.notes,
    ]
    rows = -(-len(drawn.arms) // _COLUMNS)
    with style():
        side = WIDE / _COLUMNS
        figure = page("Samples of every arm", rows * min(side + 0.4, 8.9 / rows), notes)
        panels = figure.subplots(rows, _COLUMNS, squeeze=False).flatten()
        names = labels(drawn.arms, side * 72.0 - 6.0, SMALL, lines=2)
        for panel, arm, name in zip(panels, drawn.arms, names, strict=False):
            run = first.get(arm.id)
            _show(panel, arm, _points(pictures.get(run)) if run else None, "samples")
            title = panel.set_title(f"{name}\n{verdicts[run]}" if run else name, fontsize=SMALL, pad=2.0)
            title.set_gid(gid(arm.index, "name"))
        for panel in panels[len(drawn.arms) :]:
            panel.set_axis_off()
    return figure


def _seed(results: Results) -> int:
    return min(int(seed) for seed in results.plan["seeds"])


def _points(path: Path | None) -> Pixels | None:
    return None if path is None else scatter(path, _POINTS)


def _strip(path: Path) -> Pixels | None:
    """The first images side by side, white between them."""
    found = (tiles(path) or [])[:_IMAGES]
    if not found:
        return None
    height, width = found[0].shape[:2]
    step = width + max(1, width // 14)
    strip = np.full((height, _IMAGES * step - (step - width), 3), 255, np.uint8)
    for place, image in enumerate(found):
        strip[:, place * step : place * step + width] = image
    return strip


def _show(panel: Axes, arm: Arm, pixels: Pixels | None, part: str) -> None:
    panel.set_xticks([])
    panel.set_yticks([])
    for side in panel.spines.values():
        side.set_visible(pixels is not None and part != "strip")
        side.set_alpha(0.3)
    if pixels is None:
        panel.set_aspect("auto" if part == "strip" else "equal")
        text = panel.text(
            0.5, 0.5, "no picture", transform=panel.transAxes, ha="center", va="center", alpha=FAINT
        )
        text.set_fontsize(SMALL)
        text.set_gid(gid(arm.index, part))
        return
    panel.imshow(pixels, interpolation="none").set_gid(gid(arm.index, part))
