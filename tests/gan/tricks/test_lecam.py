"""LeCam regularisation punishes logits for their distance from the other kind's running mean."""

from __future__ import annotations

import pytest
import torch
from gan_cases import NOTHING, batch, critic, moment, recipe
from gan_penalties import agrees, logits, normal, weights

from gan.build import why_not
from gan.tricks.base import Memory
from gan.tricks.lecam import Lecam

GIVEN = batch(normal(8, 2), normal(8, 2, seed=1))
# Means of 0.4 and -0.3 after two steps at a decay of 0.9.
MEMORY = {key: torch.tensor(x, dtype=torch.float64) for key, x in {"real": 0.076, "fake": -0.057}.items()}
MEMORY["seen"] = torch.tensor(0.19, dtype=torch.float64)


@pytest.mark.parametrize("pack", [1, 2])
@pytest.mark.parametrize("clamp", [True, False])
def test_it_is_the_papers_equation(clamp: bool, pack: int) -> None:
    """Value and gradient in D's parameters are those of a loop over logits, clamped or not."""

    def reference(weights_P: torch.Tensor) -> torch.Tensor:
        above = [logit - (-0.3) for logit in logits(weights_P, GIVEN.real, pack)]
        below = [0.4 - logit for logit in logits(weights_P, GIVEN.fake, pack)]
        both = [[d**2 for d in part if d > 0 or not clamp] for part in (above, below)]
        assert not clamp or (0 < len(both[0]) < len(above) and 0 < len(both[1]) < len(below)) or pack == 2
        return 0.7 * (sum(both[0]) + sum(both[1])) / len(above)

    agrees(Lecam(weight=0.7, clamp=clamp), GIVEN, moment(memory=MEMORY), pack, reference)


def _after(trick: Lecam, seen: list[tuple[float, float]]) -> Memory:
    """What it remembers after rounds with these mean logits on real and on generated samples."""
    at = moment()
    memory = trick.begin({}, at)
    for real, fake in seen:
        log = {"logit_real": torch.tensor(real).double(), "logit_fake": torch.tensor(fake).double()}
        _, memory = trick.update({}, log, NOTHING, moment(memory=memory))
    return memory


def test_its_averages_are_not_biased_towards_their_beginning() -> None:
    """Weighted means with weights β^age, from the first round on."""
    memory = _after(Lecam(decay=0.5), [(1.0, -8.0), (2.0, -4.0), (4.0, -2.0)])
    assert float(memory["real"] / memory["seen"]) == pytest.approx((1.0 + 2 * 2.0 + 4 * 4.0) / 7)
    assert float(memory["fake"] / memory["seen"]) == pytest.approx(-(8.0 + 2 * 4.0 + 4 * 2.0) / 7)


def _penalty(trick: Lecam, memory: Memory, t: float) -> float:
    own = weights(2)
    return float(trick.penalty(critic(lambda x: logits(own, x)), GIVEN, moment(t=t, memory=memory)))


def test_nothing_is_punished_before_there_is_an_average_nor_before_the_start() -> None:
    """Exactly nothing; afterwards something, with the averages of all rounds."""
    fresh, later = _after(Lecam(), []), _after(Lecam(), [(0.4, -0.3)])
    assert _penalty(Lecam(), fresh, 0.0) == 0.0
    assert _penalty(Lecam(start=0.5), later, 0.4) == 0.0
    assert _penalty(Lecam(start=0.5), later, 0.5) == _penalty(Lecam(), later, 0.5) > 0.0


def test_a_start_after_the_last_step_that_is_due_is_declined() -> None:
    """Of 20 steps those due every 16 are 0 and 16, and 16 of 20 is 0.8."""
    for start, fits in ((0.8, True), (0.85, False)):
        assert (why_not(recipe({"lecam": {"start": start, "every": 16}}, steps=20)) is None) == fits, start
