"""1-NN accuracy: a classifier's of scikit-learn, half when mixed, one when collapsed, nought for copies."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from clouds import clouds, normal, reference, scorer
from hypothesis import given, settings
from torch import Tensor

WIDTHS = pytest.mark.parametrize("d", [2, 16], ids=["tree", "blocks"])


@WIDTHS
def test_it_is_a_classifiers_accuracy(d: int) -> None:
    """scikit-learn's, with one sample left out."""
    from sklearn.neighbors import NearestNeighbors

    of = scorer(normal(600, d), 300, "one_nn")
    for fake in (normal(300, d, seed=1), 0.5 * normal(300, d, seed=1) + 0.3):
        pooled = torch.cat([reference(of), fake]).numpy()
        kind = np.repeat([True, False], 300)
        neighbour = NearestNeighbors(n_neighbors=1).fit(pooled).kneighbors(return_distance=False)[:, 0]
        right = kind[neighbour] == kind
        expected = {
            "one_nn": right.mean(),
            "one_nn_real": right[:300].mean(),
            "one_nn_fake": right[300:].mean(),
        }
        assert of.score(fake) == pytest.approx(expected)


@given(clouds())
@settings(max_examples=60)
def test_ties_count_half(cloud: tuple[Tensor, Tensor]) -> None:
    """A loop over all samples says which are nearer to their own kind, and which to both."""
    data, fake = cloud
    of = scorer(data, len(fake), "one_nn")
    sides = reference(of).tolist(), fake.tolist()

    def accuracy(own: list[list[float]], others: list[list[float]]) -> float:
        total = 0.0
        for i, x in enumerate(own):
            near = min(math.dist(x, y) for j, y in enumerate(own) if j != i)
            far = min(math.dist(x, y) for y in others)
            total += 0.5 if math.isclose(near, far, rel_tol=1e-9) else float(near < far)
        return total / len(own)

    found = of.score(fake)
    assert found["one_nn_real"] == pytest.approx(accuracy(sides[0], sides[1]))
    assert found["one_nn_fake"] == pytest.approx(accuracy(sides[1], sides[0]))
    assert found["one_nn"] == pytest.approx((found["one_nn_real"] + found["one_nn_fake"]) / 2)


@WIDTHS
def test_mixed_is_a_half_collapse_is_one_and_copies_are_nought(d: int) -> None:
    """With four standard errors to spare."""
    of = scorer(normal(4000, d), 2000, "one_nn")
    assert of.score(normal(2000, d, seed=1))["one_nn"] == pytest.approx(0.5, abs=0.05)
    one = normal(1, d, seed=3) + 0.01
    assert of.score(one.repeat(2000, 1))["one_nn"] > 0.99
    assert of.score(reference(of))["one_nn"] == 0.0
