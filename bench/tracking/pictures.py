"""MLflow -> the last picture of a run's samples."""

from __future__ import annotations

from pathlib import Path

from bench.tracking.address import scrub
from bench.tracking.client import all_runs, connect
from bench.tracking.errors import TrackingError


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
    try:
        client = connect(uri)
        experiment = client.get_experiment_by_name(study)
        runs = all_runs(client, experiment.experiment_id) if experiment else []
        found = {}
        for run in runs:
            key = run.data.tags.get("ganbench.run_id")
            if key not in wanted:
                continue
            paths = sorted(item.path for item in client.list_artifacts(run.info.run_id, "samples"))
            if paths:
                place = folder / key
                place.mkdir(parents=True, exist_ok=True)
                found[key] = Path(client.download_artifacts(run.info.run_id, paths[-1], str(place)))
        return found
    except TrackingError:
        raise
    except Exception as error:  # MLflow raises its own, SQLAlchemy's and requests' exceptions.
        raise TrackingError(scrub(str(error).strip().partition("\n")[0], uri)) from None
