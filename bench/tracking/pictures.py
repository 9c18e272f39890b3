"""MLflow -> pictures of runs' samples."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from bench.tracking.client import connect, in_words
from bench.tracking.held import Held, held_of
from bench.tracking.views import IMAGES

if TYPE_CHECKING:
    from mlflow import MlflowClient

_PLACES = {
    "images": re.compile(rf"{IMAGES}\+step\+(\d+)\+.*(?<!\+compressed)\.\w+"),
    "samples": re.compile(r"step-(\d+)\.\w+"),
}
"""Folder of a run's files -> names in it, with the step; the second is that of earlier records."""
Pictures = dict[int, str]
"""Step -> artifact path."""


def last_pictures(uri: str, study: str, wanted: list[str], folder: Path) -> dict[str, Path]:
    """The last picture of each run's samples, downloaded into `folder` if it is not on this machine.

    Args:
        uri: The store.
        study: The experiment's name.
        wanted: Run ids; those without a picture are left out of the answer.
        folder: Where downloads go.

    Raises:
        TrackingError: MLflow could not be reached.
    """
    with in_words(uri):
        shelf = _Shelf(uri, folder)
        found = {}
        for key, run in held_of(uri, study, wanted).items():
            if pictures := shelf.steps(run):
                found[key] = shelf.fetch(key, run, pictures[max(pictures)])
        return found


def every_picture(uri: str, study: str, wanted: list[str], folder: Path) -> dict[str, dict[int, Path]]:
    """Step -> picture of each run's samples, in their order; arguments and errors as for `last_pictures`."""
    with in_words(uri):
        shelf = _Shelf(uri, folder)
        found = {}
        for key, run in held_of(uri, study, wanted).items():
            if pictures := shelf.steps(run):
                found[key] = {step: shelf.fetch(key, run, path) for step, path in sorted(pictures.items())}
        return found


class _Shelf:
    """Where runs' files are: in a folder of this machine, or behind MLflow's client."""

    def __init__(self, uri: str, folder: Path) -> None:
        self._uri = uri
        self._folder = folder
        self._client: MlflowClient | None = None

    def steps(self, run: Held) -> Pictures:
        """The pictures that there are, by step."""
        found: Pictures = {}
        for place, pattern in reversed(_PLACES.items()):
            for name in self._names(run, place):
                if match := pattern.fullmatch(name):
                    found[int(match[1])] = f"{place}/{name}"
        return found

    def fetch(self, key: str, run: Held, path: str) -> Path:
        """The file of a picture of the run with id `key`."""
        if (local := local_folder(run.artifacts)) is not None:
            return local / path
        place = self._folder / key
        place.mkdir(parents=True, exist_ok=True)
        return Path(self._asked.download_artifacts(run.id, path, str(place)))

    def _names(self, run: Held, place: str) -> list[str]:
        if (local := local_folder(run.artifacts)) is not None:
            return [path.name for path in (local / place).glob("*")]
        return [Path(item.path).name for item in self._asked.list_artifacts(run.id, place)]

    @property
    def _asked(self) -> MlflowClient:
        if self._client is None:
            self._client = connect(self._uri)
        return self._client


def local_folder(artifacts: str) -> Path | None:
    """The folder that a URI of artifacts speaks of, if it is one of this machine."""
    parts = urlsplit(artifacts)
    if parts.scheme == "file" and parts.netloc in ("", "localhost"):
        return Path(unquote(parts.path))
    return Path(artifacts) if not parts.scheme else None
