"""MLflow -> the last picture of a run's samples."""

from __future__ import annotations

from pathlib import Path

from bench.tracking.client import connect, in_words, recorded_runs


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
        client, found = connect(uri), {}
        for key, run in recorded_runs(client, study, wanted).items():
            paths = sorted(item.path for item in client.list_artifacts(run.info.run_id, "samples"))
            if paths:
                place = folder / key
                place.mkdir(parents=True, exist_ok=True)
                found[key] = Path(client.download_artifacts(run.info.run_id, paths[-1], str(place)))
        return found
