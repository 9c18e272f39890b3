"""MLflow -> what runs have logged over their steps."""

from __future__ import annotations

from itertools import chain

from bench.tracking.client import in_words
from bench.tracking.groups import earlier
from bench.tracking.held import Histories, held_histories, held_of

__all__ = ["Histories", "histories"]


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
        found = held_of(uri, study, wanted)
        asked = {name: {name, earlier(name)} for name in names}
        every = sorted(set().union(*asked.values()))
        told = held_histories(uri, [run.id for run in found.values()], every)
    return {
        key: {name: sorted(chain(*(told[run.id][one] for one in asked[name]))) for name in names}
        for key, run in found.items()
    }
