"""One-sided: the target on real samples is α, the one on generated samples stays."""

from __future__ import annotations

import pytest
from gan_cases import moment, recipe

from gan.build import why_not
from gan.registry import LOSSES
from gan.tricks.label_smoothing import LabelSmoothing


@pytest.mark.parametrize("alpha", [0.5, 0.9, 1.0])
def test_only_the_real_target_moves(alpha: float) -> None:
    """(1, 0) becomes (α, 0)."""
    assert LabelSmoothing(real=alpha).targets((1.0, 0.0), 4, moment()) == (alpha, 0.0)


@pytest.mark.parametrize("loss", LOSSES.names())
def test_it_declines_exactly_where_there_are_no_targets(loss: str) -> None:
    """A loss without targets has nothing to smooth, and the reason says so."""
    reason = why_not(recipe({"label_smoothing": {}}, loss))
    has_targets = LOSSES.load(loss)().targets is not None
    assert (reason is None) == has_targets
    assert has_targets or "targets" in str(reason)
