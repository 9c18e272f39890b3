"""The two newest checkpoints of a cohort, by the name of the newest. No torch here: the driver asks too."""

from __future__ import annotations

from pathlib import Path

from gan.durable import tidy


def before(path: Path) -> Path:
    """Where the checkpoint before the newest is kept."""
    return path.with_name(f"{path.stem}.before{path.suffix}")


def aside(path: Path) -> Path:
    """Where a checkpoint is put that cannot be read: in the way of nothing, and there to be looked at."""
    return path.with_name(f"{path.name}.damaged")


def generations(path: Path) -> list[Path]:
    """The checkpoints that there are, newest first."""
    return [file for file in (path, before(path)) if file.exists()]


def discard(path: Path) -> None:
    """Remove all that there is under this name."""
    for file in (path, before(path)):
        file.unlink(missing_ok=True)
        aside(file).unlink(missing_ok=True)
        tidy(file)
