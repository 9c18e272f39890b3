"""Where files of data sets are, and what is said when they are not there or not what they should be."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from gan.data.errors import DataError

WAYS_OUT = "give --download to fetch it, or --data-root FOLDER to say where it is"


def find(folders: Sequence[Path], names: Sequence[str]) -> Path | None:
    """The first file of one of `names` that is in one of `folders`; None if there is none."""
    places = (folder / name for folder in folders for name in names)
    return next((path for path in places if path.is_file()), None)


def missing(what: str, folders: Sequence[Path], ways_out: str = WAYS_OUT) -> DataError:
    """That `what` is in none of `folders`, and what to do."""
    places = [str(folder) for folder in folders]
    where = f"not in {places[0]}" if len(places) == 1 else f"neither in {' nor in '.join(places)}"
    return DataError(f"{what} is {where}; {ways_out}")


def broken(path: Path, what: str, why: object) -> DataError:
    """That the file at `path` is not `what` it should be, and what to do."""
    ways_out = (
        "delete it and give --download to fetch it anew, or --data-root FOLDER to say where a whole one is"
    )
    return DataError(f"{path} is not {what}: {why}; {ways_out}")


def fetch(name: str, root: Path, download: Callable[[], object]) -> None:
    """Download with torchvision. Raises DataError."""
    try:
        root.mkdir(parents=True, exist_ok=True)
        download()
    # Its downloaders raise RuntimeError for a wrong hash or a missing library, OSError for the network.
    except (ImportError, OSError, RuntimeError, ValueError) as error:
        raise DataError(f"{name} could not be downloaded to {root}: {error}") from error
