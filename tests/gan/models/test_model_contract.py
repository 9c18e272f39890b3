"""What holds for every model on every shape that it claims to fit, odd ones included."""

from __future__ import annotations

import math
import typing
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, Literal

import pytest
import torch
from gan_cases import CPU, drawn, leaves, recipe
from gan_cases import weights as weights_of
from torch import Tensor
from torch.func import functional_call, grad, vmap

from gan.build import evaluation_copy
from gan.data.ring import Ring
from gan.models.base import Hidden, Layout, Model
from gan.recipe import Choice, Recipe
from gan.registry import MODELS
from gan.rng import Rng
from gan.train import Cohort

SHAPES = [
    (2,),
    (1,),
    (5,),
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
    spec.name: {knob.name: 4 for knob in spec.knobs if knob.name == "width"} for spec in MODELS.specs()
}
"""Narrow networks, so that large images stay quick."""


def built(name: str, **options: Any) -> Model:
    model: Model = MODELS.load(name)(**{**MODELS.spec(name).defaults, **OPTIONS[name], **options})
    return model


def first_shape(model: Model) -> tuple[int, ...]:
    return next(shape for shape in SHAPES if model.fits(shape) is None)


def begun(model: Model, network: torch.nn.Module, seed: int = 0) -> dict[str, Tensor]:
    return Layout.of(network).unpack(model.initial(network, Rng.of(torch.tensor(seed), -1, torch.float64)))


def moved(model: Model, network: torch.nn.Module, seed: int = 0) -> dict[str, Tensor]:
    """Weights a little away from the initial ones, some of which may be 0 and hide what is behind them."""
    noise = Rng.of(torch.tensor(seed), 0, torch.float64)
    weights = begun(model, network, seed)
    return {name: value + 0.1 * noise.at(name).normal(tuple(value.shape)) for name, value in weights.items()}


def some(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


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
        **{f"G.{k}": v for k, v in moved(model, G).items()},
        **{f"D.{k}": v for k, v in moved(model, D).items()},
    }

    def play(weights: dict[str, Tensor]) -> tuple[Tensor, tuple[Tensor, Tensor]]:
        g = {key[2:]: value for key, value in weights.items() if key.startswith("G.")}
        d = {key[2:]: value for key, value in weights.items() if key.startswith("D.")}
        x = functional_call(G, g, (some(4, 5),))
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
    """The same seed gives the same weights, another seed others, and no two layers are alike.

    A kernel that is not drawn is the options' choice: 0, or a single number.
    """
    model = built(name)
    if model.fits(shape) is not None:
        return
    network = model.discriminator(shape)
    one, same, other = begun(model, network), begun(model, network), begun(model, network, seed=1)
    for key in one:
        assert torch.equal(one[key], same[key]), "equal seeds give equal weights"
    kernels = [key for key, value in one.items() if value.ndim > 1]
    drawn = [key for key in kernels if not torch.equal(one[key], other[key])]
    for key in set(kernels) - set(drawn):
        assert one[key].numel() == 1 or not one[key].any(), "other seeds give other weights"
    assert drawn or all(one[key].numel() == 1 for key in kernels)
    first = [tuple(one[key].flatten()[:4].tolist()) for key in drawn]
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
        weights = {key: 10.0 * value for key, value in moved(model, D).items()}
        x = some(6, *shape).clamp(-1, 1)
        one = functional_call(D, weights, (x,))[:3]
        other = functional_call(D, weights, (torch.cat([x[:3], 0.3 * x[3:]]),))[:3]
        apart = float((one - other).abs().max() / one.abs().max())
        assert (apart > 1e-4) == model.mixes_samples(shape), f"a difference of {apart} at {shape}"


def _called(network: torch.nn.Module, weights: dict[str, Tensor], x: Tensor, hidden: Hidden) -> Tensor:
    out: Tensor = functional_call(network, weights, (x,), {"hidden": hidden})
    return out


def _layers(network: torch.nn.Module, weights: dict[str, Tensor], x: Tensor) -> list[str]:
    """Names of the hidden layers, in the order in which they are handed over."""
    seen: list[str] = []

    def hidden(h: Tensor, layer: str) -> Tensor:
        seen.append(layer)
        assert len(h) == len(x), "activations have the samples along their first axis"
        return h

    assert torch.equal(_called(network, weights, x, hidden), functional_call(network, weights, (x,)))
    assert seen and len(set(seen)) == len(seen), "each layer once, with a name of its own"
    return seen


@pytest.mark.parametrize("side", ["generator", "discriminator"])
@pytest.mark.parametrize("name", MODELS.names())
def test_hidden_activations_can_be_changed(name: str, side: str) -> None:
    """Every hidden layer of both networks is handed over by name, and what comes back is what is used."""
    model = built(name)
    shape = first_shape(model)
    network = model.generator(shape, 5) if side == "generator" else model.discriminator(shape)
    weights, x = moved(model, network), some(3, *((5,) if side == "generator" else shape))
    plain = functional_call(network, weights, (x,))
    for changed in _layers(network, weights, x):
        noise = Rng.of(torch.tensor(0), 0, torch.float64)

        def hidden(h: Tensor, layer: str, changed: str = changed, noise: Rng = noise) -> Tensor:
            return h + noise.normal(tuple(h.shape)) if layer == changed else h

        assert not torch.allclose(_called(network, weights, x, hidden), plain), f"{changed} is not used"


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("name", MODELS.names())
def test_the_last_hidden_activations_are_the_features_of_an_affine_head(
    name: str, shape: tuple[int, ...]
) -> None:
    """logit = w . h + b: twice the features, twice the logit, of sums the sum, and from none b is left."""
    model = built(name)
    if model.fits(shape) is not None:
        return
    D = model.discriminator(shape)
    weights, x = moved(model, D), some(3, *shape)
    last = _layers(D, weights, x)[-1]

    def logits(change: Callable[[Tensor], Tensor]) -> Tensor:
        return _called(D, weights, x, lambda h, layer: change(h) if layer == last else h)

    def other(h: Tensor) -> Tensor:
        return Rng.of(torch.tensor(1), 0, torch.float64).normal(tuple(h.shape))

    bias = logits(torch.zeros_like)
    assert torch.allclose(bias, bias[:1].expand(3)), "without features, all samples have the same logit"
    plain = logits(lambda h: h) - bias
    assert (plain.abs() > 1e-9).all(), "and with them they have not, or nothing was tested"
    assert torch.allclose(logits(lambda h: 2.0 * h) - bias, 2.0 * plain, rtol=1e-9, atol=1e-12)
    added = logits(lambda h: h + other(h)) - bias
    assert torch.allclose(added, plain + logits(other) - bias, rtol=1e-9, atol=1e-9)


@pytest.fixture
def _no_loops_over_replicas() -> Iterator[None]:
    """vmap runs an operation without a batching rule once a replica; here that is an error."""
    functorch = torch._C._functorch
    before = functorch._is_vmap_fallback_enabled()
    functorch._set_vmap_fallback_enabled(False)
    yield
    functorch._set_vmap_fallback_enabled(before)


@pytest.mark.usefixtures("_no_loops_over_replicas")
@pytest.mark.parametrize(
    ("name", "options"), [(name, options) for name in MODELS.names() for options in _choices(name)]
)
def test_replicas_learn_together_as_alone(name: str, options: dict[str, Any]) -> None:
    """Gradients, those of a gradient penalty too, and evaluation: vectorised, and to 1e-9 the same."""
    # Wide enough that ReLUs are not all dead.
    model = built(name, **options, **dict.fromkeys(OPTIONS[name], 16))
    shape = first_shape(model)
    G, D = model.generator(shape, 5), model.discriminator(shape)
    sizes = [Layout.of(G), Layout.of(D)]
    frozen, z, real = evaluation_copy(G).double(), some(4, 5), some(4, *shape)

    def objective(g: Tensor, d: Tensor) -> Tensor:
        judge = partial(functional_call, D, sizes[1].unpack(d))
        fake = functional_call(G, sizes[0].unpack(g), (z,))
        slope = grad(lambda x: judge((x,)).tanh().sum())(real)
        return judge((fake,)).tanh().mean() + slope.square().sum()

    def seen(g: Tensor, d: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        return *grad(objective, argnums=(0, 1))(g, d), functional_call(frozen, sizes[0].unpack(g), (z,))

    cohort = [[sizes[i].pack(moved(model, (G, D)[i], seed)) for seed in (0, 1)] for i in (0, 1)]
    together = vmap(seen)(torch.stack(cohort[0]), torch.stack(cohort[1]))
    for index in (0, 1):
        for alone, beside in zip(seen(cohort[0][index], cohort[1][index]), together, strict=True):
            assert alone.isfinite().all() and alone.abs().sum() > 0.0
            assert torch.allclose(alone, beside[index], rtol=1e-9, atol=1e-9)


IN_TRAINING: list[tuple[str, dict[str, Any]]] = [
    *((name, {}) for name in MODELS.names()),
    ("mlp", {"generator_norm": "batch", "discriminator_norm": "layer", "maxout": 3}),
]


@pytest.mark.usefixtures("_no_loops_over_replicas")
@pytest.mark.parametrize(("name", "options"), IN_TRAINING)
def test_a_run_is_the_same_alone_and_in_a_cohort(
    name: str, options: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Three steps of two replicas in float64, and their samples, to 1e-9, without a loop over replicas."""
    shape = first_shape(built(name, **options))
    # Of data, training knows their shape and their samples.
    monkeypatch.setattr(Ring, "shape", shape)
    model = Choice.of(MODELS, name, **{**OPTIONS[name], **options})
    recipes = [recipe(model=model, steps=3, seed=seed, batch_size=6) for seed in (0, 1)]

    def trained(*chosen: Recipe, steps: int = 3) -> Cohort:
        cohort = Cohort(chosen, some(50, *shape), CPU)
        cohort.run(steps)
        return cohort

    together, singles = trained(*recipes), [trained(alone) for alone in recipes]
    for index, single in enumerate(singles):
        for a, b in zip(leaves(single, 0), leaves(together, index), strict=True):
            assert torch.allclose(a, b, rtol=1e-9, atol=1e-9), "alone and in a cohort must agree"
        assert not torch.equal(weights_of(single), weights_of(trained(recipes[index], steps=0))), "they moved"
    for index, single in enumerate(singles):
        assert drawn(single).shape == (32, *shape)
        assert torch.allclose(drawn(single), drawn(together, index), rtol=1e-9, atol=1e-9)


def test_a_layout_packs_and_unpacks_to_the_same_vector() -> None:
    """Nothing is lost between a network's named parameters and its vector."""
    layout = Layout((("a", (2, 3)), ("b", ()), ("c", (4,))))
    vector = torch.arange(float(layout.size))
    assert layout.size == 11 == sum(math.prod(shape) for _, shape in layout.shapes)
    assert torch.equal(layout.pack(layout.unpack(vector)), vector)
