"""The layout of a figure is found once: it depends on no format and on no last bit."""

from __future__ import annotations

from drawn_results import made
from matplotlib.figure import Figure

from bench.figures import figures, rendered
from bench.figures._saving import _PLACES


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
