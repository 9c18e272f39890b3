"""The layout of a figure is found once, depends on no format and on no last bit, and keeps texts apart."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import replace

import pytest
from drawn_results import made
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.transforms import Bbox

from bench.figures import Skipped, critical_difference, figures, rendered
from bench.figures._saving import _PLACES
from bench.reports._summary import summarise
from bench.rows import Results


def test_places_are_rounded_and_the_same_in_every_format() -> None:
    """Whichever format is written first."""
    places = []
    for kinds in (("png", "svg"), ("pdf", "svg")):
        figure = figures(made(4, seeds=3))["forest"]
        assert isinstance(figure, Figure)
        for kind in kinds:
            rendered(figure, kind)
            places.append([axes.get_position(original=True).bounds for axes in figure.axes])
    assert all(found == places[0] for found in places)
    assert all(abs(round(at, _PLACES) - at) < 1e-12 for bounds in places[0] for at in bounds)


def _texts(figure: Figure) -> list[tuple[str, Bbox]]:
    """What can be read level, with its place in pixels."""
    figure.draw_without_rendering()
    beyond = {  # Ticks that lie outside of the frame exist, but are not drawn.
        id(label)
        for axes in figure.axes
        for axis in (axes.xaxis, axes.yaxis)
        for tick in axis.get_major_ticks()
        if not min(axis.get_view_interval()) <= tick.get_loc() <= max(axis.get_view_interval())
        for label in (tick.label1, tick.label2)
    }
    texts = [text for text in figure.findobj(Text) if text.get_visible() and id(text) not in beyond]
    shown = [text for text in texts if text.get_text().strip()]
    return [(text.get_text(), text.get_window_extent()) for text in shown if text.get_rotation() == 0]


def _wide() -> Results:
    """Scores with many figures, which span forty decades; ten levels with long names."""
    results = made(factors=(10, 2), seeds=3, primary="fid", failing={3: 1})
    outputs = results.plan["outputs"] | {"fid": results.plan["outputs"]["fid"] | {"digits": 4}}
    rows = results.rows.copy()
    rows["fid.final"] = rows["fid.final"] * 10.0 ** (3.0 - 43.0 * rows["seed"] * (rows["arm"] == "a5") / 2.0)
    plan = results.plan | {"outputs": outputs}
    arms = [
        {**arm, "levels": {f: _long(level) for f, level in arm["levels"].items()}} for arm in plan["arms"]
    ]
    factors = {factor: [_long(level) for level in levels] for factor, levels in plan["factors"].items()}
    return replace(results, rows=rows, plan=plan | {"arms": arms, "factors": factors})


def _long(level: str) -> str:
    return f"gradient penalty on real data and {level}"


@pytest.mark.parametrize("make", [_wide, lambda: made(5, seeds=4), lambda: made(30, seeds=2)])
def test_no_text_lies_over_another(make: Callable[[], Results]) -> None:
    """However wide the numbers are, and none of it is the source of a formula."""
    for name, figure in figures(make()).items():
        if isinstance(figure, Skipped):
            continue
        _apart(name, figure)


def _apart(name: str, figure: Figure) -> None:
    texts = _texts(figure)
    assert not [text for text, _ in texts if "mathdefault" in text], name
    for (one, here), (other, there) in itertools.combinations(texts, 2):
        across = min(here.x1, there.x1) - max(here.x0, there.x0)
        down = min(here.y1, there.y1) - max(here.y0, there.y0)
        assert across <= 1.0 or down <= 2.0, f"{name}: {one!r} and {other!r}"


@pytest.mark.parametrize("arms", [3, 20])
def test_ranks_stand_beside_whole_names(arms: int) -> None:
    """Of up to twenty arms: names of 60 characters, that of the baseline with what it is."""
    names = [f"non_saturating + instance_noise(sigma=0.3) + r1(gamma=10.{at:02})" for at in range(arms)]
    assert len(names[0]) == 60
    results = made(arms, seeds=4, names=names)
    figure = critical_difference.draw(results, summarise(results))
    assert isinstance(figure, Figure)
    told = [" ".join(text.split()) for text, _ in _texts(figure)]
    assert {*names[1:], f"{names[0]} (baseline)"} <= {*told}
    _apart("critical_difference", figure)
