"""What changes over training is told as it is at that step: schedules, and what tricks steer."""

from __future__ import annotations

import pytest
from gan_cases import cohort_of, home, recipe

from gan.shapes import spelled_out
from gan.train import LOGGED

LINEAR = spelled_out({"shape": "linear", "start": 0.4, "end": 0.0})


def test_schedules_are_told_as_they_are_after_each_window_and_constants_are_not() -> None:
    """A quarter of the way, sigma has gone a quarter of its way; each replica has its own."""
    rates = [spelled_out({"shape": "linear", "start": start, "end": 0.0}) for start in (1e-3, 2e-3)]
    knobs = {"instance_noise": {"sigma": LINEAR}, "r1": {"gamma": 0.1}}
    cohort = cohort_of(recipe(knobs, steps=20, discriminator_lr=rate) for rate in rates)
    cohort.run(5)
    told = [log for log in cohort.snapshot(evaluation=False).logs if log is not None]
    assert [sorted(log.keys() - {*LOGGED}) for log in told] == [
        ["discriminator_lr", "instance_noise.sigma"],
    ] * 2
    assert [log["instance_noise.sigma"] for log in told] == pytest.approx([0.3, 0.3])
    assert [log["discriminator_lr"] for log in told] == pytest.approx([0.75e-3, 1.5e-3])


@pytest.mark.parametrize("trick", ["ada", "apa"])
def test_a_probability_that_feedback_moves_is_told(trick: str) -> None:
    """It is what the trick remembers, and has moved by one whole step of the feedback either way."""
    begun = {"probability": 0.5, "kimg": 1.0, "interval": 2}
    cohort = cohort_of([home(trick, begun, steps=20)])
    (log,) = cohort.snapshot(evaluation=False).logs
    assert log is not None and log[f"{trick}.p"] == 0.5
    cohort.run(2)
    (log,) = cohort.snapshot(evaluation=False).logs
    images = 2 * cohort.nets.batch_size
    assert log is not None and abs(log[f"{trick}.p"] - 0.5) == pytest.approx(images / 1000.0)


def test_where_nothing_changes_nothing_is_added() -> None:
    cohort = cohort_of([recipe({"r1": {}, "ema": {}})])
    cohort.run(1)
    (log,) = cohort.snapshot(evaluation=False).logs
    assert log is not None and set(log) == {*LOGGED}


def test_what_changes_without_a_schedule_is_told_too() -> None:
    """Annealed noise and a cooling latent: a quarter of the way from 0.4 to 0, and from 2 to 1."""
    cohort = cohort_of([recipe({"instance_noise": {"sigma": 0.4}, "temperature": {"start": 2.0}}, steps=20)])
    cohort.run(5)
    (log,) = cohort.snapshot(evaluation=False).logs
    assert log is not None and log["instance_noise.sigma"] == pytest.approx(0.3)
    assert log["temperature.temperature"] == pytest.approx(1.75)
