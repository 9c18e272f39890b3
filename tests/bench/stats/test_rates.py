"""Wilson's interval against SciPy."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats as reference

from bench import stats

finite = st.floats(-1e3, 1e3).map(lambda value: round(value, 3))
samples = st.lists(finite, min_size=2, max_size=12).map(np.array)


@given(st.integers(1, 60).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
@settings(max_examples=50, deadline=None)
def test_wilson_is_scipys_wilson(rate: tuple[int, int]) -> None:
    k, n = rate
    theirs = reference.binomtest(k, n).proportion_ci(0.95, method="wilson")
    interval = stats.wilson(k, n)
    assert interval is not None
    assert interval == pytest.approx((theirs.low, theirs.high), abs=1e-9)
    assert 0.0 <= interval[0] <= k / n <= interval[1] <= 1.0, "an interval of a rate holds it, within 0 and 1"


def test_wilson_of_two_in_five_and_of_nothing() -> None:
    assert stats.wilson(2, 5) == pytest.approx((0.12, 0.77), abs=0.005), "a figure known from the literature"
    assert stats.wilson(0, 0) is None, "no run, no rate"
    with pytest.raises(ValueError, match="no rate"):
        stats.wilson(3, 2)
