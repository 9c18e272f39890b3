"""Each augmentation is what a loop over pixels makes of it, and none shifts the mean of what D sees."""

from __future__ import annotations

import pytest
import torch
from gan_cases import DIGITS, RING, moment, recipe
from torch import Tensor

from gan.build import why_not
from gan.tricks.diffaugment import Diffaugment, brightened, contrasted, cut_out, saturated, translated


def _images(count: int = 5, channels: int = 3, height: int = 16, width: int = 10, seed: int = 0) -> Tensor:
    shape = (count, channels, height, width)
    return torch.rand(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64) * 2 - 1


U = torch.tensor([0.001, 0.3, 0.5, 0.77, 0.999], dtype=torch.float64)


def _naive_colours(x: Tensor, brightness: float, saturation: float, contrast: float) -> Tensor:
    """One image, value by value, in the order of the paper's code."""
    channels, height, width = x.shape
    values = [
        [[float(x[c, i, j]) + brightness for j in range(width)] for i in range(height)]
        for c in range(channels)
    ]
    for i in range(height):
        for j in range(width):
            mean = sum(values[c][i][j] for c in range(channels)) / channels
            for c in range(channels):
                values[c][i][j] = (values[c][i][j] - mean) * saturation + mean
    flat = [v for plane in values for row in plane for v in row]
    mean = sum(flat) / len(flat)
    return torch.tensor([(v - mean) * contrast + mean for v in flat], dtype=torch.float64).reshape(x.shape)


@pytest.mark.parametrize("channels", [1, 2, 3])
def test_colours_are_those_of_a_loop_over_pixels(channels: int) -> None:
    """Brightness in ±½, then saturation in [0, 2], then contrast in [½, 1½]."""
    x, flipped = _images(channels=channels), U.flip(0)
    made = contrasted(saturated(brightened(x, U), flipped), U)
    for image, wanted, u, v in zip(made, x, U.tolist(), flipped.tolist(), strict=True):
        expected = _naive_colours(wanted, u - 0.5, 2 * v, u + 0.5)
        torch.testing.assert_close(image, expected, rtol=0, atol=1e-8)


def test_translation_is_that_of_a_loop_over_pixels() -> None:
    """Whole pixels, an eighth of the side at most, and 0 where nothing was."""
    x, moves = _images(), set()
    made = translated(x, torch.stack([U, U.flip(0)]))
    for image, result, u, v in zip(x, made, U.tolist(), U.flip(0).tolist(), strict=True):
        down, right = int(u * 5) - 2, int(v * 3) - 1  # 16 / 8 = 2 and 10 // 8 = 1
        moves.add((down, right))
        expected = torch.zeros_like(image)
        for i in range(16):
            for j in range(10):
                if 0 <= i + down < 16 and 0 <= j + right < 10:
                    expected[:, i + down, j + right] = image[:, i, j]
        assert torch.equal(result, expected)
    assert {(-2, 1), (0, 0), (2, -1)} <= moves, "both ends and the middle were drawn"


@pytest.mark.parametrize(("height", "width"), [(16, 10), (9, 7)])
def test_the_cutout_is_that_of_a_loop_over_pixels(height: int, width: int) -> None:
    """A rectangle of half of each side; its centre is any pixel, or any edge between two for even sides."""
    x = _images(height=height, width=width)
    made = cut_out(x, torch.stack([U, U.flip(0)]))
    for image, result, u, v in zip(x, made, U.tolist(), U.flip(0).tolist(), strict=True):
        expected = image.clone()
        tall, wide = height // 2, width // 2
        top = int(u * (height + (1 - tall % 2))) - tall // 2
        left = int(v * (width + (1 - wide % 2))) - wide // 2
        for i in range(max(top, 0), min(top + tall, height)):
            for j in range(max(left, 0), min(left + wide, width)):
                expected[:, i, j] = 0.0
        assert torch.equal(result, expected)


@pytest.mark.parametrize("augmentation", [brightened, saturated, contrasted])
def test_colour_leaves_the_expectation_of_every_pixel_alone(augmentation) -> None:  # type: ignore[no-untyped-def]
    """Exactly: a draw u and its mirror image 1 - u cancel, so that the mean over u is the image itself."""
    x = _images()
    torch.testing.assert_close((augmentation(x, U) + augmentation(x, 1 - U)) / 2, x, rtol=0, atol=1e-12)
    assert not torch.allclose(augmentation(x, U), x), "a single draw does change it"


def test_the_mean_pixel_is_the_same_on_average_over_draws() -> None:
    """Monte Carlo: brightness alone moves an image's mean, by a variance of 1/12; five standard errors."""
    count = 20_000
    x = _images(count=1).expand(count, -1, -1, -1)
    shown = Diffaugment(policy="color").inputs(x, moment())
    shift_B = shown.mean(dim=(1, 2, 3)) - x.mean(dim=(1, 2, 3))
    assert abs(float(shift_B.mean())) < 5 * (1 / 12 / count) ** 0.5
    assert float(shift_B.var()) == pytest.approx(1 / 12, rel=5 * (0.8 / count) ** 0.5), (
        "of a uniform: κ - 1 = 0.8"
    )
    pixel_B = shown[:, 0, 3, 4]
    assert abs(float(pixel_B.mean() - x[0, 0, 3, 4])) < 5 * float(pixel_B.std()) / count**0.5


def test_cutout_hides_half_of_a_side_at_most_and_every_pixel_sometimes() -> None:
    """A pixel far from the border is hidden with probability L / (S + 1) along each even side."""
    count = 20_000
    x = torch.ones(count, 1, 16, 16, dtype=torch.float64)
    hidden = (Diffaugment(policy="cutout").inputs(x, moment()) == 0.0).double().mean(dim=0)[0]
    wanted = (8 / 17) ** 2
    assert float(hidden[8, 8]) == pytest.approx(wanted, abs=5 * (wanted * (1 - wanted) / count) ** 0.5)
    assert float(hidden.min()) > 0.0


def test_real_and_generated_samples_are_augmented_alike_and_afresh() -> None:
    """The same image is shown otherwise at each place; with probability ½, half of the images untouched."""
    x, at = _images(count=400), moment()
    trick = Diffaugment(probability=0.5)
    real, fake = trick.inputs(x, at.place("real")), trick.inputs(x, at.place("fake"))
    assert not torch.equal(real, fake)
    untouched = [float((seen == x).flatten(1).all(dim=1).double().mean()) for seen in (real, fake)]
    assert untouched == pytest.approx([0.5, 0.5], abs=5 * (0.25 / 400) ** 0.5)


def test_gradients_pass_through() -> None:
    """That of a linear critic of a contrasted and moved image is the finite difference in every pixel."""
    x = _images(count=2, height=8, width=8)
    weights = _images(count=2, height=8, width=8, seed=1)

    def judged(x: Tensor) -> Tensor:
        return (weights * Diffaugment().inputs(x, moment()).square()).sum()

    gradient = torch.func.grad(judged)(x)
    way = _images(count=2, height=8, width=8, seed=2)
    difference = (judged(x + 1e-5 * way) - judged(x - 1e-5 * way)) / 2e-5
    torch.testing.assert_close((gradient * way).sum(), difference, rtol=1e-8, atol=1e-8)
    assert gradient.abs().max() > 0.1


def test_what_it_cannot_do_it_declines() -> None:
    """Points, unknown policies with the nearest valid name, and translations of no pixel."""
    reasons = {
        policy: why_not(recipe({"diffaugment": {"policy": policy}}, data=DIGITS))
        for policy in ("color", "color, cutout", "colour", "", "cutout,cutout")
    }
    assert reasons["color"] is None and reasons["color, cutout"] is None
    assert reasons["colour"] == "diffaugment: unknown policy 'colour'; did you mean 'color'?"
    assert "at least one policy" in str(reasons[""]) and "named twice" in str(reasons["cutout,cutout"])
    assert "these data are none" in str(why_not(recipe({"diffaugment": {}}, data=RING)))
