"""Each transformation is what PyTorch, or a loop over pixels, makes of it; below p = 1 nothing leaks."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
import torch
from gan_cases import DIGITS, RING, batch, moment, recipe
from torch import Tensor

from gan.build import why_not
from gan.rng import Rng
from gan.tricks import _affine, _colour
from gan.tricks.ada import GROUPS, Ada, Draw, colours, geometry, transformations

SINGLE = [name for group in GROUPS.values() for name in group]
LUMA = torch.ones(3, dtype=torch.float64) / 3**0.5


def _images(count: int = 4, channels: int = 3, height: int = 8, width: int = 8, seed: int = 0) -> Tensor:
    shape = (count, channels, height, width)
    return torch.rand(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64) * 2 - 1


def _each(*values: float) -> Tensor:
    return torch.tensor(values, dtype=torch.float64)


def _shown(x: Tensor, transforms: str, p: float, seed: int = 0) -> Tensor:
    return Ada(transforms=transforms, adaptive=False, probability=p).inputs(x, moment(seed=seed))


def _trace(matrix_B33: Tensor) -> Tensor:
    return matrix_B33.diagonal(dim1=1, dim2=2).sum(dim=1)


def _draw(p: float, count: int) -> Draw:
    return Draw(Rng.of(torch.tensor(3), 0, torch.float64), p, count)


# The geometry.


def test_flips_turns_and_whole_shifts_move_pixels_and_mix_none() -> None:
    """To the bit: torch.flip, torch.rot90 (counterclockwise), and indices mirrored at the borders."""
    x = _images()
    flipped = _affine.warped(x, _affine.scaling(_each(-1, 1, -1, 1), _each(1, 1, 1, 1)))
    assert torch.equal(flipped, torch.stack([x[0].flip(2), x[1], x[2].flip(2), x[3]]))
    turned = _affine.warped(x, _affine.rotation(_each(1, 0, -1, 0), _each(0, 1, 0, -1)))
    assert torch.equal(turned, torch.stack([torch.rot90(x[k], k, (1, 2)) for k in range(4)]))
    moved = _affine.warped(x, _affine.shift(_each(1, -2, 0, 0), _each(0, 0, 3, 20)))
    assert torch.equal(moved[0], x[0][:, :, [1, 0, 1, 2, 3, 4, 5, 6]])
    assert torch.equal(moved[1], x[1][:, :, [2, 3, 4, 5, 6, 7, 6, 5]])
    assert torch.equal(moved[2], x[2][:, [3, 2, 1, 0, 1, 2, 3, 4]])
    # Twenty up is beyond the far border: 20, 19, ... in a mirror of period 14.
    assert torch.equal(moved[3], x[3][:, [6, 5, 4, 3, 2, 1, 0, 1]])


@pytest.mark.parametrize(("height", "width"), [(8, 8), (7, 10)])
def test_any_affine_map_is_that_of_grid_sample(height: int, width: int) -> None:
    """PyTorch's bilinear sampling, reflecting at the centres of the outermost pixels."""
    x = _images(6, 2, height, width)
    noise = torch.randn(6, 3, 3, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    matrix = torch.eye(3, dtype=torch.float64) + 0.4 * noise
    matrix[:, :2, 2] *= 5
    # The same map in grid_sample's coordinates, in which the outermost centres are at -1 and 1.
    half = torch.diag(_each((width - 1) / 2, (height - 1) / 2, 1))
    theta = (torch.linalg.inv(half) @ matrix @ half)[:, :2]
    grid = torch.nn.functional.affine_grid(theta, list(x.shape), align_corners=True)
    wanted = torch.nn.functional.grid_sample(x, grid, "bilinear", "reflection", align_corners=True)
    torch.testing.assert_close(_affine.warped(x, matrix), wanted, rtol=0, atol=1e-8)


@pytest.mark.parametrize(
    ("matrix", "point", "wanted"),
    [
        (_affine.shift(_each(2.5), _each(-1.0)), (1.0, 1.0), (3.5, 0.0)),
        (_affine.scaling(_each(2.0), _each(0.5)), (1.0, 4.0), (2.0, 2.0)),
        (_affine.rotation(_each(0.8), _each(0.6)), (1.0, 0.0), (0.8, -0.6)),
    ],
)
def test_a_matrix_leads_back_from_the_result(
    matrix: Tensor, point: tuple[float, float], wanted: tuple[float, float]
) -> None:
    """Its inverse moves a point as it is named: to the right, larger, counterclockwise (y points down)."""
    moved = torch.linalg.inv(matrix[0]) @ _each(*point, 1.0)
    torch.testing.assert_close(moved, _each(*wanted, 1.0))


def test_the_composition_is_one_transformation_after_the_other() -> None:
    """The chosen maps of the plane, drawn alone, applied in the order in which they are listed."""
    count = 64
    for chosen in (["xflip", "rotate90", "xint"], ["scale", "rotate", "aniso", "xfrac"]):
        whole = torch.linalg.inv(geometry(chosen, (8, 8), _draw(1.0, count)))
        forward = torch.eye(3, dtype=torch.float64).expand(count, 3, 3)
        if "rotate" in chosen:
            before, after = (
                _draw(1.0, count).uniform(f"rotate {when}", math.pi)[0] for when in ("before", "after")
            )
            turns = [_affine.rotation(angle.cos(), angle.sin()) for angle in (before, after)]
            alone = {
                name: geometry([name], (8, 8), _draw(1.0, count)) for name in ("scale", "aniso", "xfrac")
            }
            parts = [alone["scale"], turns[0], alone["aniso"], turns[1], alone["xfrac"]]
        else:
            parts = [geometry([name], (8, 8), _draw(1.0, count)) for name in chosen]
        for part in parts:
            forward = torch.linalg.inv(part) @ forward
        torch.testing.assert_close(whole, forward, rtol=1e-8, atol=1e-8)


# The colours.


def _rotated(v: Tensor, angle: float) -> Tensor:
    """Rodrigues: v turned about the luma axis."""
    cosine, sine = math.cos(angle), math.sin(angle)
    return v * cosine + torch.linalg.cross(LUMA, v) * sine + LUMA * (LUMA @ v) * (1 - cosine)


def test_colours_are_those_of_a_loop_over_pixels() -> None:
    """Brightness, contrast, luma flip, hue and saturation in turn, each by its own formula, to 1e-8."""
    x = _images(3, 3, 2, 3)
    b, c, i, h, s = (0.1, -0.3, 0.0), (1.5, 0.7, 1.0), (1, 0, 1), (0.4, -2.0, 3.0), (0.2, 1.7, 1.0)
    like = torch.zeros(3, dtype=torch.float64)
    maps = _colour.Colours.same(like).brighter(_each(*b)).then(_colour.contrast(_each(*c)))
    maps = maps.then(_colour.luma_flip(_each(*i))).then(_colour.hue(_each(*h)))
    made = _colour.recoloured(x, maps.then(_colour.saturation(_each(*s))))
    for n in range(3):
        for row in range(2):
            for column in range(3):
                v = (x[n, :, row, column] + b[n]) * c[n]
                v = v - 2 * i[n] * LUMA * (LUMA @ v)
                v = _rotated(v, h[n])
                grey = LUMA * (LUMA @ v)
                torch.testing.assert_close(
                    made[n, :, row, column], grey + s[n] * (v - grey), rtol=0, atol=1e-8
                )


def test_a_grey_image_is_a_colour_image_with_equal_channels() -> None:
    """Its result is the mean of the channels that the colour image gets, which are equal."""
    grey = _images(50, 1)
    coloured = grey.expand(-1, 3, -1, -1)
    one, three = _shown(grey, "color", 0.8), _shown(coloured, "color", 0.8)
    torch.testing.assert_close(three, one.expand(-1, 3, -1, -1), rtol=0, atol=1e-12)
    assert not torch.allclose(one, grey)


# The probabilities.


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_at_p_0_every_image_is_the_same_to_the_bit(dtype: torch.dtype) -> None:
    """All transformations together, on grey and on colour images, square or not."""
    for channels, height, width in ((1, 8, 8), (3, 9, 6)):
        x = _images(40, channels, height, width).to(dtype)
        memory = Ada().begin({}, moment(dtype=dtype))  # type: ignore[arg-type]
        assert torch.equal(Ada().inputs(x, moment(memory=memory, dtype=dtype)), x)


@pytest.mark.parametrize("name", SINGLE)
@pytest.mark.parametrize("p", [0.3, 1.0])
def test_each_transformation_happens_with_probability_p(name: str, p: float) -> None:
    """Half of the flips drawn are the identity, and a quarter of the turns and of the shifts."""
    count = 1500
    x = _images(1).expand(count, -1, -1, -1)
    changed = float((_shown(x, name, p) != x).flatten(1).any(dim=1).double().mean())
    wanted = p * {"xflip": 1 / 2, "lumaflip": 1 / 2, "rotate90": 3 / 4, "xint": 3 / 4}.get(name, 1.0)
    assert changed == pytest.approx(wanted, abs=5 * (wanted * (1 - wanted) / count) ** 0.5 + 1e-12)


def test_the_draws_have_the_distributions_of_the_paper() -> None:
    """Log-normal factors, normal shifts and uniform angles, to five standard errors of each."""
    count = 20_000
    draw, five = _draw(1.0, count), 5 / (2 * count) ** 0.5
    scale, aniso = (geometry([name], (8, 8), draw) for name in ("scale", "aniso"))
    assert torch.equal(scale[:, 0, 0], scale[:, 1, 1])
    torch.testing.assert_close(aniso[:, 0, 0], 1 / aniso[:, 1, 1])
    octaves = {
        "scale": (scale[:, 0, 0].log2(), 0.2),
        "aniso": (aniso[:, 0, 0].log2(), 0.2),
        "xfrac": (geometry(["xfrac"], (16, 8), draw)[:, 1, 2], 0.125 * 16),
        "brightness": (colours(["brightness"], draw).offset_B3[:, 1], 0.2),
        "contrast": (colours(["contrast"], draw).matrix_B33[:, 0, 0].log2(), 0.5),
        # Of eigenvalues 1, s, s.
        "saturation": (((_trace(colours(["saturation"], draw).matrix_B33) - 1) / 2).log2(), 1.0),
    }
    for name, (drawn, deviation) in octaves.items():
        assert float(drawn.std()) == pytest.approx(deviation, rel=five), name
        assert abs(float(drawn.mean())) < 5 * deviation / count**0.5, name
    cosines = {
        "rotate": geometry(["rotate"], (8, 8), draw)[:, 0, 0],
        "hue": (_trace(colours(["hue"], draw).matrix_B33) - 1) / 2,
    }
    for name, cosine in cosines.items():
        assert abs(float(cosine.mean())) < 5 * (0.5 / count) ** 0.5, f"{name}: of a uniform angle"
        assert float(cosine.square().mean()) == pytest.approx(0.5, abs=5 * (0.125 / count) ** 0.5), name


def test_turns_can_be_undone_below_p_1_and_not_at_p_1() -> None:
    """The paper's appendix C: what D sees is a circulant mixture of four turns, with eigenvalues 1 and 1 - p.

    As frequencies of this very implementation, against (1 - p) I + p/4 Σ R^k, within five standard errors.
    """
    count = 8000
    x = torch.arange(9, dtype=torch.float64).reshape(1, 1, 3, 3).expand(count, 1, 3, 3)
    corners = {0: 0, 2: 1, 8: 2, 6: 3}  # which corner has come to the top left tells the turns
    for p in (0.5, 0.9, 1.0):
        top_left = _shown(x, "rotate90", p)[:, 0, 0, 0].long().tolist()
        counts = torch.bincount(torch.tensor([corners[value] for value in top_left]), minlength=4)
        seen = counts.double() / count
        wanted = torch.full((4,), p / 4, dtype=torch.float64)
        wanted[0] += 1 - p
        assert (seen - wanted).abs().max() < 5 * (0.25 / count) ** 0.5
        exact, empirical = (torch.stack([row.roll(k) for k in range(4)]) for row in (wanted, seen))
        assert float(torch.linalg.det(exact)) == pytest.approx((1 - p) ** 3, abs=1e-12)
        smallest = float(torch.linalg.svdvals(empirical)[-1])
        assert smallest == pytest.approx(1 - p, abs=10 / count**0.5), "singular only at p = 1"
        if p < 1.0:
            four_B4 = _each(0.1, 0.2, 0.3, 0.4)
            torch.testing.assert_close(torch.linalg.solve(exact, exact @ four_B4), four_B4)
        else:
            # All data look alike.
            torch.testing.assert_close(exact @ _each(0.1, 0.2, 0.3, 0.4), _each(0.25, 0.25, 0.25, 0.25))


def test_real_and_generated_samples_are_transformed_alike_and_afresh() -> None:
    """Another draw at each place."""
    x, at = _images(20), moment()
    trick = Ada(adaptive=False, probability=1.0)
    assert not torch.equal(trick.inputs(x, at.place("real")), trick.inputs(x, at.place("fake")))


def test_gradients_pass_through_twice() -> None:
    """First and second derivatives, as a penalty on D's slope takes them, are those of finite differences."""
    x, way = _images(3), _images(3, seed=1)

    def judged(x: Tensor) -> Tensor:
        return _shown(x, "blit,geom,color", 0.7).pow(3).sum()

    def slope(x: Tensor) -> Tensor:
        gradient: Tensor = torch.func.grad(judged)(x)
        return gradient.square().sum()

    for function in (judged, slope):
        gradient = torch.func.grad(function)(x)
        difference = (function(x + 1e-5 * way) - function(x - 1e-5 * way)) / 2e-5
        torch.testing.assert_close((gradient * way).sum(), difference, rtol=1e-6, atol=1e-6)


# The feedback.


def test_p_follows_the_accuracy_on_real_samples() -> None:
    """The authors' loop: every 4 steps, by 4 batches over 500,000 images, up where mean sign(D(x)) > 0.6."""
    trick, at = Ada(), moment()
    memory, images = trick.begin({}, at), torch.zeros(64, 1, 8, 8)  # type: ignore[arg-type]
    logits = torch.randn(60, 64, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    logits += torch.linspace(0.5, 1.5, 60, dtype=torch.float64)[:, None]
    p, signs = 0.0, []
    for step, real in enumerate(logits):
        log = {"d_accuracy_real": (real > 0).double().mean()}
        _, memory = trick.update({}, log, batch(images, images), replace(at, memory={"it": memory}))  # type: ignore[arg-type]
        signs.append(float(real.sign().mean()))
        if (step + 1) % 4 == 0:
            adjust = math.copysign(1, sum(signs) / 4 - 0.6) * (64 * 4) / (500 * 1000)
            p, signs = min(max(p + adjust, 0.0), 1.0), []
        assert float(memory["p"]) == pytest.approx(p, abs=1e-12)
    assert 0.001 < p < 15 * 64 * 4 / 500_000, "it has also rested at 0"


# What it declines.


@pytest.mark.parametrize(
    ("knobs", "reason"),
    [
        ({"transforms": "blit,gome"}, "unknown transformation 'gome'; did you mean 'geom'?"),
        ({"transforms": "xflip,blit"}, "'xflip' is in a group that is named too"),
        ({"transforms": "hue,saturation"}, "none of hue, saturation changes images of this shape"),
        ({"transforms": "geom,geom"}, "named twice"),
        ({"adaptive": False, "kimg": 10.0}, "`kimg` steers the feedback, which is off"),
        ({"probability": {"shape": "linear", "start": 0.0, "end": 0.5}}, "set adaptive: no"),
    ],
)
def test_mistakes_are_declined_in_words(knobs: dict[str, object], reason: str) -> None:
    """One line, with the nearest valid name or with what to change."""
    found = why_not(recipe({"ada": knobs}, data=DIGITS))
    assert found is not None and found.startswith("ada: ") and reason in found


def test_points_are_declined_and_single_names_are_sorted() -> None:
    """And a list of names means the same in any order."""
    assert "these data are none" in str(why_not(recipe({"ada": {}}, data=RING)))
    assert transformations("hue, xflip") == ["xflip", "hue"]
    assert transformations("color,blit,geom") == SINGLE
