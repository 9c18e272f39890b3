"""From recipes to values: components, networks, knobs and initial states."""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.utils import _pytree as pytree

from gan.models.base import Layout, Model
from gan.recipe import REGISTRIES, Choice, Recipe
from gan.rng import Rng
from gan.step import Knobs, Nets, Player, State
from gan.tricks.base import At, Setup, Side
from gan.tricks.chain import Chain

DTYPES = {"float32": torch.float32, "float64": torch.float64}
SIDES: tuple[Side, Side] = ("generator", "discriminator")


def component(kind: str, choice: Choice) -> Any:
    """The component that `choice` names, with its knobs."""
    registry = REGISTRIES[kind]
    spec = registry.spec(choice.name, choice.source)
    # A knob written as a whole number is still a knob, not structure.
    knobs = {
        key: float(value) if isinstance(value, int) and not spec.knob(key).structural else value
        for key, value in choice.knobs.items()
    }
    return registry.load(choice.name, choice.source)(**knobs)


def tricks_of(recipe: Recipe) -> Chain:
    """All tricks of a recipe as one."""
    return Chain({trick.name: component("trick", trick) for trick in recipe.tricks})


def why_not(recipe: Recipe) -> str | None:
    """Why this combination does not apply, in words; None if it does. Loads no data."""
    data, model = component("data", recipe.data), component("model", recipe.model)
    if reason := model.fits(data.shape):
        return f"{recipe.model.name}: {reason}"
    names = tuple(trick.name for trick in recipe.tricks)
    return tricks_of(recipe).fits(Setup(data, model, component("loss", recipe.loss), names))


def nets_of(recipe: Recipe) -> Nets:
    """The structure that all recipes of a cohort share. The networks hold no numbers (meta device)."""
    model: Model = component("model", recipe.model)
    shape = component("data", recipe.data).shape
    with torch.device("meta"):
        generator = model.generator(shape, recipe.latent_size)
        discriminator = model.discriminator(shape)
    return Nets(
        generator=generator,
        discriminator=discriminator,
        layouts={"generator": Layout.of(generator), "discriminator": Layout.of(discriminator)},
        latent_size=recipe.latent_size,
        batch_size=recipe.batch_size,
        d_steps=recipe.d_steps,
        steps=recipe.steps,
        dtype=DTYPES[recipe.precision],
    )


def knobs_of(recipe: Recipe, device: torch.device) -> Knobs:
    """A recipe's numbers as scalar tensors."""
    knobs = Knobs(
        seed=torch.tensor(recipe.seed, dtype=torch.int64),
        lr={
            "generator": torch.tensor(recipe.generator_lr, dtype=torch.float64),
            "discriminator": torch.tensor(recipe.discriminator_lr, dtype=torch.float64),
        },
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
    vectors = {side: model.initial(networks[side], rng.at(side)) for side in SIDES}
    progress = torch.zeros((), dtype=nets.dtype, device=knobs.seed.device)
    at = At(progress, rng.at("tricks"), {}, "discriminator", nets.layouts)
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


def evaluation_copy(network: torch.nn.Module) -> torch.nn.Module:
    """The network in eval mode, leaving the one in training as it is."""
    return copy.deepcopy(network).eval()
