"""Verdicts on runs that really went wrong, through worker, journal and driver."""

from __future__ import annotations

from pathlib import Path

import pytest
from study_runs import ends, events, run, text

from bench.journal import Event

CASES = {
    "vanished": "loss: minimax, generator_lr: 1e-6, discriminator_lr: 1e-2",
    "diverged": "loss: wasserstein, optimizer: sgd, generator_lr: 1e-2, discriminator_lr: 1.0",
    "collapsed": "lr: 1e-6",
}
STUDY = """
question: q
base: {data: {ring: {radius: 3.0}}, model: {mlp: {width: 32}}, steps: 300, batch_size: 64, SETTINGS}
seeds: 1
metrics: [modes]
evaluate_every: 60
samples: 200
"""


@pytest.fixture(scope="module")
def verdicts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Event]:
    """How each case ended."""
    found = {}
    for name, settings in CASES.items():
        results = tmp_path_factory.mktemp(name)
        run(STUDY.replace("SETTINGS", settings), results)
        (found[name],) = ends(results).values()
    return found


@pytest.mark.parametrize("name", CASES)
def test_a_run_that_is_made_to_fail_gets_the_verdict_of_its_failure(
    name: str, verdicts: dict[str, Event]
) -> None:
    """D far ahead of a loss that saturates; a critic without bounds; nothing learnt at all."""
    assert verdicts[name]["verdict"] == name, verdicts[name]["reason"]
    assert verdicts[name]["reason"]


def test_the_journal_keeps_what_the_verdict_was_read_from(tmp_path: Path) -> None:
    """Which modes every evaluation held, and the health of both players in every window."""
    run(text(), tmp_path)
    assert all(
        set(event["held"]) <= {"0", "1"} and len(event["held"]) == 8 for event in events(tmp_path, "score")
    )
    assert all("d_accuracy_real" in event["metrics"] for event in events(tmp_path, "train"))
