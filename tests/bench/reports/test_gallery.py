"""The contact sheet: one cell an arm that applies, from the pictures that MLflow holds."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageFont

from bench.journal import Journal
from bench.reports.gallery import Gallery, wrapped
from bench.rows import results
from bench.tracking import sync


def test_every_arm_that_applies_has_its_cell(journal: Path, store: str, tmp_path: Path) -> None:
    """Two arms, two cells; the picture is the one that MLflow holds for the first seed."""
    sync(journal, store)
    found = results(store, "does-noise-help")
    arms = [arm["id"] for arm in found.plan["arms"] if arm["runs"]]
    first = {arm: found.rows[found.rows["arm"] == arm].iloc[0]["run_id"] for arm in arms}
    colours = {first[arms[0]]: (255, 0, 0), first[arms[1]]: (0, 0, 255)}

    def pictures(wanted: list[str]) -> dict[str, Path]:
        assert wanted == list(first.values()), "one picture an arm: that of the first seed"
        return {run: _plain(tmp_path / f"{run}.png", colour) for run, colour in colours.items()}

    drawn = replace(found, pictures=pictures)
    (path,) = Gallery().write(drawn, tmp_path / "one")
    sheet = np.asarray(Image.open(path).convert("RGB")).astype(int)
    red = (abs(sheet - [255, 0, 0]).sum(axis=2) < 60).any(axis=0)
    blue = (abs(sheet - [0, 0, 255]).sum(axis=2) < 60).any(axis=0)
    assert red.any() and blue.any(), "both arms are drawn"
    assert np.flatnonzero(red).max() < np.flatnonzero(blue).min(), "in the plan's order, side by side"
    (again,) = Gallery().write(drawn, tmp_path / "two")
    assert path.read_bytes() == again.read_bytes(), "the same results give the same bytes"


def test_pictures_come_from_mlflow(journal: Path, store: str) -> None:
    """The last picture of each run is the file that the journal named last."""
    sync(journal, store)
    found = results(store, "does-noise-help")
    runs = [str(run) for run in found.rows["run_id"]]
    pictures = found.pictures(runs)
    assert pictures, "the journal's runs have pictures"
    told = [event for event in Journal(journal).read() if event["type"] == "image"]
    last = {event["run"]: journal.parent / event["path"] for event in told}
    assert pictures.keys() <= {*runs} & last.keys()
    assert all(path.read_bytes() == last[run].read_bytes() for run, path in pictures.items())


def test_a_study_without_pictures_has_no_sheet(journal: Path, store: str, tmp_path: Path) -> None:
    """Nothing is drawn rather than an empty sheet."""
    sync(journal, store)
    found = replace(results(store, "does-noise-help"), pictures=lambda wanted: {})
    assert Gallery().write(found, tmp_path) == []


@pytest.mark.parametrize("column", ["verdict", "arm"])
def test_a_caption_is_never_cut_off(column: str, journal: Path, store: str, tmp_path: Path) -> None:
    """An arm with many verdicts, or with a long name, has more lines, and the sheet grows by them."""
    sync(journal, store)
    found = results(store, "does-noise-help")
    plain = replace(found, pictures=lambda wanted: {wanted[0]: _plain(tmp_path / "p.png", (9, 9, 9))})
    if column == "verdict":
        rows = found.rows.assign(verdict=[f"a_long_verdict_{index}" for index in range(len(found.rows))])
        crowded = replace(plain, rows=rows)
    else:
        arms = [{**arm, "name": arm["name"] + " + trick(knob=0.001)" * 6} for arm in found.plan["arms"]]
        crowded = replace(plain, plan={**found.plan, "arms": arms})
    heights = []
    for name, results_ in (("plain", plain), ("crowded", crowded)):
        (path,) = Gallery().write(results_, tmp_path / name)
        with Image.open(path) as sheet:
            heights.append(sheet.height)
    assert heights[1] > heights[0]


@given(st.lists(st.text("abcmW(=.)", min_size=1, max_size=60), max_size=12).map(" ".join))
def test_wrapping_loses_nothing_and_fits(text: str) -> None:
    """All letters in their order, in lines no wider than a picture."""
    lines = wrapped(text)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
    assert all(ImageFont.load_default(13).getlength(line) <= 256 for line in lines)


def _plain(path: Path, colour: tuple[int, int, int]) -> Path:
    Image.new("RGB", (64, 64), colour).save(path)
    return path
