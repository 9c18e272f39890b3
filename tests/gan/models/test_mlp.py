"""The networks are the plain ones, built by hand with the same weights."""

from __future__ import annotations

import itertools
from typing import Literal

import pytest
import torch
from gan_cases import recipe
from torch import nn
from torch.func import functional_call

from bench.contracts.rules import same_alone_and_in_a_cohort
from bench.contracts.trainings import replicas
from gan.models.base import Layout
from gan.models.mlp import Mlp
from gan.recipe import Choice
from gan.registry import MODELS
from gan.rng import Rng


def _numbers(network: nn.Module) -> dict[str, torch.Tensor]:
    layout, rng = Layout.of(network), Rng.of(torch.tensor(3), 0).at(str(type(network)))
    return layout.unpack(rng.normal((layout.size,)))


def _by_hand(sizes: list[int], values: list[torch.Tensor], end: list[nn.Module]) -> nn.Sequential:
    layers: list[nn.Module] = []
    for a, b in itertools.pairwise(sizes):
        layers += [nn.Linear(a, b), nn.LeakyReLU(0.2)]
    plain = nn.Sequential(*layers[:-1], *end)
    with torch.no_grad():
        for parameter, value in zip(plain.parameters(), values, strict=True):
            parameter.copy_(value)
    return plain


@pytest.mark.parametrize(("shape", "end"), [((2,), []), ((1, 4, 4), [nn.Tanh(), nn.Unflatten(1, (1, 4, 4))])])
def test_the_generator_is_a_plain_network(shape: tuple[int, ...], end: list[nn.Module]) -> None:
    """Linear at the end for points, tanh for images."""
    network = Mlp(width=7, depth=3).generator(shape, 5)
    numbers = _numbers(network)
    plain = _by_hand([5, 7, 7, 7, 2 if len(shape) == 1 else 16], list(numbers.values()), end)
    z = torch.randn(6, 5, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(functional_call(network, numbers, (z,)), plain(z).detach())


@pytest.mark.parametrize(("shape", "inputs"), [((2,), 2), ((3, 4, 4), 48)])
def test_the_discriminator_is_a_plain_network(shape: tuple[int, ...], inputs: int) -> None:
    """Images are flattened."""
    network = Mlp(width=7, depth=2).discriminator(shape)
    numbers = _numbers(network)
    plain = _by_hand([inputs, 7, 7, 1], list(numbers.values()), [])
    x = torch.randn(6, *shape, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(functional_call(network, numbers, (x,)), plain(x.flatten(1))[:, 0].detach())


@pytest.mark.parametrize(("shape", "width"), [((2,), 128), ((1, 8, 8), 256)])
def test_the_automatic_width(shape: tuple[int, ...], width: int) -> None:
    """128 units for points, 256 for images."""
    network = Mlp(width=None, depth=2).discriminator(shape)
    assert network.get_parameter("layers.1.weight").shape == (width, width)


def test_initial_weights_are_pytorchs_distribution() -> None:
    """Uniform on ±1/√fan_in, biases too."""
    model = Mlp(width=100, depth=2)
    network = model.discriminator((25,))
    weights = Layout.of(network).unpack(model.initial(network, Rng.of(torch.tensor(0), -1)))
    for name, fan_in in (("layers.0.weight", 25), ("layers.1.weight", 100), ("layers.1.bias", 100)):
        bound = fan_in**-0.5
        assert weights[name].abs().max() <= bound
        assert weights[name].std() == pytest.approx(bound / 3**0.5, rel=0.2 if "bias" in name else 0.05)


def _some(*shape: int) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(0))


def test_layers_of_unequal_widths_are_written_as_text() -> None:
    """Each network its own; the other one keeps `width` and `depth`."""
    model = Mlp(width=4, depth=1, generator_layers="3-5-7")
    shapes = [p.shape for p in model.generator((2,), 6).parameters() if p.ndim == 2]
    assert shapes == [(3, 6), (5, 3), (7, 5), (2, 7)]
    shapes = [p.shape for p in model.discriminator((2,)).parameters() if p.ndim == 2]
    assert shapes == [(4, 2), (1, 4)]
    shapes = [p.shape for p in Mlp(discriminator_layers="9").discriminator((2,)).parameters() if p.ndim == 2]
    assert shapes == [(9, 2), (1, 9)]


@pytest.mark.parametrize(
    "text", ["", "a", "12-", "-12", "12,13", "12 13", "12\n", "0", "5-0", "70000", "1" * 99, "٣"]
)
def test_a_text_that_is_no_list_of_layers_is_declined(text: str) -> None:
    """With one that is."""
    for model in (Mlp(generator_layers=text), Mlp(discriminator_layers=text)):
        assert "256-512-1024" in str(model.fits((2,)))
    assert Mlp(generator_layers="65536-1").fits((2,)) is None


def test_options_that_would_do_nothing_are_declined() -> None:
    """Widths beside listed layers, and a slope beside another activation."""
    both = {"generator_layers": "8", "discriminator_layers": "8"}
    assert "`width`" in str(Mlp(width=9, **both).fits((2,))) and Mlp(**both).fits((2,)) is None  # type: ignore[arg-type]
    assert "`depth`" in str(Mlp(depth=3, **both).fits((2,)))  # type: ignore[arg-type]
    assert "slope" in str(Mlp(activation="relu", slope=0.1).fits((2,)))
    assert Mlp(slope=0.1).fits((2,)) is None


def test_a_maxout_unit_is_the_largest_of_its_pieces() -> None:
    """h_i = max_j (x . W_ij + b_ij), with a loop for every index."""
    network = Mlp(width=3, depth=1, maxout=4).discriminator((2,))
    n, x = _numbers(network), _some(5, 2)
    W, b = n["layers.0.weight"], n["layers.0.bias"]
    pieces = [[x @ W[4 * i + j] + b[4 * i + j] for j in range(4)] for i in range(3)]
    h = torch.stack([torch.stack(unit).amax(0) for unit in pieces], dim=1)
    expected = h @ n["layers.1.weight"][0] + n["layers.1.bias"]
    torch.testing.assert_close(functional_call(network, n, (x,)), expected)


def test_maxout_is_the_discriminators_alone() -> None:
    """G keeps its activation."""
    plain, maxout = Mlp(width=3).generator((2,), 4), Mlp(width=3, maxout=5).generator((2,), 4)
    n, z = _numbers(plain), _some(5, 4)
    assert torch.equal(functional_call(plain, n, (z,)), functional_call(maxout, n, (z,)))


@pytest.mark.parametrize(
    ("name", "module"),
    [
        ("leaky_relu", nn.LeakyReLU(0.2)),
        ("relu", nn.ReLU()),
        ("elu", nn.ELU()),
        ("selu", nn.SELU()),
        ("gelu", nn.GELU()),
        ("silu", nn.SiLU()),
        ("tanh", nn.Tanh()),
        ("softplus", nn.Softplus()),
    ],
)
def test_activations_are_pytorchs(name: str, module: nn.Module) -> None:
    """In both networks, between linear layers."""
    model = Mlp(width=6, depth=1, activation=name)  # type: ignore[arg-type]
    for network, inputs in ((model.generator((3,), 4), 4), (model.discriminator((4,)), 4)):
        n, x = _numbers(network), _some(5, inputs)
        h = module(x @ n["layers.0.weight"].T + n["layers.0.bias"])
        expected = (h @ n["layers.1.weight"].T + n["layers.1.bias"]).reshape(5, -1)
        torch.testing.assert_close(functional_call(network, n, (x,)).reshape(5, -1), expected)


def test_the_slope_is_leaky_relus() -> None:
    """x below 0 is times the slope."""
    network = Mlp(width=1, depth=1, slope=0.5).discriminator((1,))
    one, none = torch.ones(1, 1), torch.zeros(1)
    n = {"layers.0.weight": one, "layers.0.bias": none, "layers.1.weight": one, "layers.1.bias": none}
    logits = functional_call(network, n, (torch.tensor([[-4.0], [4.0]]),))
    assert logits.tolist() == [-2.0, 4.0]


@pytest.mark.parametrize("norm", ["batch", "layer"])
def test_norms_stand_before_the_activation(norm: Literal["batch", "layer"]) -> None:
    """G's are G's and D's are D's; under batch norm, which takes the mean away, there is no bias."""
    model = Mlp(width=6, depth=1, generator_norm=norm)
    assert len(list(model.discriminator((2,)).parameters())) == 4
    network = model.generator((2,), 4)
    n, z = _numbers(network), _some(7, 4)
    a = z @ n["layers.0.weight"].T + n.get("layers.0.bias", torch.zeros(6))
    assert ("layers.0.bias" in n) == (norm == "layer")
    axis = 0 if norm == "batch" else 1
    a = (a - a.mean(axis, keepdim=True)) / (a.var(axis, correction=0, keepdim=True) + 1e-5).sqrt()
    h = nn.functional.leaky_relu(a * n["norms.0.weight"] + n["norms.0.bias"], 0.2)
    expected = h @ n["layers.1.weight"].T + n["layers.1.bias"]
    torch.testing.assert_close(functional_call(network, n, (z,)), expected)


def test_only_batch_norm_in_d_mixes_samples() -> None:
    """G's norm is none of D's business."""
    assert Mlp(discriminator_norm="batch").mixes_samples((2,))
    assert not Mlp(discriminator_norm="layer", generator_norm="batch").mixes_samples((2,))


def test_with_sigmoid_both_networks_work_in_the_unit_interval() -> None:
    """G's σ(a), and D's view of it, are in [0, 1]; between them, data are in [-1, 1]."""
    plain, unit = Mlp(width=5, output="linear"), Mlp(width=5, output="sigmoid")
    shape = (1, 3, 3)
    G, n, z = unit.generator(shape, 4), _numbers(plain.generator(shape, 4)), _some(6, 4)
    a = functional_call(plain.generator(shape, 4), n, (z,))
    x = functional_call(G, n, (z,))
    torch.testing.assert_close((x + 1.0) / 2.0, 1.0 / (1.0 + (-a).exp()))
    D, n = unit.discriminator(shape), _numbers(plain.discriminator(shape))
    expected = functional_call(plain.discriminator(shape), n, ((x + 1.0) / 2.0,))
    torch.testing.assert_close(functional_call(D, n, (x,)), expected)


def test_automatic_outputs() -> None:
    """Linear for points, tanh for images, and either for the other if asked for."""
    for shape, auto, other in (((3,), "linear", "tanh"), ((1, 2, 2), "tanh", "linear")):
        n, z = _numbers(Mlp(width=3).generator(shape, 4)), 3.0 * _some(6, 4)
        x = functional_call(Mlp(width=3).generator(shape, 4), n, (z,))
        same = functional_call(Mlp(width=3, output=auto).generator(shape, 4), n, (z,))  # type: ignore[arg-type]
        apart = functional_call(Mlp(width=3, output=other).generator(shape, 4), n, (z,))  # type: ignore[arg-type]
        assert torch.equal(x, same) and not torch.equal(x, apart)


def test_the_other_initial_weights() -> None:
    """Glorot's variance is 2 / (fan_in + fan_out), the normal's 0.02²; biases 0, norms 1 and 0."""
    for init, deviation in (("xavier", (2 / 225) ** 0.5), ("normal", 0.02)):
        model = Mlp(width=200, init=init, discriminator_norm="layer")  # type: ignore[arg-type]
        network = model.discriminator((25,))
        weights = Layout.of(network).unpack(model.initial(network, Rng.of(torch.tensor(0), -1)))
        assert float(weights["layers.0.weight"].std()) == pytest.approx(deviation, rel=0.05)
        assert not any(value.any() for name, value in weights.items() if name.endswith("bias"))
        assert (weights["norms.1.weight"] == 1.0).all()
    bound = (6 / 225) ** 0.5
    assert float(weights["layers.0.weight"].abs().max()) < bound


def test_by_default_weights_have_the_names_and_the_order_that_results_depend_on() -> None:
    """A seed's weights are drawn by name, and vectors are packed in this order."""
    for network in (Mlp().generator((2,), 4), Mlp().discriminator((2,))):
        names = [name for name, _ in network.named_parameters()]
        assert names == [f"layers.{index}.{kind}" for index in range(3) for kind in ("weight", "bias")]


def test_replicas_with_norms_and_maxout_do_not_touch() -> None:
    """Options that the rules of all models try one by one, at once: to 1e-9 in float64 the same alone."""
    options = {"generator_norm": "batch", "discriminator_norm": "layer", "maxout": 3}
    model = Choice.of(MODELS, "mlp", width=4, **options)
    same_alone_and_in_a_cohort(replicas(recipe(model=model, steps=3, batch_size=6), [], count=2))
