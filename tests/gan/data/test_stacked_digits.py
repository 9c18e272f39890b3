"""Every channel is a digit of its own, and the thousand shares are products of ten."""

from __future__ import annotations

from pathlib import Path

import torch

from gan.data._stacked import GROUPS, drawn
from gan.data.digits import Digits, load_digits
from gan.data.stacked_digits import StackedDigits


def test_every_channel_is_a_real_digit() -> None:
    """Each is one of the 1,797 images, and the three are drawn apart."""
    samples = StackedDigits(size=300).load(Path())
    known = {tuple(image.flatten().tolist()) for image in load_digits()[0]}
    assert samples.x.shape == (300, 3, 8, 8)
    for channel in range(3):
        assert all(tuple(image.flatten().tolist()) in known for image in samples.x[:, channel])
    assert (samples.x[:, 0] != samples.x[:, 1]).flatten(1).any(1).float().mean() > 0.9


def test_shares_are_products_of_the_digits() -> None:
    """Mode 100 a + 10 b + c has share p(a) p(b) p(c)."""
    one, priors = Digits().load(Path()).priors, StackedDigits(size=3).load(Path()).priors
    assert len(priors) == 1000
    torch.testing.assert_close(priors[427], one[4] * one[2] * one[7])


def test_every_group_has_every_class_in_the_same_share() -> None:
    """A generator that has seen nine groups has seen the digits as often as they are in the tenth."""
    labels = load_digits()[1]
    triples, groups = drawn(labels, 60_000, seed=0)
    members = [triples[groups == group].unique() for group in range(GROUPS)]
    assert len(torch.cat(members)) == len(torch.cat(members).unique()) == len(labels), (
        "no digit is in two groups"
    )
    for member in members:
        counts = torch.bincount(labels[member], minlength=10)
        assert (counts - torch.bincount(labels) / GROUPS).abs().max() < 1.0
