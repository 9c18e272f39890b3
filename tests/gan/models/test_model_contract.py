"""What holds for every model on every shape that it claims to fit, odd ones included."""

from __future__ import annotations

import math
import typing
from typing import Any, Literal

import pytest
import torch
from torch import Tensor
from torch.func import functional_call

from gan.models.base import Layout, Model
from gan.registry import MODELS
from gan.rng import Rng

SHAPES = [
    (2,),
    (1, 5, 5),
    (1, 8, 8),
    (3, 8, 8),
    (2, 9, 13),
    (1, 28, 28),
    (3, 28, 28),
    (3, 32, 32),
    (3, 33, 20),
]
BIG = [(3, 64, 64), (1, 128, 128)]
OPTIONS: dict[str, dict[str, Any]] = {
    spec.name: {knob.name: 2 for knob in spec.knobs if knob.name == "width"} for spec in MODELS.specs()
}
"""The narrowest networks, so that large images stay quick."""


def built(name: str, **options: Any) -> Model:
    model: Model = MODELS.load(name)(**{**MODELS.spec(name).defaults, **OPTIONS[name], **options})
    return model


def begun(model: Model, network: torch.nn.Module, seed: int = 0) -> dict[str, Tensor]:
    return Layout.of(network).unpack(model.initial(network, Rng.of(torch.tensor(seed), -1)))


@pytest.mark.parametrize("shape", SHAPES + BIG, ids=str)
@pytest.mark.parametrize("name", MODELS.names())
def test_a_model_makes_and_judges_every_shape_that_it_fits(name: str, shape: tuple[int, ...]) -> None:
    """Samples of the right shape, images in [-1, 1], one logit a sample, and a gradient for every weight."""
    model = built(name)
    if (reason := model.fits(shape)) is not None:
        assert len(reason) > 10, "a refusal has a reason"
        return
    G, D = model.generator(shape, 5), model.discriminator(shape)
    weights = {
        **{f"G.{k}": v for k, v in begun(model, G).items()},
        **{f"D.{k}": v for k, v in begun(model, D).items()},
    }

    def play(weights: dict[str, Tensor]) -> tuple[Tensor, tuple[Tensor, Tensor]]:
        g = {key[2:]: value for key, value in weights.items() if key.startswith("G.")}
        d = {key[2:]: value for key, value in weights.items() if key.startswith("D.")}
        z = torch.randn(4, 5, generator=torch.Generator().manual_seed(0))
        x = functional_call(G, g, (z,))
        logits = functional_call(D, d, (x,))
        return (logits * torch.arange(1.0, 5.0)).sum(), (x, logits)

    gradients, (_, (x, logits)) = torch.func.grad_and_value(play, has_aux=True)(weights)
    assert x.shape == (4, *shape) and logits.shape == (4,)
    assert x.isfinite().all() and logits.isfinite().all()
    assert len(shape) == 1 or x.abs().max() <= 1.0, "images are in [-1, 1]"
    for key, gradient in gradients.items():
        assert gradient.isfinite().all(), key
        assert gradient.abs().sum() > 0.0, f"{key} takes no part"


@pytest.mark.parametrize("name", MODELS.names())
def test_a_model_fits_some_image_or_some_points(name: str) -> None:
    """Otherwise the test above proves nothing."""
    assert any(built(name).fits(shape) is None for shape in SHAPES)


@pytest.mark.parametrize("shape", SHAPES[:4], ids=str)
@pytest.mark.parametrize("name", MODELS.names())
def test_initial_weights_are_the_seeds(name: str, shape: tuple[int, ...]) -> None:
    """The same seed gives the same weights, another seed others, and no two equal-shaped layers are alike."""
    model = built(name)
    if model.fits(shape) is not None:
        return
    network = model.discriminator(shape)
    one, same, other = begun(model, network), begun(model, network), begun(model, network, seed=1)
    kernels = [key for key, value in one.items() if value.ndim > 1]
    for key in kernels:
        assert torch.equal(one[key], same[key]), "equal seeds give equal weights"
        assert not torch.equal(one[key], other[key]), "other seeds give other weights"
    first = [tuple(one[key].flatten()[:4].tolist()) for key in kernels]
    assert len(set(first)) == len(first), "every layer has a stream of its own"


def _choices(name: str) -> list[dict[str, Any]]:
    """Every value of every option that has a list of them, one at a time."""
    found: list[dict[str, Any]] = [{}]
    for knob in MODELS.spec(name).knobs:
        if typing.get_origin(knob.type) is Literal:
            found += [{knob.name: value} for value in typing.get_args(knob.type)]
    return found


@pytest.mark.parametrize(
    ("name", "options"), [(name, options) for name in MODELS.names() for options in _choices(name)]
)
def test_a_model_says_whether_its_discriminator_mixes_samples(name: str, options: dict[str, Any]) -> None:
    """If not, a sample's logit is the same whatever its neighbours; gradient penalties rely on it."""
    model = built(name, **options)
    for shape in (shape for shape in SHAPES if model.fits(shape) is None):
        D = model.discriminator(shape)
        # Far from the small initial values, at which a difference could pass for rounding.
        weights = {key: 10.0 * value for key, value in begun(model, D).items()}
        x = torch.randn(6, *shape, generator=torch.Generator().manual_seed(0)).clamp(-1, 1)
        one = functional_call(D, weights, (x,))[:3]
        other = functional_call(D, weights, (torch.cat([x[:3], 0.3 * x[3:]]),))[:3]
        apart = float((one - other).abs().max() / one.abs().max())
        assert (apart > 1e-4) == model.mixes_samples(shape), f"a difference of {apart} at {shape}"


@pytest.mark.parametrize("name", MODELS.names())
def test_hidden_activations_can_be_changed(name: str) -> None:
    """Every hidden layer is handed over by name, and what comes back is what is used."""
    model = built(name)
    shape = next(shape for shape in SHAPES if model.fits(shape) is None)
    D = model.discriminator(shape)
    weights, x, seen = begun(model, D), torch.ones(2, *shape), []

    def hidden(h: Tensor, layer: str) -> Tensor:
        seen.append(layer)
        return torch.zeros_like(h)

    silenced = functional_call(D, weights, (x,), {"hidden": hidden})
    assert seen and len(set(seen)) == len(seen), "each layer once, with a name of its own"
    assert torch.allclose(silenced[0], silenced[1])
    bias = [value for key, value in weights.items() if key.endswith("bias")][-1]
    assert torch.allclose(silenced, bias.expand(2)), "from dead layers only the last bias is left"


def test_a_layout_packs_and_unpacks_to_the_same_vector() -> None:
    """Nothing is lost between a network's named parameters and its vector."""
    layout = Layout((("a", (2, 3)), ("b", ()), ("c", (4,))))
    vector = torch.arange(float(layout.size))
    assert layout.size == 11 == sum(math.prod(shape) for _, shape in layout.shapes)
    assert torch.equal(layout.pack(layout.unpack(vector)), vector)
