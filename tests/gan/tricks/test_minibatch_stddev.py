"""The statistic is the mean over features of their standard deviation over a group."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import torch
from gan_cases import moment, recipe, trained
from torch import Tensor

from gan.build import why_not
from gan.tricks.base import At
from gan.tricks.minibatch_stddev import MinibatchStddev

NOISE = torch.Generator().manual_seed(0)
FEATURES = torch.randn(12, 5, generator=NOISE, dtype=torch.float64)
LOGITS = torch.randn(12, generator=NOISE, dtype=torch.float64)


def _at(weight: float) -> At:
    return dataclasses.replace(moment(), parameters={"it:weight": torch.tensor(weight, dtype=torch.float64)})


def _spread(features: Tensor, group: int | None = None) -> Tensor:
    return MinibatchStddev(group=group).output(torch.zeros(len(features)), features, _at(1.0))


@pytest.mark.parametrize("group", [None, 12, 4, 3, 2])
def test_equals_numpys(group: int | None) -> None:
    """For every sample i that of the samples in its group i mod B/G, to 1e-12."""
    h, size = FEATURES.numpy(), group or 12
    for i in range(12):
        members = [j for j in range(12) if j % (12 // size) == i % (12 // size)]
        assert len(members) == size
        expected = np.sqrt(h[members].var(axis=0) + 1e-8).mean()
        assert float(_spread(FEATURES, group)[i]) == pytest.approx(expected, abs=1e-12)


def test_it_is_a_further_feature_of_a_linear_head() -> None:
    """logit + w s, with slope s in w and 1 in the logit."""
    out = MinibatchStddev().output(LOGITS, FEATURES, _at(-2.5))
    torch.testing.assert_close(out, LOGITS - 2.5 * _spread(FEATURES))


def test_samples_that_are_all_alike_have_none() -> None:
    """Only the constant beneath the root is left; the gradient is finite there."""
    alike = FEATURES[:1].expand(12, 5)
    torch.testing.assert_close(_spread(alike), torch.full((12,), 1e-4, dtype=torch.float64))
    assert torch.func.grad(lambda h: _spread(h).sum())(alike).isfinite().all()


def test_its_weight_is_trained() -> None:
    """It begins at 0 and is the last of D's parameters."""
    cohort = trained(recipe({"minibatch_stddev": {}}, steps=5))
    layout = cohort.nets.layouts["discriminator"]
    assert layout.shapes[-1] == ("minibatch_stddev:weight", ())
    assert cohort.replica(0).state.players["discriminator"].parameters[-1] != 0


def test_groups_that_do_not_fit_are_declined() -> None:
    """A group must divide the number of logits, and there must be two of these."""
    assert why_not(recipe({"minibatch_stddev": {"group": 4}})) is None
    assert why_not(recipe({"minibatch_stddev": {"group": 5}})) is not None
    assert why_not(recipe({"minibatch_stddev": {"group": 8}, "packing": {"samples": 4}})) is not None
    assert why_not(recipe({"minibatch_stddev": {}, "packing": {"samples": 16}})) is not None
