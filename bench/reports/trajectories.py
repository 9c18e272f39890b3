"""The way of both players in the plane, for GANs whose players are one number each.

    trajectories.png    one panel an arm: the generator's number to the right, the discriminator's up

Begins at the circle and goes from light to dark; the cross is where it ends. Only the run with the first
seed is drawn. Nothing is written for a study whose players have more numbers.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from bench.reports.base import AS_IT_IS, Report, Shape
from bench.rows import Results
from bench.tracking.histories import Histories

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_SIDES = ("train/generator.", "train/discriminator.")
_COLUMNS = 6
_INCHES = 2.3


class Trajectories(Report):
    """A figure of where the two players go."""

    format = "trajectories"
    makes = ("trajectories.png",)
    lacking = "no run has logged one number for each of its players"

    def write(self, results: Results, folder: Path, shape: Shape = AS_IT_IS) -> list[Path]:
        axes = [[name for name in sorted(results.logged) if name.startswith(side)] for side in _SIDES]
        if [len(names) for names in axes] != [1, 1]:
            return []
        theta, psi = (names[0] for names in axes)
        names = {str(arm["id"]): str(arm["name"]) for arm in results.plan["arms"]}
        runs = results.first_runs()
        told = results.histories(list(runs.values()), [theta, psi])
        arms = [arm for arm in names if runs.get(arm) in told]
        if not arms:
            return []
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / "trajectories.png"
        _draw({names[arm]: told[runs[arm]] for arm in arms}, theta, psi, path)
        return [path]


def _draw(ways: dict[str, Histories], theta: str, psi: str, path: Path) -> None:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    columns = min(_COLUMNS, len(ways))
    rows = -(-len(ways) // columns)
    figure = Figure(figsize=(_INCHES * columns, (_INCHES + 0.35) * rows), layout="constrained")
    FigureCanvasAgg(figure)
    panels = figure.subplots(rows, columns, squeeze=False).flatten()
    for panel, (name, way) in zip(panels, ways.items(), strict=False):
        _panel(panel, name, [value for _, value in way[theta]], [value for _, value in way[psi]])
    for panel in panels[len(ways) :]:
        panel.set_axis_off()
    for panel in panels[: len(ways)][-columns:]:
        panel.set_xlabel(theta.removeprefix("train/"), fontsize=7)
    for panel in panels[: len(ways) : columns]:
        panel.set_ylabel(psi.removeprefix("train/"), fontsize=7)
    # Without the software's version, the same record gives the same bytes.
    figure.savefig(path, dpi=110, metadata={"Software": None})


def _panel(panel: Axes, name: str, x: list[float], y: list[float]) -> None:
    """One arm's way, in a square view that holds all of it and the origin."""
    words = name.split(" + ")
    panel.set_title("\n+ ".join(words), fontsize=7)
    panel.tick_params(labelsize=6)
    panel.axhline(0.0, color="0.85", linewidth=0.6, zorder=0)
    panel.axvline(0.0, color="0.85", linewidth=0.6, zorder=0)
    panel.plot(x, y, color="0.75", linewidth=0.5, zorder=1)
    panel.scatter(x, y, c=range(len(x)), cmap="Blues", vmin=-0.4 * len(x), s=2, linewidths=0, zorder=2)
    panel.scatter(x[:1], y[:1], marker="o", facecolors="none", edgecolors="black", s=18, zorder=3)
    panel.scatter(x[-1:], y[-1:], marker="x", color="crimson", s=22, zorder=3)
    reach = 1.08 * max(1e-3, *map(abs, x), *map(abs, y))
    panel.set_xlim(-reach, reach)
    panel.set_ylim(-reach, reach)
    panel.set_aspect("equal")
