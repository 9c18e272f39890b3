"""One picture of every arm's last samples, side by side, with what became of its runs.

    samples.png    each arm's run with the first seed: the same latents in every cell

The other seeds are in MLflow; the caption says how many of them are healthy.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from bench.reports._summary import Summary, summarise
from bench.reports.base import AS_IT_IS, Report, Shape
from bench.rows import Results

_CELL = 256
_LINE = 17
_GAP = 12
_COLUMNS = 4
_LARGE = 20_000_000
"""Pixels of a sheet from which on its colours are found the quick way."""
_INK, _FAINT, _PAPER, _SICK = (20, 20, 20), (120, 120, 120), (255, 255, 255), (190, 30, 30)


class Gallery(Report):
    """A contact sheet of the study."""

    format = "samples"
    makes = ("samples.png",)
    lacking = "these results hold no pictures of samples"

    def write(self, results: Results, folder: Path, shape: Shape = AS_IT_IS) -> list[Path]:
        arms = [arm for arm in summarise(results) if arm.reason is None]
        first = results.first_runs()
        pictures = results.pictures([first[arm.id] for arm in arms])
        if not pictures:
            return []
        cells = [_Cell.of(arm, pictures.get(first[arm.id])) for arm in arms]
        columns = min(_COLUMNS, len(cells))
        rows = -(-len(cells) // columns)
        # Nothing of a caption is cut off: the longest one makes the room for all.
        wide, high = _CELL + _GAP, _CELL + _LINE * (max(cell.lines for cell in cells) + 1)
        sheet = Image.new("RGB", (columns * wide + _GAP, rows * high + _GAP), _PAPER)
        for index, cell in enumerate(cells):
            cell.draw(sheet, _GAP + index % columns * wide, _GAP + index // columns * high)
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / "samples.png"
        # The better way takes ten seconds for the sheet of a thousand arms.
        quick = Image.Quantize.FASTOCTREE if sheet.width * sheet.height > _LARGE else None
        sheet.quantize(64, method=quick).save(path, format="PNG", optimize=True)
        return [path]


@dataclass(frozen=True)
class _Cell:
    """An arm's picture and its caption, wrapped."""

    picture: Path | None
    name: list[str]
    verdicts: list[str]
    healthy: bool
    """All of its runs are."""

    @classmethod
    def of(cls, arm: Summary, picture: Path | None) -> _Cell:
        told = ", ".join([f"{arm.healthy} of {arm.ended} healthy", *arm.unhealthy])
        # Pillow's own font has no arrow.
        return cls(picture, wrapped(arm.name.replace("→", "->")), wrapped(told), arm.healthy == arm.ended)

    @property
    def lines(self) -> int:
        return len(self.name) + len(self.verdicts)

    def draw(self, sheet: Image.Image, left: int, top: int) -> None:
        draw = ImageDraw.Draw(sheet)
        if self.picture is None:
            draw.text((left + 70, top + 120), "no finite samples", _FAINT, ImageFont.load_default(14))
        else:
            with Image.open(self.picture) as opened:
                small = opened.convert("RGB").resize((_CELL, _CELL), Image.Resampling.LANCZOS)
            sheet.paste(small, (left, top))
        draw.rectangle((left, top, left + _CELL - 1, top + _CELL - 1), outline=_FAINT)
        inks = [_INK] * len(self.name) + [_FAINT if self.healthy else _SICK] * len(self.verdicts)
        for row, (line, ink) in enumerate(zip(self.name + self.verdicts, inks, strict=True)):
            draw.text((left, top + _CELL + 4 + row * _LINE), line, ink, _font())


def wrapped(text: str) -> list[str]:
    """`text` in lines that fit under a picture; a word that does not is divided."""
    lines = [""]
    for word in text.split():
        if _fits(f"{lines[-1]} {word}"):
            lines[-1] = f"{lines[-1]} {word}".strip()
            continue
        rest = word
        while rest:
            end = next(end for end in range(len(rest), 0, -1) if end == 1 or _fits(rest[:end]))
            lines.append(rest[:end])
            rest = rest[end:]
    return [line for line in lines if line]


def _fits(text: str) -> bool:
    return _font().getlength(text.strip()) <= _CELL


@cache
def _font() -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(13)
