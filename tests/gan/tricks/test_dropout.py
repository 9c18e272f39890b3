"""Dropout keeps the expectation, has the variance of a Bernoulli mask, and spares samples unless told."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import torch
from gan_cases import drawn, moment, recipe, trained, weights

from gan.build import why_not
from gan.schedules import Schedule
from gan.tricks.dropout import Dropout

COUNT = 200_000


@pytest.mark.parametrize("p", [0.1, 0.5, 0.9])
def test_the_expectation_stays_and_the_variance_is_that_of_the_mask(p: float) -> None:
    """E = h, Var = h² p / (1 - p), and a share p of zeros: each to five standard errors."""
    h = torch.full((COUNT,), 3.0, dtype=torch.float64)
    after = Dropout(probability=p).hidden(h, "", moment())
    variance = 9.0 * p / (1.0 - p)
    assert float(after.mean()) == pytest.approx(3.0, abs=5 * (variance / COUNT) ** 0.5)
    assert float((after == 0.0).double().mean()) == pytest.approx(p, abs=5 * (p * (1 - p) / COUNT) ** 0.5)
    fourth = 81.0 * ((1 - p) * (1 / (1 - p) - 1) ** 4 + p)  # fourth central moment of m / (1 - p), times h⁴
    error = (abs(fourth - variance**2) / COUNT) ** 0.5
    # At p = 1/2 the first order vanishes, and the square of the mean's error is left.
    assert float(after.var()) == pytest.approx(variance, abs=5 * error + 25 * variance / COUNT)


def test_what_is_kept_is_scaled_and_so_is_its_gradient() -> None:
    """Each activation is 0 or h / (1 - p), and its slope 0 or 1 / (1 - p), in the same places."""
    h = torch.linspace(1.0, 2.0, 1000, dtype=torch.float64)
    trick, at = Dropout(probability=0.25), moment()
    after = trick.hidden(h, "", at)
    kept = after != 0.0
    torch.testing.assert_close(after, torch.where(kept, h / 0.75, 0.0))
    slope = torch.func.grad(lambda x: trick.hidden(x, "", at).sum())(h)
    torch.testing.assert_close(slope, kept / torch.tensor(0.75, dtype=torch.float64))
    assert 0 < int(kept.sum()) < 1000


def test_a_schedule_ends_it() -> None:
    """At p = 0 exactly nothing is dropped or scaled."""
    h = torch.linspace(1.0, 2.0, 1000, dtype=torch.float64)
    trick = Dropout(probability=Schedule("linear", start=0.5, end=0.0))
    assert not torch.equal(trick.hidden(h, "", moment(0.5)), h)
    assert torch.equal(trick.hidden(h, "", moment(1.0)), h)


@pytest.mark.parametrize("player", ["discriminator", "generator", "both"])
@pytest.mark.parametrize("side", ["discriminator", "generator"])
def test_only_the_named_player_drops(player: Any, side: Any) -> None:
    """The other's activations are the same tensor."""
    h = torch.ones(100, dtype=torch.float64)
    after = Dropout(player=player).hidden(h, "", moment(side=side))
    assert torch.equal(after, h) == (player not in (side, "both"))


@pytest.mark.parametrize("keeps", [True, False])
def test_samples_are_spared_unless_told(keeps: bool) -> None:
    """pix2pix keeps dropping while it draws samples."""
    h, at = torch.ones(100, dtype=torch.float64), moment(side="generator")
    trick = Dropout(player="generator", sampling=keeps)
    assert torch.equal(trick.hidden(h, "", replace(at, sampling=True)), h) == (not keeps)
    assert not torch.equal(trick.hidden(h, "", at), h)


def test_sampling_changes_the_samples_and_not_the_training() -> None:
    """The same weights with either setting."""
    kept, spared = (
        trained(recipe({"dropout": {"player": "generator", "sampling": keeps}}, steps=3))
        for keeps in (True, False)
    )
    assert torch.equal(weights(kept), weights(spared))
    assert not torch.equal(drawn(kept), drawn(spared))


def test_a_setting_about_the_generator_needs_the_generator() -> None:
    """Samples cannot be drawn with masks that G does not have."""
    reason = why_not(recipe({"dropout": {"sampling": True}}))
    assert reason is not None and "set player" in reason
    assert why_not(recipe({"dropout": {"sampling": True, "player": "both"}})) is None
