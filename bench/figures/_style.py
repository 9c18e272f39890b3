"""How every figure looks: sizes, colours, lines, and settings that are the same on every machine.

Sizes are those of a two-column paper, printed as they are: text is never smaller than SMALL points. Arms
differ in colour, in line and in marker at once, so that a figure copied in grey can still be read.

**What a page may rely on.** Axes, text, ticks and whatever else is no data are drawn in INK and in nothing
else, fainter ones in INK made translucent; no data have this colour but the baseline's, which is meant.
Whatever belongs to an arm has the gid `arm-<i>--<part>`, i being the arm's place in the plan, counted from 0
with the arms that do not apply, and `part` a word that makes it unique in its figure: `arm-3--line-0`, `arm-3
--key`.

Colours: Okabe and Ito 2008, "Color Universal Design", jfly.uni-koeln.de/color, without the yellow, which is
too faint on white; the black is the ink.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

INK = "#1a1c21"
"""Axes, text, ticks, and the baseline."""
FAINT = 0.55
"""Opacity of ink that steps back."""
WIDE = 7.0
"""Width of a page's text in inches."""
TALL = 9.4
"""Height of a page's text in inches: no figure is higher."""
TEXT = 7.5
"""Points."""
SMALL = 6.5
"""Points of notes, and of what there is a lot of."""
LINE = 1.25
"""From one line of text to the next, in sizes of the text."""

ORANGE, SKY, GREEN, BLUE, VERMILION, PURPLE, GREY = (
    "#E69F00",
    "#56B4E9",
    "#009E73",
    "#0072B2",
    "#D55E00",
    "#CC79A7",
    "#8C8C8C",
)
COLOURS = (BLUE, VERMILION, GREEN, PURPLE, ORANGE, SKY, GREY)
DASHES: tuple[Any, ...] = ("-", (0, (5, 1.5)), (0, (1.2, 1.2)), (0, (5, 1.5, 1.2, 1.5)))
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "<", ">")


@dataclass(frozen=True)
class Look:
    """How one arm is drawn."""

    color: str
    dash: Any
    marker: str
    width: float
    """Of its lines, in points."""


def look(index: int, baseline: bool = False) -> Look:
    """The look of the arm at `index` of the plan: the same in all figures; the baseline's is ink, heavy."""
    if baseline:
        return Look(INK, "-", "o", 1.8)
    return Look(
        COLOURS[index % len(COLOURS)], DASHES[index % len(DASHES)], MARKERS[index % len(MARKERS)], 1.2
    )


def gid(index: int, part: str) -> str:
    """What an artist of the arm at `index` of the plan is called; `part` is unique in its figure."""
    return f"arm-{index}--{part}"


@contextmanager
def style() -> Iterator[None]:
    """Matplotlib's own defaults and ours, whatever the user's settings are; those come back afterwards."""
    import matplotlib

    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(_SETTINGS)
        yield


_SETTINGS: Any = {
    "font.family": ["DejaVu Sans"],  # Matplotlib brings it along: the same on every machine.
    "font.size": TEXT,
    "text.parse_math": False,
    "text.hinting": "none",  # Letters are as wide on every device: what fits in one format fits in all.
    "text.color": INK,
    "axes.edgecolor": INK,
    "axes.labelcolor": INK,
    "axes.titlecolor": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "axes.facecolor": "none",
    "figure.facecolor": "none",
    "savefig.facecolor": "none",
    "legend.frameon": False,
    "legend.fontsize": SMALL,
    "axes.titlesize": TEXT,
    "axes.labelsize": TEXT,
    "xtick.labelsize": SMALL,
    "ytick.labelsize": SMALL,
    "axes.linewidth": 0.6,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "xtick.major.size": 2.5,
    "ytick.major.size": 2.5,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.unicode_minus": True,
    "axes.formatter.useoffset": False,
    "axes.grid": False,
    "grid.color": INK,
    "grid.alpha": 0.12,
    "grid.linewidth": 0.5,
    "lines.linewidth": 1.2,
    "lines.markersize": 3.5,
    "hatch.linewidth": 0.5,
    "hatch.color": INK,
    "pdf.fonttype": 42,  # Journals refuse Type 3 fonts.
    "svg.hashsalt": "ganbench",  # Otherwise names of clips and markers are random.
}
