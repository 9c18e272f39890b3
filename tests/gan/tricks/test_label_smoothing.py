"""The targets are the loss's own codes, and what lies α and β of the way between them."""

from __future__ import annotations

import pytest
import torch
from gan_cases import moment, recipe

from gan.build import why_not
from gan.registry import LOSSES
from gan.schedules import Schedule
from gan.tricks.label_smoothing import LabelSmoothing


@pytest.mark.parametrize("alpha", [0.5, 0.9, 1.0])
def test_only_the_real_target_moves_by_default(alpha: float) -> None:
    """(1, 0) becomes (α, 0), exactly."""
    assert LabelSmoothing(real=alpha).targets((1.0, 0.0), 4, moment()) == (alpha, 0.0)


@pytest.mark.parametrize("beta", [0.0, 0.1, 0.5])
def test_both_targets_move_if_asked_to(beta: float) -> None:
    """(1, 0) becomes (α, β), exactly."""
    assert LabelSmoothing(real=0.9, fake=beta).targets((1.0, 0.0), 4, moment()) == (0.9, beta)


def test_targets_of_each_sample_are_smoothed_one_by_one() -> None:
    """Tensors of shape B, which other tricks make: a flipped one is smoothed like the other kind's."""
    real, fake = torch.tensor([1.0, 0.0, 0.8]), torch.tensor([0.0, 1.0, 0.2])
    after = LabelSmoothing(real=0.9, fake=0.1).targets((real, fake), 3, moment())
    torch.testing.assert_close(torch.as_tensor(after[0]), torch.tensor([0.9, 0.1, 0.74]))
    torch.testing.assert_close(torch.as_tensor(after[1]), torch.tensor([0.1, 0.9, 0.26]))


def test_a_schedule_moves_the_target() -> None:
    """Half way from 0.8 to 1."""
    trick = LabelSmoothing(real=Schedule("linear", start=0.8, end=1.0))
    assert float(trick.targets((1.0, 0.0), 4, moment(0.5))[0]) == pytest.approx(0.9)


@pytest.mark.parametrize("loss", LOSSES.names())
@pytest.mark.parametrize("trick", ["label_noise", "label_smoothing", "label_flip"])
def test_it_declines_exactly_where_there_are_no_targets(trick: str, loss: str) -> None:
    """A loss without targets has nothing to smooth, disturb or flip, and the reason says so."""
    reason = why_not(recipe({trick: {}}, loss))
    has_targets = LOSSES.load(loss)().targets is not None
    assert (reason is None) == has_targets
    assert has_targets or "targets" in str(reason)
