"""Consistency regularisation punishes what a change that should not matter does to D's logit."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from gan_cases import DIGITS, batch, critic, moment, recipe
from gan_penalties import agrees, logits, mlp, normal, packs, world
from torch import Tensor
from torch.nn import functional as F

from gan.build import why_not
from gan.recipe import Choice
from gan.registry import OPTIMIZERS
from gan.step import draw, update_generator
from gan.tricks.consistency import Consistency

POINTS = batch(normal(8, 2), normal(8, 2, seed=1), it=normal(8, 2, seed=2))
TERMS = {"cr": ("real",), "bcr": ("real", "fake"), "zcr": ("latent",), "icr": ("real", "fake", "latent")}
WEIGHTS = {"real": 3.0, "fake": 2.0, "latent": 1.5}


@pytest.mark.parametrize("pack", [1, 2])
@pytest.mark.parametrize("variant", ["cr", "bcr", "zcr", "icr"])
def test_ds_part_is_the_papers_equation(variant: str, pack: int) -> None:
    """Value and gradient in D's parameters are those of a loop over packs, term by term."""
    at = moment()
    noises = {name: at.rng.at(name).normal((8, 2)) for name in ("real", "fake")}
    pairs = {
        "real": (POINTS.real, POINTS.real + 0.1 * noises["real"]),
        "fake": (POINTS.fake, POINTS.fake + 0.1 * noises["fake"]),
        "latent": (POINTS.fake, POINTS.companions["it"]),
    }

    def reference(weights_P: Tensor) -> Tensor:
        total = torch.zeros((), dtype=torch.float64)
        for term in TERMS[variant]:
            for one, other in zip(*(packs(x, pack) for x in pairs[term]), strict=True):
                gap = logits(weights_P, one, pack)[0] - logits(weights_P, other, pack)[0]
                total = total + WEIGHTS[term] * gap**2 / (8 // pack)
        return total

    trick = Consistency(variant=variant, real=3.0, fake=2.0, latent_d=1.5, jitter=0.1)
    agrees(trick, POINTS, at, pack, reference)


@pytest.mark.parametrize("distance", ["sum", "mean"])
def test_gs_part_is_the_papers_equation(distance: str) -> None:
    """G's update is that of its loss less the mean squared distance of neighbours, by plain autograd."""
    knobs_of_it = {"variant": "zcr", "latent_g": 2.0, "sigma": 0.1, "distance": distance}
    run = recipe({"consistency": knobs_of_it}, optimizer=Choice.of(OPTIMIZERS, "sgd"))
    G, D, data, nets, knobs, at = world(run)
    plays = draw(G, data, nets, knobs, at)
    z = plays[0][0].z
    neighbours = knobs.tricks.companion(z, at.place("companion", "generator"))["consistency"]
    moved, _ = update_generator(G, D, plays, nets, knobs, at.place("generator", "generator"))

    leaf = G.parameters.clone().requires_grad_()
    fake, other = (mlp(nets, "generator", leaf, latents) for latents in (z, neighbours))
    loss = F.softplus(-mlp(nets, "discriminator", D.parameters, fake)).mean()
    for one, near in zip(fake, other, strict=True):
        squares = [(a - b) ** 2 for a, b in zip(one, near, strict=True)]
        loss = loss - 2.0 * sum(squares) / len(fake) / (1 if distance == "sum" else len(squares))
    (gradient,) = torch.autograd.grad(loss, leaf)
    torch.testing.assert_close(moved.parameters, G.parameters - 1e-3 * gradient, rtol=0, atol=1e-11)


def test_neighbours_are_a_small_step_away_in_latent_space() -> None:
    """z + σ ε with ε standard normal; the variants without latent terms ask for none."""
    z, at = normal(2000, 3), moment()
    near = Consistency(sigma=0.05).companion(z, at)
    assert near is not None
    noise = (near - z) / 0.05
    torch.testing.assert_close(noise, at.rng.normal((2000, 3)))
    assert abs(float(noise.mean())) < 0.06 and float(noise.std()) == pytest.approx(1.0, rel=0.05)
    for variant in ("cr", "bcr"):
        trick = Consistency(variant=variant)
        assert trick.companion(z, at) is None and trick.bonus(critic(torch.sum), POINTS, at) == 0.0


def _changed(images: Tensor, **knobs: object) -> Tensor:
    """T(x), as D is shown it."""
    seen = []

    def judge(x: Tensor) -> Tensor:
        seen.append(x)
        return x.sum(dim=(1, 2, 3))

    trick = Consistency(variant="cr", **knobs)  # type: ignore[arg-type]
    trick.penalty(critic(judge), batch(images, images), moment())
    assert torch.equal(seen[0], images)
    return seen[1]


@pytest.mark.parametrize("flip", [False, True])
@pytest.mark.parametrize(("shift", "most"), [(None, 1), (3, 3)])
def test_images_are_shifted_with_reflected_edges(shift: int | None, most: int, flip: bool) -> None:
    """Every one is a window of the image padded by reflection, all windows occur, and half are mirrored."""
    images = normal(600, 2, 8, 9)
    found: set[tuple[int, int, bool]] = set()
    for image, changed in zip(images.numpy(), _changed(images, shift=shift, flip=flip).numpy(), strict=True):
        padded = np.pad(image, [(0, 0), (most, most), (most, most)], mode="reflect")
        windows = {
            (down, right, mirrored): padded[:, down : down + 8, right : right + 9][
                :, :, :: -1 if mirrored else 1
            ]
            for down in range(2 * most + 1)
            for right in range(2 * most + 1)
            for mirrored in (False, True)
        }
        fitting = [place for place, window in windows.items() if np.array_equal(window, changed)]
        assert len(fitting) == 1
        found.add(fitting[0])
    expected = (2 * most + 1) ** 2
    assert len({place[:2] for place in found}) == expected
    assert {mirrored for *_, mirrored in found} == ({False, True} if flip else {False})


@pytest.mark.parametrize(
    ("knobs", "digits", "reason"),
    [
        ({"variant": "cr", "fake": 1.0}, False, "`fake` does nothing"),
        ({"variant": "zcr", "jitter": 0.1}, False, "`jitter` does nothing"),
        ({"shift": 2}, False, "`shift` does nothing for points"),
        ({"jitter": 0.1}, True, "`jitter` does nothing for images"),
        ({"shift": 0}, True, "stay as they are"),
        ({"shift": 8}, True, "make it smaller"),
        ({"shift": 0, "flip": True}, True, None),
        ({"shift": 7}, True, None),
    ],
)
def test_it_declines_settings_that_do_nothing(
    knobs: dict[str, object], digits: bool, reason: str | None
) -> None:
    """In words that say which."""
    found = why_not(recipe({"consistency": knobs}, **({"data": DIGITS} if digits else {})))
    assert (found is None) == (reason is None)
    assert reason is None or reason in str(found)
