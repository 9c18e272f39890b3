"""Detectable effects against the textbook and the power that they claim."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import strategies as st
from scipy import stats as reference

from bench import stats

finite = st.floats(-1e3, 1e3).map(lambda value: round(value, 3))
samples = st.lists(finite, min_size=2, max_size=12).map(np.array)


@pytest.mark.parametrize(("n", "effect"), [(3, 3.26), (5, 1.68), (10, 1.00), (20, 0.66)])
def test_the_detectable_effect_is_the_textbooks(n: int, effect: float) -> None:
    assert stats.detectable_effect(n) == pytest.approx(effect, abs=0.005)


def test_a_corrected_level_needs_a_larger_effect_and_one_seed_finds_none() -> None:
    assert stats.detectable_effect(5, alpha=0.05 / 15) == pytest.approx(3.51, abs=0.005)
    assert stats.detectable_effect(1) is None


@pytest.mark.parametrize("n", [2, 3, 6, 12, 40])
@pytest.mark.parametrize("alpha", [0.05, 0.05 / 15])
def test_an_effect_of_the_detectable_size_has_the_power_it_claims(n: int, alpha: float) -> None:
    effect = stats.detectable_effect(n, alpha=alpha)
    assert effect is not None
    critical = reference.t.isf(alpha / 2, n - 1)
    # The far tail is below 1e-4 here, and the very place where SciPy's noncentral t may give NaN.
    power = reference.nct.sf(critical, n - 1, effect * math.sqrt(n))
    assert power == pytest.approx(0.8, abs=1e-3)
