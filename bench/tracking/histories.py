"""MLflow -> what runs have logged over their steps."""

from __future__ import annotations

from bench.tracking.address import scrub
from bench.tracking.client import all_runs, connect
from bench.tracking.errors import TrackingError

Histories = dict[str, list[tuple[int, float]]]
"""Logged name -> (step, value), in the order of steps."""


def histories(uri: str, study: str, wanted: list[str], names: list[str]) -> dict[str, Histories]:
    """The values of `names` over the steps of each run.

    Args:
        uri: The store.
        study: The experiment's name.
        wanted: Run ids; those that MLflow does not have are left out of the answer.
        names: Logged metrics, such as `train/d_loss`; a run's missing ones are empty.

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
            if key in wanted:
                points = {name: client.get_metric_history(run.info.run_id, name) for name in names}
                found[key] = {
                    name: sorted((point.step, point.value) for point in told) for name, told in points.items()
                }
        return found
    except TrackingError:
        raise
    except Exception as error:  # MLflow raises its own, SQLAlchemy's and requests' exceptions.
        raise TrackingError(scrub(str(error).strip().partition("\n")[0], uri)) from None
