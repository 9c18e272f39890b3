"""The film: a frame an evaluation, of the baseline, the best and those that collapsed."""

from __future__ import annotations

import itertools
from dataclasses import replace
from pathlib import Path

import numpy as np
from drawn_results import HOSTILE, STEPS, made
from PIL import Image

from bench.registries import REPORTS
from bench.reports import animation
from bench.reports.animation import LARGEST, MOST, Animation


def test_a_frame_an_evaluation_and_the_last_one_stays(tmp_path: Path) -> None:
    """It loops for ever, and the same record gives the same bytes."""
    results = made(4, seeds=2, failing={2: 1}, folder=tmp_path / "pictures")
    (path,) = REPORTS.load("animation")().write(results, tmp_path / "one")
    with Image.open(path) as film:
        assert film.n_frames == len(STEPS) and film.info["loop"] == 0
        durations, frames = [], []
        for index in range(film.n_frames):
            film.seek(index)
            durations.append(film.info["duration"])
            frames.append(np.asarray(film.convert("RGB")).astype(int))
    assert durations[-1] > 5 * max(durations[:-1])
    assert all(abs(one - other).max() > 100 for one, other in itertools.pairwise(frames))
    (again,) = Animation().write(results, tmp_path / "two")
    assert path.read_bytes() == again.read_bytes()


def test_no_more_arms_than_can_be_watched(tmp_path: Path) -> None:
    """The baseline, half of them the best, then those whose run collapsed; the others are counted."""
    results = made(12, seeds=1, folder=tmp_path / "pictures")
    scenes, left_out = animation._scenes(results)
    assert len(scenes) == MOST and left_out == 12 - MOST
    assert scenes[0].name == "non_saturating (baseline)"
    finals = results.rows.set_index("arm_name")["modes.final"]
    best = set(finals.sort_values(ascending=False, kind="stable").index[: MOST // 2 - 1])
    assert best <= {scene.name for scene in scenes}
    lost = results.rows["verdict"].eq("collapsed").sum()
    assert sum(scene.verdict == "collapsed" for scene in scenes) >= min(lost, MOST // 2)


def test_the_file_is_small_however_much_it_shows(tmp_path: Path) -> None:
    """Pictures shrink until it is; hostile names change nothing."""
    results = made(8, seeds=1, names=HOSTILE, folder=tmp_path / "pictures", images=True)
    (path,) = Animation().write(results, tmp_path / "film")
    assert path.stat().st_size <= LARGEST


def test_a_study_without_pictures_has_no_film(tmp_path: Path) -> None:
    """Nor has one whose runs left a single step."""
    results = made(2, seeds=1, folder=tmp_path / "pictures")
    assert Animation().write(made(2, seeds=1), tmp_path) == []

    def one_step(wanted: list[str]) -> dict[str, dict[int, Path]]:
        return {run: {500: steps[500]} for run, steps in results.every_picture(wanted).items()}

    assert Animation().write(replace(results, every_picture=one_step), tmp_path) == []


def test_long_trainings_are_thinned_and_keep_their_ends() -> None:
    """The first and the last step are always among the frames."""
    steps = animation._chosen(set(range(0, 10_000, 10)))
    assert len(steps) == 40 and steps[0] == 0 and steps[-1] == 9_990 and steps == sorted(set(steps))
