"""Names as a figure can show them: characters that the font has, in the room that there is."""

from __future__ import annotations

import unicodedata
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.ft2font import FT2Font

ELLIPSIS = "…"
_UNSEEN = ("Cc", "Cf", "Cs", "Co", "Cn")
"""Unicode's categories of what has no shape, or turns the reading direction."""


def printable(text: str) -> str:
    """`text` on one line; a character that the font cannot show as its code, such as U+1F600."""
    known = _characters()
    return "".join(
        sign if ord(sign) in known and unicodedata.category(sign) not in _UNSEEN else f"U+{ord(sign):04X}"
        for sign in " ".join(text.split())
    )


def width(text: str, size: float) -> float:
    """Points that printable `text` is wide in letters of `size` points, and a little for rounding."""
    return 1.03 * _width(text) * size / _MEASURED_AT


def shortened(text: str, room: float, size: float) -> str:
    """`text` in `room` points. What is left out stood in the middle: names differ at their ends."""
    text = printable(text)
    if width(text, size) <= room:
        return text
    fits, fails = 0, len(text)
    while fits + 1 < fails:
        middle = (fits + fails) // 2
        if width(_without_middle(text, middle), size) <= room:
            fits = middle
        else:
            fails = middle
    return _without_middle(text, fits)


def wrapped(text: str, room: float, size: float, most: int = 2) -> list[str]:
    """`text` in at most `most` lines of `room` points, shortened if that is not enough."""
    lines: list[str] = []
    for word in _words(printable(text)):
        joined = f"{lines[-1]} {word}" if lines else word
        if lines and width(joined, size) <= room:
            lines[-1] = joined
        else:
            lines.append(word)
    if len(lines) > most:
        lines = [*lines[: most - 1], " ".join(lines[most - 1 :])]
    return [shortened(line, room, size) for line in lines] or [""]


def _words(text: str) -> list[str]:
    """Words at which a line may end; a sign of addition stays with what it adds."""
    words: list[str] = []
    for word in text.split(" "):
        if words and words[-1] in ("+", "−", "×"):
            words[-1] = f"{words[-1]} {word}"
        else:
            words.append(word)
    return words


def _without_middle(text: str, kept: int) -> str:
    head = (kept + 1) // 2
    return text[:head].rstrip() + ELLIPSIS + text[len(text) - (kept - head) :].lstrip()


def font_file() -> Path:
    """The font of all figures, which Matplotlib brings along."""
    import matplotlib

    return Path(matplotlib.get_data_path(), "fonts", "ttf", "DejaVuSans.ttf")


_MEASURED_AT = 100.0


@lru_cache(maxsize=100_000)
def _width(text: str) -> float:
    from matplotlib.ft2font import LoadFlags

    font = _font()
    font.set_text(text, 0.0, flags=LoadFlags.NO_HINTING)
    return font.get_width_height()[0] / 64.0


@cache
def _characters() -> frozenset[int]:
    return frozenset(_font().get_charmap())


@cache
def _font() -> FT2Font:
    from matplotlib.ft2font import FT2Font

    # Not one of `font_manager.get_font`: those are shared with the figures, which change their size.
    font = FT2Font(str(font_file()))
    font.set_size(_MEASURED_AT, 72.0)
    return font
