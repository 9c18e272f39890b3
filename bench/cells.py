"""Text in a terminal's cells: of any name exactly so many columns, whatever letters it is made of."""

from __future__ import annotations

import re
import unicodedata

from rich.cells import cell_len, set_cell_size

_ESCAPES = re.compile(r"\x1b(\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(\x07|\x1b\\)?)")
"""Colours, movements of the cursor, titles and links, as terminals are told of them."""
_EMOJI_STYLE = "\ufe0f"
"""Makes some terminals draw a letter two columns wide, and others not."""


def clean(text: str) -> str:
    """One line that cannot move the cursor, change colours or turn the writing round."""
    spaced = " ".join(_ESCAPES.sub("", text).split())
    return "".join(
        letter for letter in spaced if unicodedata.category(letter)[0] != "C" and letter != _EMOJI_STYLE
    )


def cut(text: str, width: int) -> str:
    """At most `width` columns; what is cut off leaves an ellipsis."""
    if cell_len(text) <= width:
        return text
    return set_cell_size(text, width - 1).rstrip() + "…" if width > 0 else ""


def left(text: str, width: int) -> str:
    """Exactly `width` columns, the text at their left."""
    return set_cell_size(cut(text, width), width)


def right(text: str, width: int) -> str:
    """Exactly `width` columns, the text at their right."""
    text = cut(text, width)
    return " " * (width - cell_len(text)) + text
