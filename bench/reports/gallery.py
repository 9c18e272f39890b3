"""One picture of every arm's last samples, side by side, with what became of its runs.

    samples.png    each arm's run with the first seed: the same latents in every cell

The other seeds are in MLflow; the caption says how many of them are healthy.
"""

from __future__ import annotations

import textwrap
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from bench.reports._summary import Summary, summarise
from bench.reports.base import Report
from bench.rows import Results

_CELL = 256
_CAPTION = 62
_GAP = 12
_COLUMNS = 4
_LETTERS = 36
_INK, _FAINT, _PAPER, _SICK = (20, 20, 20), (120, 120, 120), (255, 255, 255), (190, 30, 30)


class Gallery(Report):
    """A contact sheet of the study."""

    def write(self, results: Results, folder: Path) -> list[Path]:
        arms = [arm for arm in summarise(results) if arm.reason is None]
        seeds = {str(line.arm): str(line.run_id) for line in results.rows.iloc[::-1].itertuples()}
        pictures = results.pictures([seeds[arm.id] for arm in arms])
        if not pictures:
            return []
        columns = min(_COLUMNS, len(arms))
        rows = -(-len(arms) // columns)
        size = (columns * (_CELL + _GAP) + _GAP, rows * (_CELL + _CAPTION + _GAP) + _GAP)
        sheet = Image.new("RGB", size, _PAPER)
        for index, arm in enumerate(arms):
            left = _GAP + index % columns * (_CELL + _GAP)
            top = _GAP + index // columns * (_CELL + _CAPTION + _GAP)
            _cell(sheet, (left, top), arm, pictures.get(seeds[arm.id]))
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / "samples.png"
        sheet.quantize(64).save(path, format="PNG", optimize=True)
        return [path]


def _cell(sheet: Image.Image, corner: tuple[int, int], arm: Summary, picture: Path | None) -> None:
    left, top = corner
    draw = ImageDraw.Draw(sheet)
    frame = (left, top, left + _CELL - 1, top + _CELL - 1)
    if picture is None:
        draw.text((left + 70, top + 120), "no finite samples", _FAINT, ImageFont.load_default(14))
    else:
        with Image.open(picture) as opened:
            small = opened.convert("RGB").resize((_CELL, _CELL), Image.Resampling.LANCZOS)
        sheet.paste(small, corner)
    draw.rectangle(frame, outline=_FAINT)
    lines = textwrap.wrap(arm.name, _LETTERS)[:2]
    draw.text((left, top + _CELL + 4), "\n".join(lines), _INK, ImageFont.load_default(13))
    told = f"{arm.healthy} of {arm.ended} healthy"
    others = [f"{number} {name}" for name, number in arm.verdicts.items() if name != "healthy"]
    colour = _FAINT if arm.healthy == arm.ended else _SICK
    draw.text((left, top + _CELL + 42), ", ".join([told, *others]), colour, ImageFont.load_default(13))
