"""D's real samples are generated ones with probability p, and p follows how sure D is of real samples."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from gan_cases import batch, cohort_of, moment, recipe
from torch import Tensor

from gan.build import why_not
from gan.schedules import Schedule
from gan.tricks.apa import Apa
from gan.tricks.base import Trick

PLAYERS: dict[str, Tensor] = {}


def _batch(count: int = 4000) -> tuple[Tensor, Tensor, Tensor]:
    real, fake, other = (torch.full((count, 2), value, dtype=torch.float64) for value in (1.0, -1.0, -2.0))
    return real, fake, other


@pytest.mark.parametrize("p", [0.0, 0.3, 1.0])
def test_a_share_p_of_the_real_samples_is_replaced(p: float) -> None:
    """By whole samples of its own companions; the generated side and everything else stay as they are."""
    real, fake, other = _batch()
    given = batch(real, fake, it=other)
    shown = Apa(adaptive=False, probability=p).batch(given, moment())
    replaced = (shown.real == other).all(dim=1)
    assert torch.equal(shown.real[~replaced], real[~replaced])
    assert float(replaced.double().mean()) == pytest.approx(p, abs=5 * (p * (1 - p) / 4000) ** 0.5)
    assert shown.fake is given.fake and shown.z is given.z


def test_pseudo_samples_of_the_batch_are_shown_one_place_on() -> None:
    """So that the pairs of a loss that compares pairs never hold a sample and itself."""
    real, fake = torch.zeros(6, 2), torch.arange(12.0).reshape(6, 2)
    trick = Apa(pseudo="batch", adaptive=False, probability=1.0)
    assert torch.equal(trick.batch(batch(real, fake), moment()).real, fake[[5, 0, 1, 2, 3, 4]])
    assert trick.companion(torch.zeros(6, 3), moment()) is None


def test_at_p_0_the_batch_is_the_same_to_the_bit() -> None:
    """In each precision."""
    for dtype in (torch.float32, torch.float64):
        real, fake, other = (x.to(dtype) for x in _batch(64))
        at = moment(memory=Apa().begin(PLAYERS, moment(dtype=dtype)), dtype=dtype)  # type: ignore[arg-type]
        assert torch.equal(Apa().batch(batch(real, fake, it=other), at).real, real)


def test_p_follows_the_accuracy_on_real_samples() -> None:
    """A loop of its own: every `interval` steps, by images / (1000 kimg), up where r is above the target."""
    trick, at, accuracies = Apa(kimg=0.5, interval=3), moment(), [0.9, 0.7, 0.8, 1.0, 0.9, 0.9, 0.1, 0.5, 0.6]
    accuracies = [*accuracies, 1.0, 0.9, 0.9, 0.8, 0.8, 0.8]
    memory, (real, fake, _) = trick.begin(PLAYERS, at), _batch(20)  # type: ignore[arg-type]
    p, seen, expected = 0.0, [], []
    found = []
    for accuracy in accuracies:
        log = {"d_accuracy_real": torch.tensor(accuracy, dtype=torch.float64)}
        here = replace(at, memory={"it": memory})
        _, memory = trick.update(PLAYERS, log, batch(real, fake), here)  # type: ignore[arg-type]
        seen.append(2 * accuracy - 1)
        if len(seen) == 3:
            r = sum(seen) / 3
            p += (1 if r > 0.6 else -1) * 3 * 20 / 500
            p, seen = min(max(p, 0.0), 1.0), []
        expected.append(p)
        found.append(float(memory["p"]))
    assert found == pytest.approx(expected, abs=1e-8)
    assert {round(p, 2) for p in expected} == {0.0, 0.12, 0.24}, "it rose, fell, and did not fall below 0"


def test_every_step_and_a_small_kimg_reach_p_1_and_stay() -> None:
    """In training: with r always above -1, p is images / (1000 kimg) times the steps, at most 1."""
    found = []
    for steps in (3, 8):
        run = recipe({"apa": {"target": -1.0, "kimg": 0.1, "interval": 1}}, batch_size=20)
        cohort = cohort_of([run])
        cohort.run(steps)
        found.append(float(cohort.replica(0).state.memory["apa"]["p"]))
    assert found == pytest.approx([0.6, 1.0], abs=1e-12)


def test_what_contradicts_is_declined() -> None:
    """A schedule beside the feedback, settings of a feedback that is off, latents of another distribution."""

    class Latent(Trick):
        def latent(self, z_BZ: Tensor, at: object) -> Tensor:  # type: ignore[override]
            return z_BZ

    way = {"shape": "linear", "start": 0.0, "end": 0.5}
    assert "set adaptive: no" in str(why_not(recipe({"apa": {"probability": way}})))
    assert why_not(recipe({"apa": {"probability": way, "adaptive": False}})) is None
    assert "`target` steers" in str(why_not(recipe({"apa": {"target": 0.5, "adaptive": False}})))
    setup = type("Setup", (), {"tricks": {"other": Latent()}, "steps": 20})()
    assert "which other changes; set pseudo: batch" in str(Apa().fits(setup))
    assert Apa(pseudo="batch").fits(setup) is None


def test_a_schedule_is_p_itself_where_nothing_adapts() -> None:
    """Half of the samples where it is at a half."""
    real, fake, other = _batch()
    trick = Apa(adaptive=False, probability=Schedule("linear", start=0.0, end=1.0))
    shown = trick.batch(batch(real, fake, it=other), moment(0.5))
    assert float((shown.real == other).double().mean()) == pytest.approx(0.5, abs=5 * (0.25 / 8000) ** 0.5)


def test_mixed_packs_and_late_feedback_are_declined_and_truncated_samples_are_not() -> None:
    """A pack is all real or all generated; truncation changes what is sampled, never a latent in training."""
    assert "leave packing out" in str(why_not(recipe({"apa": {}, "packing": {}})))
    assert "smaller interval" in str(why_not(recipe({"apa": {"interval": 21}}, steps=20)))
    assert why_not(recipe({"apa": {}, "truncation": {}})) is None
    assert "set pseudo: batch" in str(why_not(recipe({"apa": {}, "temperature": {}})))
