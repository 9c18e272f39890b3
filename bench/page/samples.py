"""The last pictures of every arm, small enough to travel inside the page."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageChops, ImageOps

from bench.reports._summary import Summary
from bench.rows import Results
from bench.wording import count

BUDGET = 1_500_000
"""Bytes that all pictures together may take in the page."""
MOST = 120
"""Arms whose pictures the page has room for."""
_SIDES = (320, 240, 192, 144, 96, 64)
"""Pixels a picture is wide, at most, largest first."""
_COLOURS = 48
_MOST_ENLARGED = 16


@dataclass(frozen=True)
class Sample:
    """One arm's picture and what became of its run."""

    index: int
    name: str
    data: str
    """A `data:` URI; empty where the run left no picture."""
    seed: int
    verdict: str
    told: str
    """How many of the arm's runs are healthy."""


@dataclass(frozen=True)
class Samples:
    """The section."""

    side: int
    """Pixels a picture is wide."""
    shown: tuple[Sample, ...]
    left_out: str
    """A sentence about arms that are not here; empty if all are."""


def samples(results: Results, summaries: Sequence[Summary]) -> Samples:
    """The run with the first seed of each arm: the same latents in all pictures."""
    first = {str(line["arm"]): line for line in results.rows.drop_duplicates("arm").to_dict("records")}
    every = [(index, arm) for index, arm in enumerate(summaries) if arm.id in first]
    arms = every[:MOST]
    pictures = results.pictures([str(first[arm.id]["run_id"]) for _, arm in arms])
    if not pictures:
        return Samples(0, (), "")
    paths = [pictures.get(str(first[arm.id]["run_id"])) for _, arm in arms]
    side, encoded = fitting(paths, BUDGET)
    shown = tuple(
        Sample(
            index=index,
            name=arm.name,
            data=data,
            seed=int(first[arm.id]["seed"]),
            verdict=str(first[arm.id]["verdict"]),
            told=f"{arm.healthy} of {count(arm.ended, 'run')} healthy",
        )
        for (index, arm), data in zip(arms, encoded, strict=True)
    )
    left = len(every) - len(arms)
    where = "MLflow has them" if results.experiment else "they are beside the rows"
    return Samples(side, shown, f"{count(left, 'further arm')} left out: {where}." if left else "")


def fitting(paths: Sequence[Path | None], budget: int) -> tuple[int, list[str]]:
    """The largest side at which all pictures fit into `budget` bytes, and their URIs; of none an empty one.

    Where not even the smallest fits, pictures from the end on are left out.
    """
    for side in _SIDES:
        encoded = [_uri(path, side) if path is not None else "" for path in paths]
        if sum(map(len, encoded)) <= budget:
            return side, encoded
    kept, room = [], budget
    for uri in encoded:
        room -= len(uri)
        kept.append(uri if room >= 0 else "")
    return _SIDES[-1], kept


def _native(picture: Image.Image) -> Image.Image:
    """Without the whole factor by which grids of images are stored enlarged."""
    for factor in range(_MOST_ENLARGED, 1, -1):
        if picture.width % factor == 0 and picture.height % factor == 0:
            small = ImageOps.scale(picture, 1 / factor, Image.Resampling.NEAREST)
            again = small.resize(picture.size, Image.Resampling.NEAREST)
            if ImageChops.difference(again, picture).getbbox() is None:
                return small
    return picture


def _uri(path: Path, side: int) -> str:
    with Image.open(path) as opened:
        picture = _native(opened.convert("RGB"))
    if max(picture.size) > side:
        picture.thumbnail((side, side), Image.Resampling.LANCZOS)
    else:
        # Edges of pixels stay sharp, and in the file a whole factor costs less than any other size.
        picture = ImageOps.scale(picture, side // max(picture.size), Image.Resampling.NEAREST)
    stream = io.BytesIO()
    picture.quantize(_COLOURS).save(stream, format="PNG", optimize=True)
    return f"data:image/png;base64,{base64.b64encode(stream.getvalue()).decode('ascii')}"
