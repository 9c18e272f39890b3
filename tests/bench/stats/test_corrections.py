"""Holm's correction against worked examples and its own definition."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench import stats

finite = st.floats(-1e3, 1e3).map(lambda value: round(value, 3))
samples = st.lists(finite, min_size=2, max_size=12).map(np.array)


def test_holm_on_a_worked_example() -> None:
    assert stats.holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert stats.holm([None, 0.04, None, 0.01]) == [None, 0.04, None, 0.02], (
        "what was not tested does not count"
    )


@given(st.lists(st.floats(0, 1), min_size=1, max_size=12))
def test_holm_never_helps_and_keeps_the_order(p: list[float]) -> None:
    adjusted = stats.holm(list(p))
    assert all(a is not None and b <= a <= min(1.0, len(p) * b) for a, b in zip(adjusted, p, strict=True))
    order = np.argsort(p, kind="stable")
    assert all(adjusted[i] <= adjusted[j] for i, j in pairwise(order))  # type: ignore[operator]
