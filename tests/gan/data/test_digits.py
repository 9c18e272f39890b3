"""Scikit-learn's digits, all of them, in their order, with no ink at -1 and full ink at 1."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from sklearn import datasets

from gan.data.digits import Digits, load_digits


def test_pixels_and_shares_are_scikit_learns() -> None:
    """1,797 images; undoing the scaling gives the original integers back."""
    bunch = datasets.load_digits()
    samples = Digits().load(Path())
    assert samples.x.shape == (1797, 1, 8, 8)
    assert np.array_equal(((samples.x[:, 0] + 1.0) * 8.0).numpy(), bunch.images)
    shares = np.bincount(bunch.target) / 1797
    assert torch.allclose(samples.priors, torch.from_numpy(shares))
    assert np.array_equal(load_digits()[1].numpy(), bunch.target)
