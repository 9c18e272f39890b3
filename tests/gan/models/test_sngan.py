"""The networks are those of the paper's tables."""

from __future__ import annotations

import itertools

import pytest
import torch
from torch import Tensor, nn
from torch.func import functional_call
from torch.nn import functional as F

from gan.models.base import Layout
from gan.models.sngan import Sngan
from gan.rng import Rng

Weights = dict[str, Tensor]


def _numbers(network: nn.Module) -> Weights:
    layout, rng = Layout.of(network), Rng.of(torch.tensor(3), 0, torch.float64)
    return layout.unpack(0.3 * rng.at(str(type(network))).normal((layout.size,)))


def _some(*shape: int) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(0), dtype=torch.float64)


def _kernels(network: nn.Module) -> int:
    """Numbers in kernels and matrices, without biases and norms."""
    return sum(parameter.numel() for parameter in network.parameters() if parameter.ndim > 1)


def _residual(a: int, middle: int, b: int, shortcut: bool) -> int:
    return 9 * a * middle + 9 * middle * b + shortcut * a * b


def test_the_numbers_of_weights_at_32_are_those_of_table_4() -> None:
    """G: dense 128 → 4·4·256, three up-blocks of 256, a 3×3 to RGB. D: blocks of 128, two of which halve."""
    model = Sngan()
    G, D = model.generator((3, 32, 32), 128), model.discriminator((3, 32, 32))
    assert _kernels(G) == 128 * 16 * 256 + 3 * _residual(256, 256, 256, True) + 9 * 256 * 3
    first, halving, plain = (
        _residual(3, 128, 128, True),
        _residual(128, 128, 128, True),
        _residual(128, 128, 128, False),
    )
    assert _kernels(D) == first + halving + 2 * plain + 128


@pytest.mark.parametrize(
    ("side", "up", "down"),
    [
        (64, [1024, 512, 256, 128, 64], [3, 64, 128, 256, 512, 1024]),
        (128, [1024, 1024, 512, 256, 128, 64], [3, 64, 128, 256, 512, 1024, 1024]),
    ],
)
def test_the_numbers_of_weights_above_are_those_of_the_authors_code(
    side: int, up: list[int], down: list[int]
) -> None:
    """Channels double with every halving; at 128×128 (table 6) D's last block is plain."""
    with torch.device("meta"):
        G, D = Sngan().generator((3, side, side), 128), Sngan().discriminator((3, side, side))
    blocks = sum(_residual(a, b, b, True) for a, b in itertools.pairwise(up))
    assert _kernels(G) == 128 * 16 * 1024 + blocks + 9 * 64 * 3
    pairs = list(itertools.pairwise(down))
    blocks = sum(_residual(a, b if a == 3 else a, b, True) for a, b in pairs) - (side == 128) * 1024 * 1024
    assert _kernels(D) == blocks + 1024


def _norm(h: Tensor, w: Weights, name: str) -> Tensor:
    h = h - h.mean((0, 2, 3), keepdim=True)
    h = h / (h.square().mean((0, 2, 3), keepdim=True) + 1e-5).sqrt()
    return h * w[f"{name}.weight"][:, None, None] + w[f"{name}.bias"][:, None, None]


def _conv(h: Tensor, w: Weights, name: str) -> Tensor:
    kernel = w[f"{name}.weight"]
    return F.conv2d(h, kernel, w.get(f"{name}.bias"), padding=kernel.shape[-1] // 2)


def test_the_generator_is_the_papers_written_by_hand() -> None:
    """At 16×16, two blocks; in the original's order, each shortcut is upsampled before its convolution."""
    network = Sngan(width=2).generator((3, 16, 16), 5)
    w, z, up = _numbers(network), _some(6, 5), nn.Upsample(scale_factor=2)
    h = (z @ w["stem.weight"].T + w["stem.bias"]).reshape(6, 4, 4, 4)
    for b in ("blocks.0", "blocks.1"):
        r = _conv(up(F.relu(_norm(h, w, f"{b}.norm1"))), w, f"{b}.conv1")
        r = _conv(F.relu(_norm(r, w, f"{b}.norm2")), w, f"{b}.conv2")
        h = r + _conv(up(h), w, f"{b}.shortcut")
    expected = _conv(F.relu(_norm(h, w, "norm")), w, "head").tanh()
    torch.testing.assert_close(functional_call(network, w, (z,)), expected, rtol=1e-8, atol=1e-8)


@pytest.mark.parametrize("side", [16, 128])
def test_the_discriminator_is_the_papers_written_by_hand(side: int) -> None:
    """First block without ReLU and pooled before its shortcut, later shortcuts pooled after, sum pooling."""
    network = Sngan(width=2).discriminator((3, side, side))
    w, x = _numbers(network), _some(2, 3, side, side)
    halving = [True, True, False, False] if side == 16 else [True] * 5 + [False]
    r = F.avg_pool2d(_conv(F.relu(_conv(x, w, "blocks.0.conv1")), w, "blocks.0.conv2"), 2)
    h = r + _conv(F.avg_pool2d(x, 2), w, "blocks.0.shortcut")
    for index, halves in list(enumerate(halving))[1:]:
        b = f"blocks.{index}"
        r = _conv(F.relu(_conv(F.relu(h), w, f"{b}.conv1")), w, f"{b}.conv2")
        s = _conv(h, w, f"{b}.shortcut") if f"{b}.shortcut.weight" in w else h
        h = F.avg_pool2d(r, 2) + F.avg_pool2d(s, 2) if halves else r + s
    expected = F.relu(h).sum((2, 3)) @ w["head.weight"][0] + w["head.bias"]
    torch.testing.assert_close(functional_call(network, w, (x,)), expected, rtol=1e-8, atol=1e-8)


def test_initial_weights_are_glorots() -> None:
    """Uniform with variance 2 / (fan_in + fan_out), twice that on the residual path; norms 1, biases 0."""
    model = Sngan(width=16)
    network = model.generator((3, 32, 32), 8)
    w = Layout.of(network).unpack(model.initial(network, Rng.of(torch.tensor(0), -1)))
    layers = [("blocks.1.conv1", 9 * 64, 2.0), ("blocks.1.shortcut", 64, 1.0), ("stem", 520, 1.0)]
    for name, fans, gain in layers:
        bound = (6.0 * gain / fans) ** 0.5
        kernel = w[f"{name}.weight"]
        assert kernel.abs().max() <= bound
        assert float(kernel.std()) == pytest.approx(bound / 3**0.5, rel=0.05)
    assert (w["norm.weight"] == 1.0).all()
    assert not any(value.any() for name, value in w.items() if name.endswith("bias"))


@pytest.mark.parametrize("shape", [(2,), (1, 4, 4), (1, 129, 129)])
def test_shapes_that_it_cannot_make_are_declined(shape: tuple[int, ...]) -> None:
    """With what it can."""
    reason = Sngan().fits(shape)
    assert reason is not None and ("mlp" in reason or "8×8 to 128×128" in reason)
