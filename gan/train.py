"""The loop: a cohort of replicas through all its steps, with snapshots, checkpoints and resume.

The only file that knows that replicas exist, and the only one that says vmap. A cohort of one runs
the same function without it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.utils import _pytree as pytree

from gan.build import knobs_of, nets_of, stack, state_of, tree_map
from gan.checkpoint import Checkpoint
from gan.health import HEALTH
from gan.memory import keep_freed_memory
from gan.players import Knobs, Nets, State
from gan.recipe import Recipe, digest
from gan.sampling import sample
from gan.step import step
from gan.strengths import strengths
from gan.tree import tree
from gan.tricks.base import Side

LOGGED = ("d_loss", "g_loss", "d_gradient_norm", "g_gradient_norm", "logit_real", "logit_fake", *HEALTH)
"""What a step reports, in the order in which `Replica.sums` holds it."""
_NEVER = -1


@tree
class Replica:
    """One run in training."""

    state: State
    sums: Tensor
    """Sums of the logged values over the current window, shape len(LOGGED)."""
    count: Tensor
    """Steps in the current window, scalar."""
    diverged: Tensor
    """The step at which something was no longer finite, int64 scalar; -1 if never."""


@dataclass(frozen=True)
class Snapshot:
    """A cohort at one step. Valid until the iteration goes on."""

    step: int
    """Rounds behind it."""
    evaluation: bool
    """Whether this step is one to score."""
    logs: list[dict[str, float] | None]
    """Means since the last snapshot, and `gan.strengths` now, one a replica; None if it diverged since."""
    diverged: list[int | None]
    """The step at which a replica was no longer finite; it is frozen from then on."""
    seconds: float
    """Time spent training so far, scoring and waiting left out."""
    sample: Callable[..., Tensor]
    """(replica, count, draw=0) -> that many samples, count x shape (see `gan.sampling.sample`)."""
    parameters: Callable[[int], Mapping[Side, dict[str, Tensor]]]
    """replica -> both players' parameters by name."""


@dataclass(frozen=True)
class Pace:
    """How often a cohort comes up for air. Changes what is seen, never what is trained."""

    evaluate_every: int
    """Steps between snapshots that are to be scored."""
    log_every: int = 0
    """Steps between snapshots; 0: five to an evaluation."""
    checkpoint_seconds: float = 60.0
    """Checkpoint at least this often, besides after every evaluation."""

    @property
    def window(self) -> int:
        """Steps between snapshots."""
        return self.log_every or max(1, self.evaluate_every // 5)


def attempt(replica: Replica, data: Tensor, knobs: Knobs, n: Tensor, nets: Nets) -> tuple[Replica, Tensor]:
    """One step of one replica, and whether it is to be kept: all is finite, now and before.

    The state that is returned is the new one in any case; `settle` decides.
    """
    state, log = step(replica.state, data, knobs, n, nets)
    values = torch.stack([log[name] for name in LOGGED])
    # A sum is finite only if every term is: cheaper than looking at each.
    watched = [values.sum(), *(player.parameters.sum() for player in state.players.values())]
    alive = replica.diverged == _NEVER
    fine = torch.isfinite(torch.stack(watched)).all() & alive
    after = Replica(
        state=state,
        sums=replica.sums + torch.where(fine, values, 0.0),
        count=replica.count + fine,
        diverged=torch.where(alive & ~fine, n + 1, replica.diverged),
    )
    return after, fine


def settle(before: Replica, after: Replica, fine: Tensor) -> Replica:
    """`after`, but with the state from `before` unless all is fine."""
    new, spec = pytree.tree_flatten(after.state)
    old = pytree.tree_leaves(before.state)
    kept = [torch.where(fine, ours, theirs) for ours, theirs in zip(new, old, strict=True)]
    return replace(after, state=pytree.tree_unflatten(kept, spec))


def advance(replica: Replica, data: Tensor, knobs: Knobs, n: Tensor, nets: Nets) -> Replica:
    """One step of one replica, unless it has diverged: then it stays as it was."""
    return settle(replica, *attempt(replica, data, knobs, n, nets))


class Cohort:
    """Recipes of one structure, in training together."""

    def __init__(
        self, recipes: Sequence[Recipe], data: Tensor, device: torch.device, compiled: bool = False
    ) -> None:
        """`data`: the whole dataset, N x shape. Raises ValueError if the recipes differ in structure."""
        if len({recipe.structure() for recipe in recipes}) != 1:
            raise ValueError("the recipes of a cohort must share one structure")
        if device.type == "cpu":
            keep_freed_memory()
        self.names = [digest(recipe.as_dict()) for recipe in recipes]
        self.size = len(recipes)
        self.nets = nets_of(recipes[0])
        self.data = data.to(device, self.nets.dtype)
        self.knobs = [knobs_of(recipe, device) for recipe in recipes]
        begun = [self._begin(r, k) for r, k in zip(recipes, self.knobs, strict=True)]
        self.replicas: Replica = self._join(begun)
        self.step = 0
        self.seconds = 0.0
        self._periods = self.knobs[0].tricks.every
        self._compiled = compiled
        self._programs: dict[frozenset[str], Callable[[Replica, Tensor], Replica]] = {}

    def _begin(self, recipe: Recipe, knobs: Knobs) -> Replica:
        state = state_of(recipe, self.nets, knobs)
        zero = state.players["generator"].parameters.new_zeros
        return Replica(state, zero(len(LOGGED)), zero(()), torch.full_like(knobs.seed, _NEVER))

    def _join(self, trees: Sequence[Any]) -> Any:
        return stack(trees) if self.size > 1 else trees[0]

    def _advance(self, replicas: Replica, n: Tensor, resting: frozenset[str]) -> Replica:
        """All replicas after step `n`. Another set of penalties that rest in it is another program."""
        if resting not in self._programs:
            self._programs[resting] = self._vectorised(replace(self.nets, resting=resting))
        return self._programs[resting](replicas, n)

    def _vectorised(self, nets: Nets) -> Callable[[Replica, Tensor], Replica]:
        """`advance` over all replicas, as a function of flat lists of tensors."""
        leaves, spec = pytree.tree_flatten(self._join(self.knobs))
        numbers = [leaf for leaf in leaves if isinstance(leaf, Tensor)]

        def given(numbers: list[Tensor]) -> Knobs:
            # Only tensors pass through vmap; the structural leaves are put back here.
            each = iter(numbers)
            knobs = [next(each) if isinstance(leaf, Tensor) else leaf for leaf in leaves]
            whole: Knobs = pytree.tree_unflatten(knobs, spec)
            return whole

        def mapped(one: Callable[..., Any]) -> Callable[..., Any]:
            def flat(replica: Replica, numbers: list[Tensor], data: Tensor, n: Tensor) -> Any:
                return one(replica, data, given(numbers), n, nets)

            return torch.vmap(flat, in_dims=(0, 0, None, None)) if self.size > 1 else flat

        if self._compiled:
            program = torch.compile(mapped(advance), fullgraph=True, dynamic=False)
            return lambda replica, n: program(replica, numbers, self.data, n)
        tried, settled = mapped(attempt), torch.vmap(settle) if self.size > 1 else settle

        def cautious(before: Replica, n: Tensor) -> Replica:
            # Uncompiled, choosing between old and new states is a pass over all of them, and hardly
            # ever needed: ask first.
            after, fine = tried(before, numbers, self.data, n)
            return after if bool(fine.all()) else settled(before, after, fine)

        return cautious

    @property
    def over(self) -> bool:
        """Whether there is nothing left to train: all steps are done, or every replica has diverged."""
        return self.step >= self.nets.steps or bool((self.replicas.diverged != _NEVER).all())

    def run(self, steps: int) -> None:
        """Train for that many steps."""
        begin = time.perf_counter()
        first = torch.tensor(self.step, device=self.data.device)
        for offset in range(steps):
            n = self.step + offset
            resting = frozenset(name for name, every in self._periods.items() if n % every)
            self.replicas = self._advance(self.replicas, first + offset, resting)
        if self.data.is_cuda:
            torch.cuda.synchronize(self.data.device)
        self.step += steps
        self.seconds += time.perf_counter() - begin

    def replica(self, index: int) -> Replica:
        """One replica by itself."""
        if self.size == 1:
            return self.replicas
        alone: Replica = tree_map(lambda leaf: leaf[index], self.replicas)
        return alone

    def snapshot(self, evaluation: bool) -> Snapshot:
        """What there is to see now; begins a new window of logs."""
        sums, count = self.replicas.sums.reshape(self.size, -1), self.replicas.count.reshape(self.size)
        diverged = [
            None if at == _NEVER else int(at) for at in self.replicas.diverged.reshape(self.size).tolist()
        ]
        means = (sums / count[:, None]).tolist()
        logs = [
            None if at is not None else dict(zip(LOGGED, row, strict=True)) | self._strengths(index)
            for index, (row, at) in enumerate(zip(means, diverged, strict=True))
        ]
        state, sums, count = self.replicas.state, self.replicas.sums, self.replicas.count
        self.replicas = Replica(
            state, torch.zeros_like(sums), torch.zeros_like(count), self.replicas.diverged
        )
        return Snapshot(
            self.step,
            evaluation,
            logs,
            diverged,
            self.seconds,
            lambda index, size, draw=0: sample(
                self.replica(index).state, self.knobs[index], self.nets, self.step, size, draw
            ),
            self._parameters,
        )

    def _strengths(self, index: int) -> dict[str, float]:
        t = torch.tensor(self.step / self.nets.steps, dtype=self.nets.dtype, device=self.data.device)
        return strengths(self.knobs[index], self.replica(index).state.memory, t)

    def _parameters(self, index: int) -> dict[Side, dict[str, Tensor]]:
        players = self.replica(index).state.players
        return {side: layout.unpack(players[side].parameters) for side, layout in self.nets.layouts.items()}

    def checkpoint(self) -> Checkpoint:
        """All that is needed to go on from here, bit for bit."""
        return Checkpoint(self.step, self.seconds, self.names, pytree.tree_leaves(self.replicas))

    def alone(self, index: int) -> Checkpoint:
        """One replica's state, as that of a cohort of one."""
        names, leaves = [self.names[index]], pytree.tree_leaves(self.replica(index))
        return Checkpoint(self.step, self.seconds, names, [leaf.clone() for leaf in leaves])

    def restore(self, saved: Checkpoint) -> None:
        """Go on from there. Raises ValueError if it is another cohort's."""
        leaves, spec = pytree.tree_flatten(self.replicas)
        if saved.names != self.names or len(saved.tensors) != len(leaves):
            raise ValueError("the checkpoint belongs to another cohort")
        self.replicas = pytree.tree_unflatten(saved.tensors, spec)
        self.step, self.seconds = saved.step, saved.seconds


def train(
    cohort: Cohort, pace: Pace, checkpoint: Path | None = None, stop: Callable[[], bool] = lambda: False
) -> Iterator[Snapshot]:
    """Train to the end, or until `stop()`, yielding a snapshot a window.

    Goes on from `checkpoint` if that file exists, and ends where an undisturbed run would have, bit
    for bit. The file is written after the consumer has dealt with a snapshot: what it made of the
    snapshot may be repeated after a kill, never lost.
    """
    if checkpoint and (saved := Checkpoint.load(checkpoint, cohort.data.device)):
        cohort.restore(saved)
    total = cohort.nets.steps
    written = time.monotonic()
    while not cohort.over:
        cohort.run(_until_next(cohort.step, total, pace))
        evaluation = cohort.step % pace.evaluate_every == 0 or cohort.step == total
        yield cohort.snapshot(evaluation)
        stopping = stop()
        due = time.monotonic() - written > pace.checkpoint_seconds
        if checkpoint and (evaluation or due or stopping):
            cohort.checkpoint().save(checkpoint)
            written = time.monotonic()
        if stopping:
            return


def _until_next(now: int, total: int, pace: Pace) -> int:
    """Steps to the next snapshot: the next multiple of the window or of the evaluations, or the end."""
    stops = (now // pace.window + 1) * pace.window, (now // pace.evaluate_every + 1) * pace.evaluate_every
    return min(*stops, total) - now
