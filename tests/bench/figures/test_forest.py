"""The forest plot shows the numbers of the summaries, and which side is better."""

from __future__ import annotations

from typing import Any

import pytest
from drawn_results import made
from matplotlib.figure import Figure
from matplotlib.text import Text

from bench.figures.forest import draw
from bench.reports._summary import summarise


def found(figure: Figure, gid: str) -> Any:
    (artist,) = figure.findobj(lambda artist: artist.get_gid() == gid)
    return artist


@pytest.mark.parametrize(("primary", "better"), [("modes", "better →"), ("fid", "← better")])
def test_what_is_drawn_is_what_the_table_says(primary: str, better: str) -> None:
    """Mean, interval, p and failures of every arm."""
    results = made(4, seeds=7, failing={2: 1}, primary=primary)
    summaries = summarise(results)
    figure = draw(results, summaries)
    assert isinstance(figure, Figure)
    for index, arm in enumerate(summaries[1:], start=1):
        cell = arm.cells[primary]
        assert cell.difference is not None and cell.p_holm is not None
        assert found(figure, f"arm-{index}--mean").get_xdata()[0] == cell.difference.interval.mean
        ends = list(found(figure, f"arm-{index}--interval").get_xdata())
        assert ends == [cell.difference.interval.low, cell.difference.interval.high]
        sure = found(figure, f"arm-{index}--mean").get_fillstyle() == "full"
        assert sure == (cell.p_holm < 0.05)
    assert found(figure, "arm-2--unscored").get_text() == "‡ 1/7"
    assert better in [text.get_text() for text in figure.findobj(Text)]


def test_an_interval_that_dwarfs_the_others_ends_in_an_arrowhead() -> None:
    """The axis is for the other arms; the numbers beside the panel stay what they are."""
    results = made(6, seeds=5)
    rows = results.rows.copy()
    wild = rows["arm"] == "a3"
    rows.loc[wild, "modes.final"] = [900.0, -900.0, 800.0, -800.0, 5.0]
    summaries = summarise(results.__class__(rows, results.oracle, results.protocols, results.plan))
    figure = draw(results, summaries)
    assert isinstance(figure, Figure)
    assert found(figure, "arm-3--before") and found(figure, "arm-3--after")
    assert figure.axes[0].get_xlim()[1] < 200.0
    assert not figure.findobj(lambda artist: artist.get_gid() == "arm-1--after")
