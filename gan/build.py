"""From recipes to values: components, networks, knobs and initial states."""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.utils import _pytree as pytree

from gan.models.base import Layout, Model
from gan.optimizers.base import Optimizer
from gan.players import Knobs, Nets, Player, State
from gan.recipe import REGISTRIES, Choice, Recipe
from gan.rng import Rng
from gan.schedules import Schedule
from gan.tricks.base import At, Setup, Side
from gan.tricks.chain import Chain

DTYPES = {"float32": torch.float32, "float64": torch.float64}
SIDES: tuple[Side, Side] = ("generator", "discriminator")


def component(kind: str, choice: Choice) -> Any:
    """The component that `choice` names, with its knobs."""
    registry = REGISTRIES[kind]
    spec = registry.spec(choice.name, choice.source)
    knobs = {
        key: value if spec.knob(key).structural else _number(value) for key, value in choice.knobs.items()
    }
    return registry.load(choice.name, choice.source)(**knobs)


def _number(value: Any) -> Any:
    """A knob's number, or its schedule if it is written as a mapping."""
    if isinstance(value, dict):
        return Schedule.of(value)
    # Written as a whole number it is still a knob, not structure.
    return float(value) if isinstance(value, int) else value


def tricks_of(recipe: Recipe) -> Chain:
    """All tricks of a recipe as one."""
    return Chain({trick.name: component("trick", trick) for trick in recipe.tricks})


def why_not(recipe: Recipe) -> str | None:
    """Why this combination does not apply, in words; None if it does. Loads no data."""
    data, model = component("data", recipe.data), component("model", recipe.model)
    if reason := data.fits():
        return f"{recipe.data.name}: {reason}"
    if reason := model.fits(data.shape):
        return f"{recipe.model.name}: {reason}"
    tricks = tricks_of(recipe)
    setup = Setup(
        data=data,
        model=model,
        loss=component("loss", recipe.loss),
        tricks=tricks.tricks,
        batch_size=recipe.batch_size,
        d_steps=recipe.d_steps,
        g_steps=recipe.g_steps,
        simultaneous=recipe.updates == "simultaneous",
        latent_size=recipe.latent_size,
        steps=recipe.steps,
    )
    if reason := setup.loss.fits():
        return f"{recipe.loss.name}: {reason}"
    optimizer: Optimizer = component("optimizer", recipe.optimizer)
    if recipe.steps % optimizer.rounds:
        return (
            f"{recipe.optimizer.name}: {optimizer.rounds} rounds make one step of it, and {recipe.steps} end "
            f"within one; set steps to a multiple of {optimizer.rounds}"
        )
    if reason := optimizer.fits(setup):
        return f"{recipe.optimizer.name}: {reason}"
    return tricks.fits(setup)


def nets_of(recipe: Recipe) -> Nets:
    """The structure that all recipes of a cohort share. The networks hold no numbers (meta device)."""
    model: Model = component("model", recipe.model)
    shape, tricks = component("data", recipe.data).shape, tricks_of(recipe)
    packed = (tricks.pack * shape[0], *shape[1:])
    networks: dict[Side, torch.nn.Module] = {}
    with torch.device("meta"):
        networks["generator"] = model.generator(shape, recipe.latent_size)
        networks["discriminator"] = model.discriminator(packed)
    features = feature_count(networks["discriminator"], packed)
    layouts: dict[Side, Layout] = {}
    for side, network in networks.items():
        own = Layout.of(network)
        layouts[side] = Layout((*own.shapes, *tricks.learns(side, own, features).items()))
    return Nets(
        generator=networks["generator"],
        discriminator=networks["discriminator"],
        layouts=layouts,
        shape=shape,
        latent_size=recipe.latent_size,
        batch_size=recipe.batch_size,
        accumulation=recipe.accumulation,
        d_steps=recipe.d_steps,
        g_steps=recipe.g_steps,
        simultaneous=recipe.updates == "simultaneous",
        steps=recipe.steps,
        dtype=DTYPES[recipe.precision],
    )


def knobs_of(recipe: Recipe, device: torch.device) -> Knobs:
    """A recipe's numbers as scalar tensors."""
    knobs = Knobs(
        seed=torch.tensor(recipe.seed, dtype=torch.int64),
        lr={"generator": _number(recipe.generator_lr), "discriminator": _number(recipe.discriminator_lr)},
        loss=component("loss", recipe.loss),
        optimizer=component("optimizer", recipe.optimizer),
        tricks=tricks_of(recipe),
    )
    dtype = DTYPES[recipe.precision]

    def number(leaf: Any) -> Any:
        # A float is a knob and becomes a tensor; ints, bools and strings are structure and stay.
        if isinstance(leaf, float):
            return torch.tensor(leaf, dtype=dtype, device=device)
        if isinstance(leaf, Tensor):
            return leaf.to(device, dtype if leaf.is_floating_point() else leaf.dtype)
        return leaf

    numbers: Knobs = tree_map(number, knobs)
    return numbers


def state_of(recipe: Recipe, nets: Nets, knobs: Knobs) -> State:
    """Before the first step: weights from the seed alone, whatever the tricks."""
    model: Model = component("model", recipe.model)
    rng = Rng.of(knobs.seed, -1, nets.dtype)
    networks = {"generator": nets.generator, "discriminator": nets.discriminator}
    vectors = {}
    for side in SIDES:
        own = Layout.of(networks[side])
        vector = model.initial(networks[side], rng.at(side))
        begun, place = own.unpack(vector), rng.at(side).at("tricks")
        added = nets.layouts[side].shapes[len(own.shapes) :]
        parts = [knobs.tricks.initial(name, shape, begun, place).reshape(-1) for name, shape in added]
        vectors[side] = torch.cat([vector, *parts])
    progress = torch.zeros((), dtype=nets.dtype, device=knobs.seed.device)
    at = At(progress, rng.at("tricks"), {}, "discriminator", nets.layouts, shape=nets.shape)
    players = {side: Player(vectors[side], knobs.optimizer.begin(vectors[side])) for side in SIDES}
    return State(players, knobs.tricks.begin(vectors, at))


def stack(trees: Sequence[Any]) -> Any:
    """R equal-shaped trees as one, every tensor with a leading axis of size R; other leaves must agree."""

    def join(*leaves: Any) -> Any:
        if isinstance(leaves[0], Tensor):
            return torch.stack([leaf.clone() for leaf in leaves])
        assert all(leaf == leaves[0] for leaf in leaves), f"structure differs within a cohort: {leaves}"
        return leaves[0]

    return pytree.tree_map(join, *trees)


def tree_map(function: Callable[[Any], Any], tree: Any) -> Any:
    """`tree` with `function` applied to every leaf."""
    return pytree.tree_map(function, tree)


def feature_count(discriminator: torch.nn.Module, shape: tuple[int, ...]) -> int:
    """Width of D's last hidden layer, found without computing anything. `shape`: what D sees."""
    last = [torch.empty((2, *shape), device="meta")]

    def remember(h: Tensor, layer: str) -> Tensor:
        last[0] = h
        return h

    discriminator(last[0], hidden=remember)
    return last[0][0].numel()


def evaluation_copy(network: torch.nn.Module) -> torch.nn.Module:
    """The network in eval mode, leaving the one in training as it is."""
    return copy.deepcopy(network).eval()
