"""Under which heading a logged number stands."""

from __future__ import annotations

from bench.tracking.groups import HEALTH, earlier, headed, present
from gan.health import HEALTH as MEASURED
from gan.train import LOGGED


def test_all_that_training_logs_but_losses_is_health() -> None:
    """Held against the trainer's own list, so that a new measure is not forgotten."""
    assert set(LOGGED) - {"d_loss", "g_loss"} == HEALTH
    assert set(MEASURED) <= HEALTH


def test_names_of_earlier_records_are_found() -> None:
    """Health stood under train/ at first; everything else is called as it was."""
    for name in headed(dict.fromkeys([*LOGGED, "generator.theta", "instance_noise.sigma"], 0.0)):
        assert present(earlier(name)) == name
    assert earlier("health/saturated") == "train/saturated" and earlier("score/fid") == "score/fid"
