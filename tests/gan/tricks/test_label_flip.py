"""Each target is the other kind's with probability p, whatever the targets are by then."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
import torch
from gan_cases import moment, recipe
from torch import Tensor

from gan.build import tricks_of
from gan.schedules import Schedule
from gan.tricks.base import Trick
from gan.tricks.chain import Chain
from gan.tricks.label_flip import LabelFlip
from gan.tricks.label_noise import LabelNoise
from gan.tricks.label_smoothing import LabelSmoothing

COUNT = 200_000


def _tensors(targets: Any) -> tuple[Tensor, Tensor]:
    real, fake = targets
    return torch.as_tensor(real), torch.as_tensor(fake)


@pytest.mark.parametrize("p", [0.05, 0.3, 0.5])
def test_the_share_of_flipped_targets_is_the_probability(p: float) -> None:
    """To five standard errors of a binomial, on both sides, independently of each other."""
    real, fake = _tensors(LabelFlip(probability=p).targets((1.0, 0.0), COUNT, moment()))
    error = 5 * (p * (1 - p) / COUNT) ** 0.5
    assert float((real == 0.0).double().mean()) == pytest.approx(p, abs=error)
    assert float((fake == 1.0).double().mean()) == pytest.approx(p, abs=error)
    both = p * p
    share = float(((real == 0.0) & (fake == 1.0)).double().mean())
    assert share == pytest.approx(both, abs=5 * (both * (1 - both) / COUNT) ** 0.5)
    assert set(real.tolist()) == set(fake.tolist()) == {0.0, 1.0}


@pytest.mark.parametrize("side", ["real", "fake"])
def test_only_the_named_side_is_flipped(side: Any) -> None:
    """The other's targets stay."""
    real, fake = _tensors(LabelFlip(probability=0.5, side=side).targets((1.0, 0.0), 1000, moment()))
    assert (int((real == 0.0).sum()) > 0) == (side == "real")
    assert (int((fake == 1.0).sum()) > 0) == (side == "fake")


def test_a_schedule_ends_it() -> None:
    """At p = 0 exactly the targets, in the precision of the run."""
    trick = LabelFlip(probability=Schedule("linear", start=0.5, end=0.0))
    real, fake = _tensors(trick.targets((0.9, -0.3), 1000, moment(1.0)))
    assert bool((real == 0.9).all() & (fake == -0.3).all()), "0.9 in double precision"


def test_flips_exchange_what_the_other_tricks_have_made() -> None:
    """With smoothing to 0.9, one-sided, a flipped real target is 0 and a flipped generated one 0.9."""
    run = recipe({"label_flip": {"probability": 0.5}, "label_smoothing": {"real": 0.9}})
    real, fake = _tensors(tricks_of(run).targets((1.0, 0.0), 1000, moment()))
    assert set(real.tolist()) == set(fake.tolist()) == {0.0, 0.9}


def test_flipped_targets_are_as_noisy_as_the_others() -> None:
    """With p = 1/2 real targets are in the real range half of the time, and else in the generated one."""
    run = recipe({"label_flip": {"probability": 0.5, "side": "real"}, "label_noise": {}})
    real, fake = _tensors(tricks_of(run).targets((1.0, 0.0), COUNT, moment()))
    as_real, as_fake = (real >= 0.7) & (real <= 1.2), (real >= 0.0) & (real <= 0.3)
    assert bool((as_real | as_fake).all())
    assert float(as_real.double().mean()) == pytest.approx(0.5, abs=5 * 0.5 / COUNT**0.5)
    assert float(real[as_fake].mean()) == pytest.approx(0.15, abs=5 * 0.3 / 12**0.5 / (0.4 * COUNT) ** 0.5)
    assert float(fake.max()) <= 0.3


TRICKS: dict[str, Trick] = {
    "noise": LabelNoise(),
    "smoothing": LabelSmoothing(real=0.9, fake=0.1),
    "flip": LabelFlip(probability=0.3),
}


@pytest.mark.parametrize("order", list(itertools.permutations(TRICKS)), ids="-".join)
def test_all_tricks_on_targets_compose_in_any_order(order: tuple[str, ...]) -> None:
    """One target a logit, in double precision, never far beyond 0 and 1, and real ones nearer to 1."""
    chain = Chain({name: TRICKS[name] for name in order})
    real, fake = _tensors(chain.targets((1.0, 0.0), 1000, moment()))
    for y in (real, fake):
        assert y.shape == (1000,) and y.dtype == torch.float64
        assert bool(((y >= -0.3) & (y <= 1.3)).all())
    assert real.mean() > fake.mean() + 0.2
