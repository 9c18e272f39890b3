"""The networks are R3GAN's, written by hand from the paper and its code."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn
from torch.func import functional_call
from torch.nn import functional as F

from gan.models.base import Layout
from gan.models.r3net import R3net, doubled, halved
from gan.rng import Rng

Weights = dict[str, Tensor]
FILTER = torch.outer(*[torch.tensor([1.0, 3.0, 3.0, 1.0], dtype=torch.float64)] * 2)[None, None] / 64.0
"""[1 2 1] convolved with the [1 1] of nearest resampling."""


def _some(*shape: int) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(0), dtype=torch.float64)


def _up(x: Tensor) -> Tensor:
    pixels = x.reshape(-1, 1, *x.shape[2:])
    return F.conv_transpose2d(pixels, 4.0 * FILTER, stride=2, padding=1).unflatten(0, x.shape[:2]).squeeze(2)


def _down(x: Tensor) -> Tensor:
    pixels = x.reshape(-1, 1, *x.shape[2:])
    return F.conv2d(pixels, FILTER, stride=2, padding=1).unflatten(0, x.shape[:2]).squeeze(2)


def test_resampling_is_filtering() -> None:
    """Convolutions with [1 3 3 1] along rows and columns, on an image that is not square too."""
    x = _some(2, 3, 4, 8)
    torch.testing.assert_close(doubled(x), _up(x), rtol=1e-12, atol=1e-12)
    torch.testing.assert_close(halved(x), _down(x), rtol=1e-12, atol=1e-12)


def test_resampling_up_is_bilinear_inside() -> None:
    """PyTorch's bilinear upsampling, except along the border, around which this one sees 0."""
    x = _some(1, 2, 8, 8)
    inner = F.interpolate(x, scale_factor=2, mode="bilinear", align_corners=False)[:, :, 1:-1, 1:-1]
    torch.testing.assert_close(doubled(x)[:, :, 1:-1, 1:-1], inner, rtol=1e-12, atol=1e-12)


def _numbers(network: nn.Module) -> Weights:
    layout, rng = Layout.of(network), Rng.of(torch.tensor(3), 0, torch.float64)
    return layout.unpack(0.5 * rng.at(str(type(network))).normal((layout.size,)))


def _block(x: Tensor, w: Weights, name: str, groups: int) -> Tensor:
    y = F.conv2d(x, w[f"{name}.expand.weight"]) + w[f"{name}.expand.bias"][:, None, None]
    y = F.conv2d(F.leaky_relu(y, 0.2), w[f"{name}.group.weight"], padding=1, groups=groups)
    y = F.leaky_relu(y + w[f"{name}.group.bias"][:, None, None], 0.2)
    return x + F.conv2d(y, w[f"{name}.contract.weight"])


def test_the_generator_is_the_papers_written_by_hand() -> None:
    """4×4 basis scaled by V z; at 16×16 three stages; the clamped output of the original is a linear one."""
    network = R3net(width=4, blocks=2, cardinality=2, output="linear").generator((3, 16, 16), 5)
    w, z = _numbers(network), _some(2, 5)
    h = w["basis"] * (z @ w["stem.weight"].T)[:, :, None, None]
    for stage in range(3):
        h = _up(h) if stage else h
        for block in range(2):
            h = _block(h, w, f"stages.{stage}.{block}", groups=2)
    expected = F.conv2d(h, w["head.weight"])
    torch.testing.assert_close(functional_call(network, w, (z,)), expected, rtol=1e-8, atol=1e-8)
    bounded = R3net(width=4, blocks=2, cardinality=2).generator((3, 16, 16), 5)
    torch.testing.assert_close(functional_call(bounded, w, (z,)), expected.tanh(), rtol=1e-8, atol=1e-8)


def test_the_discriminator_is_the_papers_written_by_hand() -> None:
    """At 64×64 the first stage has half the channels and half the groups."""
    network = R3net(width=4, cardinality=4).discriminator((3, 64, 64))
    w, x = _numbers(network), _some(2, 3, 64, 64)
    h = F.conv2d(x, w["stem.weight"])
    assert h.shape[1] == 2
    for stage in range(5):
        if stage:
            h = _down(h)
            h = F.conv2d(h, w["changes.0.weight"]) if stage == 1 else h
        h = _block(h, w, f"stages.{stage}.0", groups=4 if stage else 2)
    features = (h * w["pool.weight"][:, 0]).sum((2, 3))
    expected = features @ w["head.weight"][0]
    torch.testing.assert_close(functional_call(network, w, (x,)), expected, rtol=1e-8, atol=1e-8)


def test_the_papers_configuration_for_cifar_is_one_of_its_own() -> None:
    """Width 768, two blocks a side, cardinality 96, which 16 channels a group are; 64 latents."""
    with torch.device("meta"):
        G = R3net(width=768, blocks=2).generator((3, 32, 32), 64)
        D = R3net(width=768, blocks=2).discriminator((3, 32, 32))
    block = 768 * 1536 + 1536 + 1536 * 16 * 9 + 1536 + 1536 * 768
    assert Layout.of(G).size == 768 * 16 + 64 * 768 + 8 * block + 768 * 3
    assert Layout.of(D).size == 3 * 768 + 8 * block + 768 * 16 + 768


def test_initial_weights_are_the_papers() -> None:
    """N(0, g² / fan_in), blocks' g² = 2 / 1.04 / √L for L blocks in all; blocks begin as identities."""
    model = R3net(width=32, blocks=2)
    network = model.discriminator((3, 16, 16))
    w = Layout.of(network).unpack(model.initial(network, Rng.of(torch.tensor(0), -1)))
    inner = (2.0 / 1.04 / 6**0.5) ** 0.5
    gains = {
        "stages.0.0.expand": inner / 32**0.5,
        "stages.2.1.group": inner / (16 * 9) ** 0.5,
        "pool": 0.25,
        "stem": 3**-0.5,
    }
    for name, deviation in gains.items():
        assert float(w[f"{name}.weight"].std()) == pytest.approx(deviation, rel=0.1), name
    assert not any(value.any() for name, value in w.items() if "contract" in name or name.endswith("bias"))
    basis = model.generator((3, 16, 16), 8)
    begun = Layout.of(basis).unpack(model.initial(basis, Rng.of(torch.tensor(0), -1)))
    assert float(begun["basis"].std()) == pytest.approx(1.0, rel=0.1)


def test_groups_that_do_not_divide_the_channels_are_declined() -> None:
    """Those of the options; the automatic ones always divide, and hold 16 channels or a few more."""
    assert "cardinality" in str(R3net(width=4, cardinality=3).fits((1, 8, 8)))
    assert "24 channels" in str(R3net(width=12, cardinality=16).fits((1, 128, 128)))
    assert R3net(width=12, cardinality=6).fits((1, 32, 32)) is None
    for width, groups in ((4, 1), (28, 2), (32, 4)):
        assert R3net(width=width).fits((1, 256, 256)) is None
        kernel = R3net(width=width).discriminator((1, 8, 8)).get_parameter("stages.0.0.group.weight")
        assert tuple(kernel.shape[:2]) == (2 * width, 2 * width // groups)


@pytest.mark.parametrize("shape", [(2,), (1, 4, 4), (1, 300, 300)])
def test_shapes_that_it_cannot_make_are_declined(shape: tuple[int, ...]) -> None:
    """With what it can."""
    reason = R3net().fits(shape)
    assert reason is not None and ("mlp" in reason or "8×8 to 256×256" in reason)
