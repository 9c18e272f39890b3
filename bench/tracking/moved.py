"""A local store that was moved or copied with its files: MLflow keeps absolute paths of where they were."""

from __future__ import annotations

import sqlite3
from contextlib import closing, suppress
from pathlib import Path
from urllib.parse import unquote, urlsplit

_BUSY = 30.0
"""Seconds to wait for whoever is writing."""


def settle(store: Path, experiment: str, folder: Path) -> bool:
    """Let an experiment's files be looked for in `folder`, if that is where they are now; whether it changed.

    They are there if the folder exists, or else if the one that the store names does not. A copy is thereby
    on its own: it neither reads nor writes the files of the original.

    Args:
        store: The SQLite file.
        experiment: A name.
        folder: Where the files of this experiment belong: `<results>/mlartifacts/<experiment>`.
    """
    if not store.is_file():
        return False
    # A store that cannot be written to is read as it is.
    with suppress(sqlite3.Error), closing(sqlite3.connect(store, timeout=_BUSY)) as opened, opened:
        query = "select experiment_id, artifact_location from experiments where name = ?"
        row = opened.execute(query, (experiment,)).fetchone()
        if row is None or not _elsewhere(str(row[1]), folder):
            return False
        number, old, new = row[0], str(row[1]), folder.absolute().as_uri()
        opened.execute("update experiments set artifact_location = ? where experiment_id = ?", (new, number))
        opened.execute(
            "update runs set artifact_uri = ? || substr(artifact_uri, ?) "
            "where experiment_id = ? and substr(artifact_uri, 1, ?) = ?",
            (new, len(old) + 1, number, len(old) + 1, f"{old}/"),
        )
        return True
    return False


def _elsewhere(location: str, folder: Path) -> bool:
    """Whether a location of ours is another than this folder, and this is the right one."""
    parts = urlsplit(location)
    before = Path(unquote(parts.path))
    ours = parts.scheme == "file" and before.parts[-2:] == ("mlartifacts", folder.name)
    if not ours or before == folder.absolute():
        return False
    return folder.is_dir() or not before.is_dir()
