"""What holds of every figure, whatever it shows."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from drawn_results import HOSTILE, made
from matplotlib.artist import Artist
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import Collection
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from matplotlib.lines import Line2D
from matplotlib.text import Text

from bench.figures import INK, Skipped, figures, names, rendered
from bench.figures._style import COLOURS, style
from bench.rows import Results

EVERY = [
    "critical_difference",
    "forest",
    "interaction",
    "learning_curves",
    "modes_over_time",
    "performance_profile",
    "pivot",
    "samples",
    "verdict_bars",
]
OF_FACTORS = ("interaction", "pivot")
"""Figures of levels and not of arms."""


def drawn(results: Results) -> dict[str, Figure]:
    return {name: figure for name, figure in figures(results).items() if isinstance(figure, Figure)}


def texts(figure: Figure) -> list[str]:
    return [text.get_text() for text in figure.findobj(Text) if text.get_text()]


def of_arms(figure: Figure) -> set[int]:
    """The arms that some artist belongs to."""
    gids = [str(artist.get_gid()) for artist in figure.findobj(Artist) if artist.get_gid()]
    return {int(found[1]) for gid in gids if (found := re.match(r"arm-(\d+)--", gid))}


def test_these_are_the_figures() -> None:
    """A file is a figure; a new one belongs in this list."""
    assert names() == EVERY


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Figure]:
    """Every figure of a factorial with failures, an arm that does not apply, and pictures."""
    folder = tmp_path_factory.mktemp("pictures")
    return drawn(made(factors=(2, 3), seeds=3, failing={2: 2, 4: 3}, declined=(5,), folder=folder))


@pytest.mark.parametrize("name", EVERY)
def test_no_arm_is_missing_without_a_word(name: str, many: dict[str, Figure]) -> None:
    """Each arm that applies has an artist, failures too; the one that does not is counted in the notes."""
    assert "1 arm not applicable: not drawn." in " ".join(texts(many[name]))
    if name not in OF_FACTORS:
        baseline = {0} if name == "forest" else set()
        assert of_arms(many[name]) | baseline == {0, 1, 2, 3, 4}
        assert name != "forest" or "The baseline: non_saturating." in " ".join(texts(many[name]))


@pytest.mark.parametrize("name", EVERY)
def test_colours_are_ink_or_belong_to_something(name: str, many: dict[str, Figure]) -> None:
    """Lines, bands and pictures in an arm's colour have its gid; all without one are drawn in ink."""
    for artist in many[name].findobj(lambda a: isinstance(a, Line2D | Collection | AxesImage)):
        if artist.get_gid() or not artist.get_visible():
            continue
        assert not isinstance(artist, AxesImage), "a picture is some arm's"
        if isinstance(artist, Line2D) and len(artist.get_xydata()):
            if artist.axes is not None and artist.axes.get_legend() is not None and name in OF_FACTORS:
                continue
            assert to_hex(artist.get_color()) not in {colour.lower() for colour in COLOURS}
    for text in many[name].findobj(Text):
        if text.get_text() and not text.get_gid():
            assert to_hex(text.get_color()) in (INK, "#000000")


@pytest.mark.parametrize("name", EVERY)
def test_nothing_is_cut_off(name: str, many: dict[str, Figure]) -> None:
    """Every text lies within the figure."""
    canvas = FigureCanvasAgg(many[name])
    with style():
        canvas.draw()
    renderer = canvas.get_renderer()
    wide, high = many[name].bbox.size
    for text in many[name].findobj(Text):
        if not text.get_text() or not text.get_visible():
            continue
        if text.axes is not None and not text.axes.axison and text not in text.axes.texts:
            continue
        if text in _ticks_outside(many[name]):
            continue
        box = text.get_window_extent(renderer)
        assert box.x0 > -2 and box.y0 > -2 and box.x1 < wide + 2 and box.y1 < high + 2, text.get_text()


def _ticks_outside(figure: Figure) -> set[Text]:
    """Labels of ticks beyond the ends of their axis, which are not drawn."""
    hidden = set()
    for axes in figure.axes:
        for axis, (low, high) in (
            (axes.xaxis, sorted(axes.get_xlim())),
            (axes.yaxis, sorted(axes.get_ylim())),
        ):
            for tick in axis.get_major_ticks() + axis.get_minor_ticks():
                if not low <= tick.get_loc() <= high:
                    hidden |= {tick.label1, tick.label2}
    return hidden


@pytest.mark.parametrize("arms", [5, 45])
def test_hostile_names_are_drawn_as_they_are(arms: int, tmp_path: Path) -> None:
    """No formula, no markup, no missing glyph, no line beyond the page; warnings are errors here."""
    results = made(arms, seeds=2, names=HOSTILE, folder=tmp_path if arms == 5 else None, images=True)
    for name, figure in drawn(results).items():
        for kind in ("svg", "pdf", "png") if name == "forest" else ("png",):
            assert rendered(figure, kind), (name, kind)
        for text in figure.findobj(Text):
            assert not text.get_text() or not text.get_parse_math(), (name, text.get_text())
        assert figure.get_figheight() <= 11.0, "it fits on a page"
    if arms == 5:
        assert "$\\frac{a}{b}$" in " ".join(texts(figures(results)["verdict_bars"]))  # type: ignore[arg-type]
    else:
        assert "5 arms of 45 left out" in " ".join(texts(figures(results)["forest"]))  # type: ignore[arg-type]


SKIPPED: dict[str, tuple[Callable[[], Results], dict[str, str]]] = {
    "rows of a file": (
        lambda: replace(made(3, seeds=2), histories=lambda wanted, names: {}, logged=frozenset()),
        {"learning_curves": "no histories", "modes_over_time": "no histories", "samples": "no pictures"},
    ),
    "one arm": (
        lambda: made(1, seeds=1),
        {
            "critical_difference": "three arms",
            "forest": "no arm shares",
            "interaction": "two factors",
            "pivot": "two factors",
        },
    ),
    "one seed": (lambda: made(3, seeds=1), {"critical_difference": "two seeds"}),
    "all failed": (
        lambda: made(3, seeds=2, failing={0: 2, 1: 2, 2: 2}),
        {"forest": "no arm shares", "performance_profile": "no run has a final modes"},
    ),
}


@pytest.mark.parametrize("case", SKIPPED)
def test_what_does_not_apply_says_why(case: str) -> None:
    """In words, and the other figures are drawn all the same."""
    make, reasons = SKIPPED[case]
    found = figures(make())
    assert list(found) == EVERY
    for name, reason in reasons.items():
        told = found[name]
        assert isinstance(told, Skipped) and reason in told.reason, (name, told)
    assert isinstance(found["verdict_bars"], Figure)


def test_nothing_is_asked_for_twice() -> None:
    """Histories come from a server: a figure that needs what another has read reads it from memory."""
    results = made(3, seeds=2)
    asked: list[tuple[str, str]] = []

    def histories(wanted: list[str], names: list[str]) -> Any:
        asked.extend((run, name) for run in wanted for name in names)
        return results.histories(wanted, names)

    figures(replace(results, histories=histories))
    assert asked and len(asked) == len(set(asked))
