"""Docstrings as Markdown: equations in blocks of their own, sources as links, no markup by chance."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import groupby

# A name in backquotes, an arXiv number, a DOI; the last without the punctuation that follows it.
_APART = re.compile(r"(`[^`]+`|arXiv:\d{4}\.\d{4,5}|doi:10\.\d{4,}/[^\s;]+?(?=\)?[.,;]?(?:\s|$)))")
_MARKUP = re.compile(r"([\\*_~<>\[\]])")
_LINKS = {"arXiv:": "https://arxiv.org/abs/", "doi:": "https://doi.org/"}


def escaped(text: str) -> str:
    """Text that reads in Markdown as it is written, with names in backquotes as code and sources as links."""
    return "".join(map(_piece, _APART.split(text)))


def _piece(text: str) -> str:
    for prefix, address in _LINKS.items():
        if text.startswith(prefix):
            return f"[{text}]({address}{text.removeprefix(prefix)})"
    return text if text.startswith("`") else _MARKUP.sub(r"\\\1", text)


def rendered(doc: str) -> str:
    """A docstring: indented lines become blocks of preformatted text, the others a line a paragraph."""
    parts: list[str] = []
    for indented, group in groupby(_spaced(doc), key=lambda block: block.startswith(" ")):
        blocks = list(group)
        parts += ["\n".join(["```text", *_outdented(blocks), "```"])] if indented else map(_paragraph, blocks)
    return "\n\n".join(parts)


def _spaced(doc: str) -> list[str]:
    """The blocks between blank lines, or between indented lines and others."""
    blocks: list[list[str]] = [[]]
    for line in doc.splitlines():
        if not line.strip():
            blocks.append([])
        elif blocks[-1] and blocks[-1][-1].startswith(" ") != line.startswith(" "):
            blocks.append([line])
        else:
            blocks[-1].append(line)
    return ["\n".join(block) for block in blocks if block]


def _outdented(blocks: Sequence[str]) -> list[str]:
    lines = "\n\n".join(blocks).splitlines()
    margin = min(len(line) - len(line.lstrip()) for line in lines if line)
    return [line[margin:] for line in lines]


def _paragraph(block: str) -> str:
    return escaped(" ".join(block.split()))


def table(columns: Mapping[str, Sequence[str]]) -> str:
    """A table of columns of equally many cells, which are Markdown already."""
    rows = [list(columns), ["---"] * len(columns), *zip(*columns.values(), strict=True)]
    return "\n".join("| " + " | ".join(cell.replace("|", r"\|") for cell in row) + " |" for row in rows)
