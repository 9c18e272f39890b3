"""The split: two disjoint parts that depend on nothing but the data and a seed."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from bench.metrics import _split
from bench.metrics._split import split
from bench.metrics.scorer import Scorer
from bench.registries import METRICS
from gan.data.digits import Digits
from gan.data.errors import DataError
from gan.data.ring import Ring
from gan.data.stacked_digits import StackedDigits
from gan.recipe import Choice


@given(st.integers(4, 300), st.integers(0, 5), st.integers(2, 40))
def test_every_row_is_in_one_part(size: int, seed: int, most: int) -> None:
    """Half of them is held out, but no more than the limit; none twice, none lost."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_split, "HELD_OUT", most)
        parts = split(torch.arange(size), seed)
    assert len(parts.held_out) == min(size // 2, most)
    assert sorted([*parts.train.tolist(), *parts.held_out.tolist()]) == list(range(size))
    assert parts.seed == seed


def test_a_file_in_order_is_permuted() -> None:
    """MNIST is sorted by difficulty, others by class: both parts hold every stretch of the file."""
    parts = split(torch.arange(60_000))
    for part in (parts.train, parts.held_out):
        share = torch.bincount(part[:2000] * 10 // 60_000, minlength=10) / 2000
        assert share.min() > 0.07 and share.max() < 0.13, "as 2,000 random rows do"


def test_another_seed_is_another_split() -> None:
    """And the same one the same."""
    x = torch.arange(100)
    assert torch.equal(split(x, 1).train, split(x, 1).train)
    assert not torch.equal(split(x, 1).train, split(x, 2).train)


def test_the_global_generator_stays_where_it_is() -> None:
    """Scores must not change a training run."""
    before = torch.get_rng_state()
    split(torch.arange(100))
    assert torch.equal(before, torch.get_rng_state())


@pytest.mark.parametrize("data", [Digits(), Ring(size=3000)], ids=["digits", "ring"])
def test_the_number_of_samples_changes_no_training(data: Digits | Ring) -> None:
    """Runs learn from the same rows however many a score takes."""
    samples = data.load(Path())
    few, many = (Scorer.of(data, samples, [Choice.of(METRICS, "fid")], n) for n in (50, 800))
    assert torch.equal(few.train, many.train)
    assert torch.equal(few.held_out, many.held_out[:50])


@given(st.integers(4, 200), st.integers(2, 12), st.integers(0, 5))
def test_no_group_is_in_both_parts(size: int, groups: int, seed: int) -> None:
    """As many rows are held out as without groups, and no run trains on what is left of theirs."""
    group = torch.arange(size) * min(groups, size) // size
    parts = split(torch.arange(size), seed, group)
    seen, unseen = (set(group[part].tolist()) for part in (parts.train, parts.held_out))
    assert seen and unseen and not seen & unseen
    assert len(parts.held_out) == size // 2
    assert len(parts.train) == sum(int((group == one).sum()) for one in seen)


def test_stacks_that_are_held_out_hold_no_digit_of_a_training_stack() -> None:
    """Triples of the same digits in another order would be nothing new, and copies of them no memory."""
    data = StackedDigits(size=400)
    samples = data.load(Path())
    parts = split(samples.x, 0, samples.groups)
    sides = [
        {tuple(digit.flatten().tolist()) for digit in part.flatten(0, 1)}
        for part in (parts.train, parts.held_out)
    ]
    assert not sides[0] & sides[1]


def test_samples_of_a_single_group_cannot_be_split() -> None:
    """Nothing would be left to train on."""
    with pytest.raises(DataError, match="in common"):
        split(torch.zeros(8, 2), 0, torch.zeros(8, dtype=torch.int64))


def test_three_rows_cannot_be_split() -> None:
    """Two a part are the fewest that vary."""
    with pytest.raises(DataError, match="3 samples cannot be split"):
        split(torch.zeros(3, 2))
