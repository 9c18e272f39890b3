"""What is to be said about MLflow runs: pure values, no MLflow in sight."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from bench.journal import Event
from bench.tracking.keys import clean

Kind = Literal["oracle", "arm", "run", "trial"]
Key = tuple[Kind, str]
ORACLE: Key = ("oracle", "")


@dataclass(frozen=True)
class Point:
    """One metric value."""

    key: str
    value: float
    time: int
    """Milliseconds since the epoch, from the event: the same on every replay."""
    step: int


@dataclass(frozen=True)
class Small:
    """A picture that is to be copied at the size of a thumbnail."""

    path: Path


@dataclass(frozen=True)
class DataSet:
    """The data set that a run was trained on."""

    name: str
    digest: str
    """At most 36 characters."""
    source: str
    """Where it comes from, in words."""
    options: str
    """JSON."""


@dataclass
class Entry:
    """What is to be said about one MLflow run."""

    key: Key
    name: str
    time: int
    """Start of the run, in milliseconds."""
    parent: Key | None = None
    params: dict[str, str] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    points: list[Point] = field(default_factory=list)
    files: dict[str, Path | Small | str] = field(default_factory=dict)
    """Artifact path -> a file to copy, a picture to make small, or the text itself."""
    data: DataSet | None = None
    status: str | None = None
    ended: int | None = None


@dataclass
class Chunk:
    """Entries gathered from some stretch of the journal."""

    entries: dict[Key, Entry] = field(default_factory=dict)
    question: str | None = None
    tags: dict[str, str] = field(default_factory=dict)
    """Of the experiment."""


def points(values: Mapping[str, Any], prefix: str, suffix: str, time: int, step: int) -> list[Point]:
    """Points of the values that there are; null (not finite, not scored) is told by the verdict."""
    return [
        Point(clean(f"{prefix}{name}{suffix}"), float(value), time, int(step))
        for name, value in values.items()
        if value is not None
    ]


def milliseconds(event: Event) -> int:
    """When an event happened, as MLflow counts time."""
    return round(float(event["time"]) * 1000)
