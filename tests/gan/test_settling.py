"""Asking first whether a step is to be kept changes nothing but the time."""

from __future__ import annotations

from functools import partial

import torch
from torch.utils import _pytree as pytree

from gan.build import stack
from gan.recipe import Choice, Recipe
from gan.registry import DATA, LOSSES, MODELS, OPTIMIZERS
from gan.train import Cohort, Replica, advance

STEPS = 6


def recipe(seed: int, lr: float) -> Recipe:
    return Recipe(
        data=Choice.of(DATA, "ring"),
        model=Choice.of(MODELS, "mlp", width=8),
        loss=Choice.of(LOSSES, "wasserstein"),
        optimizer=Choice.of(OPTIMIZERS, "sgd"),
        tricks=(),
        generator_lr=lr,
        discriminator_lr=lr,
        steps=STEPS,
        batch_size=8,
        d_steps=1,
        latent_size=4,
        seed=seed,
    )


def test_a_cohort_goes_as_if_every_step_had_been_weighed_against_the_one_before() -> None:
    """With a replica that diverges and one that does not: bit for bit `advance`, which always chooses."""
    data = torch.randn((50, 2), generator=torch.Generator().manual_seed(0))
    recipes = [recipe(0, 0.01), recipe(1, 1e15), recipe(2, 0.1)]
    cohort = Cohort(recipes, data, torch.device("cpu"))
    expected, knobs = cohort.replicas, stack(cohort.knobs)
    leaves, spec = pytree.tree_flatten(knobs)
    assert all(isinstance(leaf, torch.Tensor) for leaf in leaves), "these recipes have only numbers for knobs"

    def one(replica: Replica, numbers: list[torch.Tensor], n: torch.Tensor) -> Replica:
        return advance(replica, data, pytree.tree_unflatten(numbers, spec), n, cohort.nets)

    for n in range(STEPS):
        each = partial(one, n=torch.tensor(n))
        expected = torch.vmap(each)(expected, leaves)

    cohort.run(STEPS)
    diverged = cohort.replicas.diverged.tolist()
    assert diverged[0] == diverged[2] == -1 and diverged[1] > 0, "only the wild one diverges"
    for ours, theirs in zip(pytree.tree_leaves(cohort.replicas), pytree.tree_leaves(expected), strict=True):
        torch.testing.assert_close(ours, theirs, rtol=0.0, atol=0.0, msg="the same bits either way")
    frozen = cohort.replica(1).state.players.values()
    assert all(player.parameters.isfinite().all() for player in frozen), "frozen while it was finite"
