"""MLflow -> what runs have logged over their steps."""

from __future__ import annotations

from bench.tracking.client import connect, in_words, recorded_runs

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
    with in_words(uri):
        client, found = connect(uri), {}
        for key, run in recorded_runs(client, study, wanted).items():
            points = {name: client.get_metric_history(run.info.run_id, name) for name in names}
            found[key] = {
                name: sorted((point.step, point.value) for point in told) for name, told in points.items()
            }
        return found
