"""Two rounds make one step: from where it began, along the gradient that the trial step found."""

from __future__ import annotations

import dataclasses
import math

import pytest
import torch
from bilinear_game import SINGULAR, growth, play, radius
from gan_cases import cohort_of, recipe, trained_by

from gan.build import why_not
from gan.optimizers.extragradient import Extragradient
from gan.optimizers.sgd import Sgd
from gan.players import State
from gan.step import step


@pytest.mark.parametrize("lr", [0.1, 0.4])
def test_ends_a_simultaneous_bilinear_game(lr: float) -> None:
    """z' = z - F (z - F z), where F has eigenvalues ±ic, c = ηs: |1 ∓ ic - c²| = √((1 - c²)² + c²)."""
    steps = play(Extragradient(base="sgd"), lr, 100, simultaneous=True)[::2]
    for index, s in enumerate(SINGULAR):
        c = lr * s
        expected = math.sqrt((1 - c * c) ** 2 + c * c)
        assert expected < 1 and radius([[1 - c * c, -c], [c, 1 - c * c]]) == pytest.approx(expected)
        measured = growth(steps)[:, index]
        torch.testing.assert_close(measured, torch.full_like(measured, expected), rtol=1e-10, atol=0.0)


def test_its_trial_step_is_one_of_plain_descent() -> None:
    """After an odd round, each game stands √(1 + c²) times as far away as before it."""
    path = play(Extragradient(base="sgd"), 0.3, 10, simultaneous=True)
    for index, s in enumerate(SINGULAR):
        measured = growth(path)[::2, index]
        expected = math.sqrt(1 + (0.3 * s) ** 2)
        torch.testing.assert_close(measured, torch.full_like(measured, expected), rtol=1e-12, atol=0.0)


def test_with_adam_it_is_the_papers_extra_adam() -> None:
    """Algorithm 4 in plain numbers on min_x max_y x y + x²/2 - y³/3: both gradients enter the moments."""

    def field(x: float, y: float) -> tuple[float, float]:
        return y + x, -x + y * y

    beta1, beta2, epsilon, eta = 0.5, 0.9, 1e-8, 0.05
    lr = torch.tensor(eta, dtype=torch.float64)
    z, m, v = [1.0, 0.7], [0.0, 0.0], [0.0, 0.0]
    optimizer = Extragradient(base="adam", beta1=beta1, beta2=beta2, epsilon=epsilon)
    ours = [torch.tensor([value], dtype=torch.float64) for value in z]
    moments = [optimizer.begin(vector) for vector in ours]
    for t in range(1, 11):
        at = list(z)
        for half in (2 * t - 1, 2 * t):
            gradients, base = field(*at), list(z)
            for i, g in enumerate(gradients):
                m[i] = beta1 * m[i] + (1 - beta1) * g
                v[i] = beta2 * v[i] + (1 - beta2) * g * g
                m_hat, v_hat = m[i] / (1 - beta1**half), v[i] / (1 - beta2**half)
                at[i] = base[i] - eta * m_hat / (math.sqrt(v_hat) + epsilon)
            found = field(*(float(vector) for vector in ours))
            for i, g in enumerate(found):
                ours[i], moments[i] = optimizer.update(
                    ours[i], torch.tensor([g], dtype=torch.float64), moments[i], lr
                )
            assert [float(vector) for vector in ours] == pytest.approx(at, rel=1e-10, abs=1e-10)
        z = at


def test_two_rounds_of_training_are_one_step() -> None:
    """The second round moves the first players by what plain descent would move those that looked ahead."""
    run = trained_by("extragradient", {"base": "sgd"}, steps=2)
    cohort = cohort_of([run])
    begun, knobs, nets = cohort.replica(0).state, cohort.knobs[0], cohort.nets
    ahead, _ = step(begun, cohort.data, knobs, torch.tensor(0), nets)
    ended, _ = step(ahead, cohort.data, knobs, torch.tensor(1), nets)
    plain = dataclasses.replace(knobs, optimizer=Sgd())

    def stateless(state: State) -> State:
        players = {side: dataclasses.replace(player, moments={}) for side, player in state.players.items()}
        return State(players, state.memory)

    tried, _ = step(stateless(begun), cohort.data, plain, torch.tensor(0), nets)
    found, _ = step(stateless(ahead), cohort.data, plain, torch.tensor(1), nets)
    for side in begun.players:
        first, half, last = (state.players[side].parameters for state in (begun, ahead, ended))
        assert torch.equal(half, tried.players[side].parameters), (
            "the first round is a round of plain descent"
        )
        change = found.players[side].parameters - half
        torch.testing.assert_close(last, first + change, rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"updates": "alternating"}, "set updates: simultaneous"),
        ({"d_steps": 2}, "set d_steps: 1 and g_steps: 1"),
        ({"g_steps": 3}, "set d_steps: 1 and g_steps: 1"),
    ],
)
def test_declines_players_that_do_not_look_ahead_together(changes: dict[str, object], says: str) -> None:
    """In words that say what to set."""
    reason = why_not(dataclasses.replace(trained_by("extragradient"), **changes))  # type: ignore[arg-type]
    assert reason is not None and reason.startswith("extragradient: ") and says in reason


def test_declines_what_would_not_act() -> None:
    """Adam's knobs without Adam, and tricks that act every odd number of rounds."""
    plain = trained_by("extragradient", {"base": "sgd"})
    choice = dataclasses.replace(plain.optimizer, knobs={**plain.optimizer.knobs, "beta1": 0.9})
    reason = why_not(dataclasses.replace(plain, optimizer=choice))
    assert reason is not None and "beta1 does not act" in reason
    for period, fits in ((5, False), (6, True)):
        tricks = recipe({"lookahead": {"period": period}}).tricks
        reason = why_not(dataclasses.replace(plain, tricks=tricks))
        assert (reason is None) == fits, reason
        assert fits or "set the period of lookahead" in str(reason)


def test_declines_what_falls_on_trial_steps_alone() -> None:
    """An even number of rounds from one penalty to the next, or a training that ends on a trial step."""
    plain = trained_by("extragradient")
    for every, fits in ((1, True), (3, True), (2, False), (16, False)):
        tricks = recipe({"r1": {"every": every}}).tricks
        reason = why_not(dataclasses.replace(plain, tricks=tricks))
        assert (reason is None) == fits, reason
        assert fits or "set its every to an odd number" in str(reason)
    assert "set steps to a multiple of 2" in str(why_not(dataclasses.replace(plain, steps=plain.steps + 1)))
