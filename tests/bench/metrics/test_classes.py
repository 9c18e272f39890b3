"""The least certain class, of classes with enough samples to tell."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from bench.metrics._classes import _least_certain


def _logits(samples: dict[int, tuple[int, float]], classes: int = 10) -> Tensor:
    """`samples`: how many of each class, and with which probability; what is left is shared by the others."""
    rows = []
    for kind, (number, probability) in samples.items():
        row = torch.full((classes,), (1.0 - probability) / (classes - 1), dtype=torch.float64)
        row[kind] = probability
        rows += [row.log()] * number
    return torch.stack(rows)


@pytest.mark.parametrize(("few", "told"), [(19, False), (20, True)])
def test_a_handful_of_samples_says_nothing_about_a_class(few: int, told: bool) -> None:
    """Nineteen uncertain images of a class that is lost are no blurred class; twenty are."""
    found = _least_certain(_logits({0: (500, 0.99), 1: (few, 0.4)}), 10)
    mean = (500 * 0.99 + few * 0.4) / (500 + few)
    assert found == pytest.approx((0.4 if told else 0.99) / mean)


def test_with_few_samples_in_all_the_largest_class_is_told() -> None:
    """Seven images of one class and six of another: something is said at any N."""
    assert _least_certain(_logits({0: (7, 0.8), 1: (6, 0.4)}), 10) == pytest.approx(0.8 / ((5.6 + 2.4) / 13))
