"""Text and tables as LaTeX that a stock installation compiles: booktabs and nothing else."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection

from bench.reports._document import Table, Text
from bench.wording import minus

_SPECIAL = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "$": r"\$",
    "&": r"\&",
    "#": r"\#",
    "%": r"\%",
    "_": r"\_",
    "^": r"\textasciicircum{}",
    "~": r"\textasciitilde{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    '"': "''",  # The straight sign is in no font of LaTeX's oldest encoding.
    "`": r"{`}",
    "'": r"{'}",
    "-": r"{-}",  # Two in a row would become a dash.
    ",": r"{,}",  # Two in a row would become quotation marks.
    "[": r"{[}",  # At the start of a row it would be read as the space after the row before.
    "]": r"{]}",
    "*": r"{*}",
    "!": r"{!}",
    "?": r"{?}",
}
_MATHS = {
    "—": "---",
    "–": "--",
    "−": "$-$",
    "×": r"$\times$",
    "±": r"$\pm$",
    "·": r"$\cdot$",
    "…": r"\ldots{}",
    "→": r"$\rightarrow$",
    "←": r"$\leftarrow$",
    "↑": r"$\uparrow$",
    "↓": r"$\downarrow$",
    "≤": r"$\leq$",
    "≥": r"$\geq$",
    "≠": r"$\neq$",
    "∞": r"$\infty$",
    "√": r"$\surd$",
    "°": r"$^{\circ}$",
    "²": r"$^{2}$",
    "³": r"$^{3}$",
    "†": r"$^{\dagger}$",
    "‡": r"$^{\ddagger}$",
    "“": "``",
    "”": "''",
    "‘": "`",
    "’": "'",
}
_LETTERS_OF_GREEK = """
    alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi pi rho sigma tau upsilon phi chi
    psi omega Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega
"""
_GREEK = {name: rf"$\{name}$" for name in re.findall(r"\w+", _LETTERS_OF_GREEK)}
_LATIN = re.compile(r"[ -~]")


def escape(text: str) -> str:
    """`text` as itself, whatever it holds: what pdfLaTeX has no letter for becomes its code, `[U+1F600]`."""
    return "".join(map(_sign, " ".join(text.split())))


def _sign(sign: str) -> str:
    if sign in _SPECIAL:
        return _SPECIAL[sign]
    if sign in _MATHS:
        return _MATHS[sign]
    if _LATIN.fullmatch(sign):
        return sign
    name = unicodedata.name(sign, "")
    if name.startswith("GREEK ") and " LETTER " in name:
        size, _, letter = name.removeprefix("GREEK ").partition(" LETTER ")
        letter = "LAMBDA" if letter == "LAMDA" else letter
        known = _GREEK.get(letter.capitalize() if size == "CAPITAL" else letter.lower())
        if known:
            return known
    return _accented(sign) or f"{{[}}U+{ord(sign):04X}{{]}}"


_ACCENTS = {
    "\u0300": "`",
    "\u0301": "'",
    "\u0302": "^",
    "\u0303": "~",
    "\u0308": '"',
    "\u030a": "r",
    "\u030c": "v",
    "\u0327": "c",
}
_LETTERS = {
    "ß": r"{\ss}",
    "ø": r"{\o}",
    "Ø": r"{\O}",
    "æ": r"{\ae}",
    "Æ": r"{\AE}",
    "ł": r"{\l}",
    "Ł": r"{\L}",
}


def _accented(sign: str) -> str | None:
    if sign in _LETTERS:
        return _LETTERS[sign]
    parts = unicodedata.normalize("NFD", sign)
    if len(parts) == 2 and parts[0].isascii() and parts[0].isalpha() and parts[1] in _ACCENTS:
        base = rf"\{parts[0]}" if parts[0] in "ij" and parts[1] != "\u0327" else parts[0]
        return rf"{{\{_ACCENTS[parts[1]]}{{{base}}}}}"
    return None


def breakable(text: str) -> str:
    """`escape`, with places where a line may end: behind opening signs, and within very long words."""
    pieces = re.findall(r"[^\s_(=,/:;|]{1,18}[_(=,/:;|]?|[_=,/:;|]|\(|\s", " ".join(text.split()))
    found = ""
    for piece in pieces:
        # Escaping trims: a space stands for itself.
        stays = piece == "("  # What follows belongs to it.
        found += " " if piece == " " else escape(piece) + ("" if stays else r"\allowbreak{}")
    return found.replace(r"\allowbreak{} ", " ").removesuffix(r"\allowbreak{}")


def cell(value: Text, wrap: bool) -> str:
    """What stands in a table cell."""
    plain = value.text if value.named else minus(value.text)
    text = breakable(plain) if wrap else escape(plain)
    tail = "".join(map(_sign, value.tail))
    return (rf"\textbf{{{text}}}" if value.bold else text) + tail


def lines(grid: Table, wrapped: Collection[int]) -> tuple[str, list[str]]:
    """The header row, and the other rows, of a table; `wrapped`: columns in which lines may break."""
    columns = range(len(grid.header))
    head = " & ".join(escape(grid.header[at].text) for at in columns) + r" \\"
    rows = []
    for number, row in enumerate(grid.rows):
        cells = [cell(row[at], wrap=at < grid.left) for at in columns]
        cells = [
            rf"\raggedright {text}" if at in wrapped else text
            for at, text in zip(columns, cells, strict=True)
        ]
        if number < grid.oracles:
            named = [row[at].named for at in columns]
            cells = [rf"\emph{{{text}}}" if real else text for text, real in zip(cells, named, strict=True)]
        # In a wrapped last cell `\raggedright` has made `\\` a break of its own lines.
        ending = r" \tabularnewline" if columns[-1] in wrapped else r" \\"
        rows.append(" & ".join(cells) + ending)
    return head, rows
