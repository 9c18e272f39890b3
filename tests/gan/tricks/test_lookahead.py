"""A step back every k rounds turns a diverging bilinear game into a converging one, at a known rate."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from bilinear_game import SINGULAR, growth, play, radius, spiral
from gan_cases import NOTHING, drawn, moment, recipe, trained, weights

from gan.build import why_not
from gan.optimizers.sgd import Sgd
from gan.tricks.lookahead import Lookahead

ROUNDS = torch.arange(13, dtype=torch.float64)


@pytest.mark.parametrize(("k", "alpha"), [(10, 0.5), (4, 0.3)])
def test_the_rate_in_a_simultaneous_bilinear_game(k: int, alpha: float) -> None:
    """M = [[1, -c], [c, 1]] is normal, so k rounds make the distance exactly |1 - α + α (1 + ic)ᵏ| times."""
    lr = 0.3
    trick = Lookahead(alpha=alpha, period=k)
    path = play(Sgd(), lr, 20 * k, simultaneous=True, trick=trick, turned=False)[::k]
    for index, s in enumerate(SINGULAR):
        M = np.array([[1.0, -lr * s], [lr * s, 1.0]])
        expected = radius((1 - alpha) * np.eye(2) + alpha * np.linalg.matrix_power(M, k))
        assert expected == pytest.approx(abs(1 - alpha + alpha * (1 + 1j * lr * s) ** k), rel=1e-12)
        measured = growth(path)[:, index]
        torch.testing.assert_close(measured, torch.full_like(measured, expected), rtol=1e-9, atol=0.0)
    if k == 4:
        assert float(growth(path).max()) < 1.0 < radius(M), "where plain descent spirals away, this ends"


def test_the_rate_in_an_alternating_bilinear_game() -> None:
    """M = [[1 - c², -c], [c, 1]] only circles; with the step back, (1 - α) I + α Mᵏ has a radius below 1."""
    lr, k, alpha = 0.3, 5, 0.5
    trick = Lookahead(alpha=alpha, period=k)
    measured = spiral(play(Sgd(), lr, 40 * k, simultaneous=False, trick=trick, turned=False)[::k])
    for index, s in enumerate(SINGULAR):
        c = lr * s
        M = np.array([[1 - c * c, -c], [c, 1.0]])
        expected = radius((1 - alpha) * np.eye(2) + alpha * np.linalg.matrix_power(M, k))
        assert expected < 1.0
        assert float(measured[index]) == pytest.approx(expected, abs=1e-6)


def _ramp(trick: Lookahead) -> tuple[list[float], list[float]]:
    """Both players move by 1 a round: where they are after each, and what would be sampled."""
    players = {"generator": ROUNDS[:1], "discriminator": ROUNDS[:1]}
    memory, there, sampled = trick.begin(players, moment()), [], []
    for _ in range(6):
        players = {side: vector + 1.0 for side, vector in players.items()}
        players, memory = trick.update(players, {}, NOTHING, moment(memory=memory))
        assert torch.equal(players["generator"], players["discriminator"]), "both step back together"
        there.append(float(players["generator"]))
        sampled.append(float(trick.evaluate(players["generator"], moment(memory=memory))))
    return there, sampled


def test_both_players_step_back_every_so_many_rounds() -> None:
    """With k = 3 and α = 1/2: 1, 2, 3 → 1.5, 2.5, 3.5, 4.5 → 3; samples are the fast or the slow weights."""
    there, sampled = _ramp(Lookahead(alpha=0.5, period=3))
    assert there == sampled == [1.0, 2.0, 1.5, 2.5, 3.5, 3.0]
    there, sampled = _ramp(Lookahead(alpha=0.5, period=3, samples="slow"))
    assert there == [1.0, 2.0, 1.5, 2.5, 3.5, 3.0] and sampled == [0.0, 0.0, 1.5, 1.5, 1.5, 3.0]


def test_without_a_step_forward_the_players_never_leave() -> None:
    """At α = 0 they are back at the start, bit for bit, after every period."""
    held = trained(recipe({"lookahead": {"alpha": 0.0, "period": 5}}))
    assert torch.equal(weights(held), weights(trained(recipe({}, steps=0))))


def test_only_one_average_is_sampled() -> None:
    """Fast samples leave the choice to an average; slow ones are one."""
    assert why_not(recipe({"lookahead": {}, "ema": {}})) is None
    for other in ("ema", "swa"):
        reason = why_not(recipe({"lookahead": {"samples": "slow"}, other: {}}))
        assert reason is not None and "samples can come from one average only" in reason


def test_slow_samples_are_those_of_the_last_step_back() -> None:
    """After 20 rounds with k = 7, the generator of round 14."""
    slow = {"lookahead": {"period": 7, "samples": "slow"}}
    late, early = trained(recipe(slow)), trained(recipe(slow, steps=14))
    assert torch.equal(drawn(late), drawn(early))


def test_a_period_that_never_ends_is_declined() -> None:
    assert why_not(recipe({"lookahead": {"period": 20}}, steps=20)) is None
    assert "after the last of 20" in str(why_not(recipe({"lookahead": {"period": 21}}, steps=20)))
