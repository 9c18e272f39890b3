"""What the figures draw are the numbers of the summaries and of the statistics."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from drawn_results import RING, made
from matplotlib.figure import Figure
from PIL import Image

from bench.figures import Skipped, figures
from bench.figures._cells import cells
from bench.figures._pictures import tiles
from bench.pictures import samples_png
from bench.reports._summary import summarise
from bench.reports.base import Shape
from bench.rows import SUFFIXES, Results
from bench.stats import mean_interval


def figure(results: Results, name: str) -> Figure:
    found = figures(results)[name]
    assert isinstance(found, Figure), found
    return found


def artist(drawn: Figure, gid: str) -> Any:
    (found,) = drawn.findobj(lambda artist: artist.get_gid() == gid)
    return found


def test_learning_curves_are_means_over_the_runs_that_go_on() -> None:
    """At every step; and where two of five runs end, the figure says that three are left."""
    results = made(3, seeds=5, failing={1: 2})
    drawn = figure(results, "learning_curves")
    told = results.histories([f"a1-{seed}" for seed in range(5)], ["score/modes"])
    steps, values = artist(drawn, "arm-1--line-0").get_data()
    for step, value in zip(steps, values, strict=True):
        known = [dict(run["score/modes"])[step] for run in told.values() if step in dict(run["score/modes"])]
        assert value == pytest.approx(np.mean(known))
        assert len(known) == (5 if step <= 2500 else 3)
    assert artist(drawn, "arm-1--n-0-5").get_text() == "3"
    assert len(artist(drawn, "arm-1--band-0").get_paths()) == 1


def test_an_arm_whose_runs_all_broke_ends_in_a_cross() -> None:
    """It does not silently stop."""
    drawn = figure(made(3, seeds=3, failing={1: 3}), "learning_curves")
    assert artist(drawn, "arm-1--n-0-end").get_text() == "×"


def test_bars_are_shares_of_the_runs_planned() -> None:
    """The counts of the summary, and together all of the bar."""
    results = made(4, seeds=5, failing={2: 2})
    drawn = figure(results, "verdict_bars")
    for index, summary in enumerate(summarise(results)):
        bars = {v: artist(drawn, f"arm-{index}--bar-{v}").get_width() for v in summary.verdicts}
        assert bars == pytest.approx({v: n / summary.planned for v, n in summary.verdicts.items()})
        for verdict, number in summary.verdicts.items():
            assert artist(drawn, f"arm-{index}--count-{verdict}").get_text() == str(number)


def test_profiles_fall_from_those_that_scored_and_failures_never_reach() -> None:
    """At the lowest score every run that has one is counted; a failed run is in no share."""
    results = made(4, seeds=5, failing={1: 2})
    drawn = figure(results, "performance_profile")
    thresholds, share = artist(drawn, "arm-1--line").get_data()
    finals = results.rows[results.rows["arm"] == "a1"]["modes.final"].dropna().to_numpy()
    expected = [(finals >= threshold).sum() / 5 for threshold in thresholds]
    assert share.tolist() == pytest.approx(expected) and share[0] == 0.6


def test_a_profile_of_one_score_is_seen() -> None:
    """Where all runs score alike, each line is one point: it has ink of its own only as a marker."""
    results = made(2, seeds=3)
    rows = results.rows.assign(**{"modes.final": 0.0})
    drawn = figure(replace(results, rows=rows), "performance_profile")
    line = artist(drawn, "arm-1--line")
    assert line.get_data()[0].tolist() == [0.0]
    assert line.get_markevery() is None and line.get_marker() not in ("", "None")


def test_ranks_count_failures_last() -> None:
    """Against ranks by hand: within each seed, failures behind every score."""
    results = made(4, seeds=3, failing={1: 3}, primary="fid")
    drawn = figure(results, "critical_difference")
    table = results.rows.pivot(index="arm", columns="seed", values="fid.final").astype(float)
    ranks = table.fillna(1e9).rank(axis=0).mean(axis=1)
    for index in range(4):
        at = artist(drawn, f"arm-{index}--rank").get_xdata()[0]
        assert (at - 0.35) / 0.3 * 3 + 1 == pytest.approx(ranks[f"a{index}"])
    assert ranks["a1"] == 4.0, "an arm that always fails is last"


def test_collapses_are_marked_where_they_set_in() -> None:
    """A cross a collapsed run at its onset, on its line; none for a healthy one."""
    results = made(4, seeds=3)
    drawn = figure(results, "modes_over_time")
    for place, row in enumerate(results.rows[results.rows["arm"] == "a3"].itertuples()):
        marks = drawn.findobj(lambda a, p=place: a.get_gid() == f"arm-3--onset-{p}")
        assert len(marks) == (row.verdict != "healthy")
        if row.verdict == "collapsed":
            assert marks[0].get_marker() == "x" and marks[0].get_xdata()[0] == row.onset
            assert marks[0].get_xdata()[0] in artist(drawn, f"arm-3--run-{place}").get_xdata()


def test_marks_of_a_stricter_count_than_the_curves_are_explained() -> None:
    """Where verdicts read another output than the one that is drawn, the note beneath says so."""
    results = made(2, seeds=2)
    strict = {**results.plan["outputs"]["modes"], "label": "modes ≥ 10 %"}
    outputs = {**results.plan["outputs"], "modes_10pct": strict}

    def notes(found: Results) -> str:
        return " ".join(text.get_text() for text in figure(found, "modes_over_time").texts)

    assert "a tenth of its share" not in notes(results)
    # Without histories of its own the second output changes nothing that is drawn.
    rows = results.rows.assign(**{f"modes_10pct.{end}": results.rows[f"modes.{end}"] for end in SUFFIXES})
    told = notes(replace(results, plan={**results.plan, "outputs": outputs}, rows=rows))
    assert "only from a tenth of its share" in told and "modes ≥ 10 %" in told


@pytest.fixture
def crossed() -> Results:
    """Two by two by two, with a failed run in one cell."""
    return made(factors=(2, 2, 2), seeds=4, failing={0: 1})


def test_cells_are_means_over_the_other_factors(crossed: Results) -> None:
    """Seed by seed, of the seeds that every arm of the cell has."""
    grid = cells(crossed, summarise(crossed), "modes", "factor_0", "factor_1")
    rows = crossed.rows
    for (one, other), cell in grid.items():
        chosen = rows[(rows["factor_0"] == one) & (rows["factor_1"] == other)]
        table = chosen.pivot(index="seed", columns="arm", values="modes.final").astype(float).dropna()
        assert cell.mean == mean_interval(table.mean(axis=1).to_numpy())
    assert grid["off", "off"].failed == 1 and grid["off", "off"].mean.n == 3
    drawn = figure(crossed, "pivot")
    assert (
        artist(drawn, "cell-0-0--number")
        .get_text()
        .startswith(f"{grid['off', 'off'].mean.mean:.1f} ‡1".replace("-", "−"))
    )


def test_a_design_that_crosses_nothing_has_a_map_only_where_it_is_asked_for(crossed: Results) -> None:
    """Its cells would average unlike arms."""
    alone = replace(crossed, plan={**crossed.plan, "design": "add_one"})
    told = figures(alone)["pivot"]
    assert isinstance(told, Skipped) and "add_one does not cross" in told.reason
    assert not isinstance(figures(alone, Shape(pivot=("factor_0", "factor_1")))["pivot"], Skipped)


def test_lines_of_an_interaction_are_the_cells(crossed: Results) -> None:
    """The points of every line, whichever two factors they are of."""
    drawn = figure(crossed, "interaction")
    axes = drawn.axes[0]
    across, lines = axes.get_xlabel(), axes.get_legend().get_title().get_text()
    grid = cells(crossed, summarise(crossed), "modes", lines, across)
    for row, level in enumerate(("off", "sigma=1")):
        points = artist(drawn, f"level-{row}--line").get_ydata()
        assert list(points) == [grid[level, other].mean.mean for other in ("off", "sigma=1")]


@pytest.mark.parametrize(("channels", "side", "images"), [(1, 8, 64), (3, 28, 64), (3, 32, 20), (1, 5, 3)])
def test_grids_are_taken_apart_into_the_images_they_were_made_of(
    channels: int, side: int, images: int, tmp_path: Any
) -> None:
    """Pixel by pixel, the first images first; points are no grid."""
    import torch

    x = torch.rand(images, channels, side, side) * 2.0 - 1.0
    samples_png(x, RING, tmp_path / "grid.png")
    found = tiles(tmp_path / "grid.png")
    assert found is not None and len(found) >= images
    for image, tile in zip(x, found, strict=False):
        expected = ((image + 1.0) * 127.5).round().to(torch.uint8).expand(3, -1, -1).permute(1, 2, 0).numpy()
        np.testing.assert_array_equal(tile, expected)
    samples_png(torch.randn(50, 2), RING, tmp_path / "points.png")
    assert tiles(tmp_path / "points.png") is None


def test_samples_of_every_arm_are_of_the_same_latents(tmp_path: Any) -> None:
    """The first images of the picture of each arm's first seed."""
    results = made(3, seeds=2, folder=tmp_path, images=True)
    drawn = figure(results, "samples")
    for index in range(3):
        strip = np.asarray(artist(drawn, f"arm-{index}--strip").get_array())
        (path,) = results.pictures([f"a{index}-0"]).values()
        first = np.asarray(Image.open(path).convert("RGB"))
        assert (strip[:8, :8] == tiles(path)[0]).all() and first.shape[0] > 8  # type: ignore[index]
