"""Figures as files and as text: the same rows give the same bytes.

A stand-alone SVG holds its letters as outlines: it looks the same in a browser, in Inkscape and in print,
whatever fonts are there. One that a page holds (`svg`) keeps them as text, which can be searched, selected
and read aloud; the room for it was measured in a wide font, so that a reader's own sans-serif fits. PNG and
stand-alone SVG have white paper, as dark ink on a dark screen cannot be read; PDF and the SVG of a page are
transparent.
"""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

from bench.figures._style import INK, style

if TYPE_CHECKING:
    from matplotlib.figure import Figure

FORMATS = ("svg", "pdf", "png")
_DPI = 200
_PLACES = 4
"""Decimals of a figure's width: a fifth of a pixel."""
_DIGEST = re.compile(rb"(?<=[\"#])([pmhC])[0-9a-f]{10}\b")
_DECIMALS = re.compile(r"-?\d+\.\d+")
"""Of the points of a page's lines: the second is finer than any screen or printer."""
_SVG, _XLINK = "http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"
_FONTS = "'DejaVu Sans', Verdana, sans-serif"
# Without dates and versions, the same record gives the same bytes.
_METADATA: dict[str, dict[str, Any]] = {
    "svg": {"Date": None, "Creator": None},
    "pdf": {"CreationDate": None, "Creator": None, "Producer": None},
    "png": {"Software": None},
}


def write(figure: Figure, path: Path) -> Path:
    """Write `figure` in the format that `path` ends with; missing folders are made."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(rendered(figure, path.suffix.removeprefix(".")))
    return path


def rendered(figure: Figure, kind: str) -> bytes:
    """`figure` as a file of one of FORMATS."""
    paper = "none" if kind == "pdf" else "white"
    return _saved(figure, kind, {"svg.fonttype": "path"}, facecolor=paper)


def svg(figure: Figure, prefix: str, ink: str = INK) -> str:
    """`figure` as an `<svg>` element for a page, transparent, with nothing in it that is fetched.

    Args:
        figure: One of `bench.figures.figures`.
        prefix: Begins every id, so that figures of one page do not share any: letters, digits and hyphens.
        ink: Takes the place of INK; `currentColor` follows the page.

    Whatever belongs to an arm has the attribute `data-arm`, the arm's place in the plan.
    """
    ElementTree.register_namespace("", _SVG)
    root = ElementTree.fromstring(_saved(figure, "svg", {"svg.fonttype": "none"}, facecolor="none"))
    for parent in root.iter():
        for child in [child for child in parent if child.tag in _LEFT_OUT]:
            parent.remove(child)
    for element in root.iter():
        _adapt(element, prefix, ink)
    # What Matplotlib's own style sheet says, which would hold for the whole page.
    root.set("style", "stroke-linejoin: round; stroke-linecap: butt")
    root.set("role", "img")
    root.set("aria-label", str(figure.get_label()))
    return ElementTree.tostring(root, encoding="unicode")


_LEFT_OUT = {f"{{{_SVG}}}metadata", f"{{{_SVG}}}style"}


def _adapt(element: ElementTree.Element, prefix: str, ink: str) -> None:
    """Names, references and colours of one element, as its page wants them."""
    for key, value in list(element.attrib.items()):
        if key == "d":
            element.set(key, _DECIMALS.sub(_rounded, value))
        elif key == "id":
            arm = re.match(r"arm-(\d+)--", value)
            if arm is not None:
                element.set("data-arm", arm[1])
            element.set("id", f"{prefix}-{value}")
        elif key == f"{{{_XLINK}}}href":
            del element.attrib[key]
            element.set("href", f"#{prefix}-{value[1:]}" if value.startswith("#") else value)
        elif key in ("style", "fill", "stroke", "clip-path"):
            value = value.replace("url(#", f"url(#{prefix}-").replace(INK, ink)
            element.set(key, value.replace("'DejaVu Sans'", _FONTS))


def _rounded(found: re.Match[str]) -> str:
    return f"{float(found[0]):.2f}".rstrip("0").rstrip(".")


def _saved(figure: Figure, kind: str, settings: Any, **options: Any) -> bytes:
    import matplotlib

    with style():
        matplotlib.rcParams.update(settings)
        _settle(figure)
        stream = io.BytesIO()
        figure.savefig(stream, format=kind, dpi=_DPI, metadata=_METADATA[kind], **options)
    return _numbered(stream.getvalue()) if kind == "svg" else stream.getvalue()


def _settle(figure: Figure) -> None:
    """Lay `figure` out once and for all formats, with rounded places.

    The last bits that the solver of the layout finds differ from drawing to drawing, and pixels with them.
    """
    from matplotlib.layout_engine import ConstrainedLayoutEngine

    if not isinstance(figure.get_layout_engine(), ConstrainedLayoutEngine):
        return
    figure.draw_without_rendering()
    figure.set_layout_engine("none")
    for axes in figure.axes:
        left, bottom, width, height = (round(at, _PLACES) for at in axes.get_position(original=True).bounds)
        axes.set_position((left, bottom, width, height))


def _numbered(content: bytes) -> bytes:
    """An SVG whose clips, hatches and markers are called by numbers, in the order in which they come.

    Matplotlib calls them by digests of their coordinates, whose last bits differ from one drawing to another.
    """
    order: dict[bytes, bytes] = {}
    return _DIGEST.sub(lambda found: order.setdefault(found[0], b"%s%d" % (found[1], len(order))), content)
