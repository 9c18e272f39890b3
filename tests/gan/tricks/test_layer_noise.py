"""The noise adds σ² to the variance of each activation, of the named player, in training or always."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import torch
from gan_cases import drawn, moment, recipe, trained, weights

from gan.build import why_not
from gan.schedules import Schedule
from gan.tricks.chain import Chain
from gan.tricks.layer_noise import LayerNoise

COUNT = 200_000


def test_the_variance_grows_by_the_square() -> None:
    """Of activations of variance 4, to five standard errors of a variance; the mean stays."""
    h = 2.0 * torch.randn(COUNT, 1, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    noisy = LayerNoise(sigma=0.7).hidden(h, "layers.0", moment())
    wanted = 4.0 + 0.7**2
    assert float(noisy.var()) == pytest.approx(wanted, abs=5 * wanted * (2 / COUNT) ** 0.5)
    assert float(noisy.mean()) == pytest.approx(float(h.mean()), abs=5 * 0.7 / COUNT**0.5)


def test_a_schedule_anneals_it() -> None:
    """Half way from 0.8 to 0, noise of 0.4; at the end exactly none."""
    h = torch.ones(4, 3, dtype=torch.float64)
    trick = LayerNoise(sigma=Schedule("linear", start=0.8, end=0.0))
    assert torch.equal(trick.hidden(h, "", moment(0.5)), h + 0.4 * moment().rng.normal(h.shape))
    assert torch.equal(trick.hidden(h, "", moment(1.0)), h)


@pytest.mark.parametrize("player", ["discriminator", "generator", "both"])
@pytest.mark.parametrize("side", ["discriminator", "generator"])
def test_only_the_named_player_is_disturbed(player: Any, side: Any) -> None:
    """The other's activations are the same tensor."""
    h = torch.ones(4, 3, dtype=torch.float64)
    after = LayerNoise(sigma=1.0, player=player).hidden(h, "", moment(side=side))
    assert torch.equal(after, h) == (player not in (side, "both"))


@pytest.mark.parametrize("keeps", [True, False])
def test_noise_in_samples_can_be_switched_off(keeps: bool) -> None:
    """With `sampling` off, noise is in training alone."""
    h, at = torch.ones(4, 3, dtype=torch.float64), moment(side="generator")
    trick = LayerNoise(sigma=1.0, player="generator", sampling=keeps)
    assert torch.equal(trick.hidden(h, "", replace(at, sampling=True)), h) == (not keeps)
    assert not torch.equal(trick.hidden(h, "", at), h)


def test_what_is_sampled_without_noise_was_trained_with_it() -> None:
    """The same weights with either setting of `sampling`, and other samples."""
    loud, silent = (
        trained(recipe({"layer_noise": {"player": "both", "sampling": keeps}}, steps=3))
        for keeps in (True, False)
    )
    assert torch.equal(weights(loud), weights(silent))
    assert not torch.equal(drawn(loud), drawn(silent))


def test_every_layer_has_noise_of_its_own() -> None:
    """Layers of equal shape are disturbed differently, because each is a place."""
    h, chain, at = torch.zeros(4, 3, dtype=torch.float64), Chain({"it": LayerNoise(sigma=1.0)}), moment()
    one, other = (chain.hidden(h, layer, at.place(layer)) for layer in ("layers.0", "layers.1"))
    assert not torch.equal(one, other)


def test_a_setting_about_the_generator_needs_the_generator() -> None:
    """Noise in samples cannot be switched off where G has none."""
    reason = why_not(recipe({"layer_noise": {"sampling": False}}))
    assert reason is not None and "set player" in reason
    assert why_not(recipe({"layer_noise": {"sampling": False, "player": "both"}})) is None
