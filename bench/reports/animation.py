"""Samples over training, arms side by side: how a ring is learnt, and lost.

    animation.gif    a frame an evaluation, of each arm's run with the first seed

At most MOST arms: the baseline, the best, and those whose run collapsed; how many are left out is said in
every frame. A GIF, because every browser, README and viewer plays one; there is no MP4, which would need
ffmpeg. Nothing is written for a study without pictures of at least two steps.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from bench.figures._arms import Arm, all_runs, cast
from bench.figures._text import font_file, shortened, wrapped
from bench.reports._summary import summarise
from bench.reports.base import AS_IT_IS, Report, Shape
from bench.rows import Results
from bench.wording import count

MOST = 8
"""Arms that are told apart while they move."""
LARGEST = 1_000_000
"""Bytes."""
_FRAMES = 40
_SIDES = (240, 200, 160, 120, 90)
"""Pixels of one arm's picture; the largest whose file is small enough is taken."""
_COLUMNS, _GAP, _LETTER, _LINE = 4, 10, 11, 15
_SHOWN, _LAST = 160, 2_500
"""Milliseconds of a frame, and of the last."""
_INK, _FAINT, _PAPER = (26, 28, 33), (120, 120, 120), (255, 255, 255)
_COLOURS = 64
_MODES = "score/modes"


class Animation(Report):
    """A film of the study."""

    format = "animation"
    makes = ("animation.gif",)
    lacking = "these results hold no pictures of at least two steps of one run"
    on_demand = True

    def write(self, results: Results, folder: Path, shape: Shape = AS_IT_IS) -> list[Path]:
        scenes, left_out = _scenes(results)
        steps = _chosen({step for scene in scenes for step in scene.pictures})
        if len(steps) < 2:
            return []
        for side in _SIDES:
            film = _film(scenes, steps, side, left_out)
            if len(film) <= LARGEST:
                break
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / "animation.gif"
        path.write_bytes(film)
        return [path]


@dataclass(frozen=True)
class _Scene:
    """One arm's run."""

    name: str
    verdict: str
    pictures: dict[int, Path]
    held: dict[int, float]
    """Step -> modes; empty where none are counted."""


def _scenes(results: Results) -> tuple[list[_Scene], int]:
    """The arms of the film in the plan's order, and how many are left out."""
    every = cast(results, summaries := summarise(results), len(summaries)).arms
    runs = {arm: ids[0] for arm, ids in all_runs(results, every).items() if ids}
    verdicts = {
        str(run): str(told) for run, told in results.rows[["run_id", "verdict"]].itertuples(index=False)
    }
    best = cast(results, summaries, MOST // 2).arms
    lost = [arm for arm in every if arm.id in runs and verdicts[runs[arm.id]] == "collapsed"]
    chosen = list(dict.fromkeys(arm.index for arm in [*best, *lost, *every]))[:MOST]
    drawn = [arm for arm in every if arm.index in chosen and arm.id in runs]
    pictures = results.every_picture([runs[arm.id] for arm in drawn])
    told = results.histories([runs[arm.id] for arm in drawn], [_MODES]) if _MODES in results.logged else {}
    found = [
        _Scene(
            _named(arm),
            verdicts[runs[arm.id]],
            pictures[runs[arm.id]],
            dict(told.get(runs[arm.id], {}).get(_MODES, [])),
        )
        for arm in drawn
        if pictures.get(runs[arm.id])
    ]
    return found, len(every) - len(found)


def _named(arm: Arm) -> str:
    return f"{arm.summary.name} (baseline)" if arm.baseline else arm.summary.name


def _chosen(steps: set[int]) -> list[int]:
    """All steps, or so many of them that a film is not too long; the first and the last are among them."""
    known = sorted(steps)
    if len(known) <= _FRAMES:
        return known
    return [known[round(place * (len(known) - 1) / (_FRAMES - 1))] for place in range(_FRAMES)]


def _film(scenes: list[_Scene], steps: list[int], side: int, left_out: int) -> bytes:
    """The GIF, in one palette for all frames."""
    frames = [_frame(scenes, step, steps[-1], side, left_out) for step in steps]
    # The palette of all: colours that occur at the end alone are in it too.
    strip = Image.new("RGB", (frames[0].width, frames[0].height * 2), _PAPER)
    strip.paste(frames[len(frames) // 2], (0, 0))
    strip.paste(frames[-1], (0, frames[0].height))
    palette = strip.quantize(_COLOURS)
    reduced = [frame.quantize(palette=palette, dither=Image.Dither.NONE) for frame in frames]
    stream = io.BytesIO()
    reduced[0].save(
        stream,
        format="GIF",
        save_all=True,
        append_images=reduced[1:],
        duration=[_SHOWN] * (len(frames) - 1) + [_LAST],
        loop=0,
        optimize=False,
    )
    return stream.getvalue()


def _frame(scenes: list[_Scene], step: int, last: int, side: int, left_out: int) -> Image.Image:
    columns = min(_COLUMNS, len(scenes))
    rows = -(-len(scenes) // columns)
    wide, high = side + _GAP, side + 4 * _LINE + _GAP
    sheet = Image.new("RGB", (columns * wide + _GAP, rows * high + 2 * _LINE + _GAP), _PAPER)
    draw = ImageDraw.Draw(sheet)
    told = f"step {step:,} of {last:,}"
    if left_out:
        told += f" · {count(left_out, 'arm')} not shown"
    draw.text((_GAP, 6), shortened(told, sheet.width - 2 * _GAP, _LETTER), _INK, _font())
    for place, scene in enumerate(scenes):
        left, top = _GAP + place % columns * wide, 2 * _LINE + place // columns * high
        _arm(sheet, scene, step, (left, top), side)
    return sheet


def _arm(sheet: Image.Image, scene: _Scene, step: int, at: tuple[int, int], side: int) -> None:
    """The arm's picture at a step, or the last before it, and what it holds there."""
    draw = ImageDraw.Draw(sheet)
    (left, top), seen = at, [known for known in scene.pictures if known <= step]
    if seen:
        with Image.open(scene.pictures[max(seen)]) as opened:
            sheet.paste(opened.convert("RGB").resize((side, side), Image.Resampling.LANCZOS), at)
    draw.rectangle((left, top, left + side - 1, top + side - 1), outline=_FAINT)
    lines = wrapped(scene.name, side, _LETTER)
    ended = bool(scene.pictures) and step > max(scene.pictures)
    known = [known for known in scene.held if known <= step]
    held = count(round(scene.held[max(known)]), "mode") if known else ""
    over = scene.verdict if ended or step == max(scene.pictures) else ""
    lines.append(shortened(" · ".join(part for part in (held, over) if part), side, _LETTER))
    for row, line in enumerate(lines):
        draw.text(
            (left, top + side + 3 + row * _LINE), line, _INK if row < len(lines) - 1 else _FAINT, _font()
        )


@cache
def _font() -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(font_file()), _LETTER)
