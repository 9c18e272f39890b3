"""What a step says of the two players, held against definitions."""

from __future__ import annotations

import math

import pytest
import torch

from gan.health import HEALTH, SATURATED, judgement
from gan.registry import LOSSES


def test_accuracy_is_the_share_on_the_right_side_and_saturation_the_share_far_from_the_boundary() -> None:
    real = torch.tensor([1.0, 2.0, -1.0, 10.0])
    fake = torch.tensor([-1.0, 3.0, -10.0, -0.5])
    found = {name: float(value) for name, value in judgement(real, fake, 0.0).items()}
    assert found == {"d_accuracy_real": 0.75, "d_accuracy_fake": 0.75, "saturated": 0.25}
    shifted = judgement(real + 7.0, fake + 7.0, 7.0)
    assert {name: float(value) for name, value in shifted.items()} == found, "only the side counts"


def test_a_logit_is_saturated_where_the_sigmoid_is_within_one_percent_of_its_end() -> None:
    assert 1.0 / (1.0 + math.exp(-SATURATED)) == pytest.approx(0.99)


def test_what_is_logged_takes_no_part_in_the_gradient() -> None:
    logits = torch.tensor([0.3, -0.2], requires_grad=True)
    assert not any(
        value.requires_grad for value in judgement(logits, logits, logits.mean().detach()).values()
    )


@pytest.mark.parametrize("name", LOSSES.names())
def test_an_ideal_discriminator_is_right_about_everything(name: str) -> None:
    """Logits that the loss of D is content with lie on the right sides of its boundary."""
    loss = LOSSES.load(name)()
    start = torch.zeros(8)
    real, fake = start.clone(), start.clone()
    for _ in range(200):
        real.requires_grad_(True), fake.requires_grad_(True)
        value = loss.discriminator(real, fake, loss.targets)
        at_real, at_fake = torch.autograd.grad(value, (real, fake))
        real, fake = (real - at_real).detach(), (fake - at_fake).detach()
    found = judgement(real, fake, loss.boundary(real, fake))
    assert float(found["d_accuracy_real"]) == float(found["d_accuracy_fake"]) == 1.0


def test_names_are_those_of_the_step() -> None:
    assert set(judgement(torch.zeros(2), torch.zeros(2), 0.0)) < set(HEALTH)
