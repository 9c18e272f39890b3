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
from gan.kept import Kept, Tell
from gan.memory import keep_freed_memory
from gan.pace import Pace as Pace
from gan.players import Knobs, Nets
from gan.recipe import Recipe, digest
from gan.replica import LOGGED, NEVER, Replica, advance, attempt, settle
from gan.sampling import sample
from gan.strengths import strengths
from gan.tricks.base import Side


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
        self.share = 0.0
        """Seconds of training that fall to each replica that is still here."""
        self.counts: dict[str, int] = {}
        """By name, what whoever watches the cohort counts; kept in its checkpoints."""
        self.left: list[str] = []
        """Names of the replicas that have left."""
        self._periods = self.knobs[0].tricks.every
        self._compiled = compiled
        self._programs: dict[frozenset[str], Callable[[Replica, Tensor], Replica]] = {}

    def _begin(self, recipe: Recipe, knobs: Knobs) -> Replica:
        state = state_of(recipe, self.nets, knobs)
        zero = state.players["generator"].parameters.new_zeros
        return Replica(state, zero(len(LOGGED)), zero(()), torch.full_like(knobs.seed, NEVER))

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
        """Whether nothing is left to train: all steps are done, or every replica has diverged or left."""
        done = self.step >= self.nets.steps or not self.size
        return done or bool((self.replicas.diverged != NEVER).all())

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
        spent = time.perf_counter() - begin
        self.seconds += spent
        self.share += spent / self.size

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
            None if at == NEVER else int(at) for at in self.replicas.diverged.reshape(self.size).tolist()
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
        leaves, counts = pytree.tree_leaves(self.replicas), dict(self.counts)
        return Checkpoint(self.step, self.seconds, self.names, leaves, list(self.left), counts, self.share)

    def alone(self, index: int) -> Checkpoint:
        """One replica's state, as that of a cohort of one."""
        names, leaves = [self.names[index]], pytree.tree_leaves(self.replica(index))
        return Checkpoint(self.step, self.seconds, names, [leaf.clone() for leaf in leaves])

    def restore(self, saved: Checkpoint) -> None:
        """Go on from there. Raises ValueError if it is another cohort's."""
        leaves, spec = pytree.tree_flatten(self.replicas)
        alike = [(x.shape, x.dtype) for x in saved.tensors] == [(x.shape, x.dtype) for x in leaves]
        if saved.names != self.names or not alike:
            raise ValueError("the checkpoint belongs to another cohort")
        self.replicas = pytree.tree_unflatten(saved.tensors, spec)
        self.step, self.seconds = saved.step, saved.seconds
        self.share = saved.seconds / self.size if saved.share is None else saved.share
        self.left, self.counts = list(saved.left), dict(saved.counts)

    def keep(self, names: Sequence[str]) -> None:
        """Go on as the smaller cohort of these replicas, or of none; the others have left."""
        if list(names) == self.names:
            return
        places = [self.names.index(name) for name in names]
        kept = [self.replica(place) for place in places]
        self.left += [name for name in self.names if name not in names]
        self.names, self.size = list(names), len(places)
        self.knobs = [self.knobs[place] for place in places]
        self._programs = {}
        if kept:  # A copy, so that what has left does not stay in memory.
            self.replicas = self._join(kept) if self.size > 1 else tree_map(torch.clone, kept[0])

    def resume(self, saved: Checkpoint) -> None:
        """Go on from there, with those that had not left. Raises ValueError if it is of another cohort."""
        own = saved.only(self.names)
        self.keep(own.names)
        if self.size:
            self.restore(own)


def train(
    cohort: Cohort,
    pace: Pace,
    checkpoint: Path | None = None,
    stop: Callable[[], bool] = lambda: False,
    origin: Path | None = None,
    tell: Tell = lambda kind, sentence: None,
) -> Iterator[Snapshot]:
    """Train to the end, or until `stop()`, yielding a snapshot a window.

    Goes on from `checkpoint` (or the one before: `gan.kept`) and ends where an undisturbed run would have,
    bit for bit; else from `origin`, the checkpoint of a larger cohort that this one was a part of. The file
    is written after the consumer has dealt with a snapshot: what it made of the snapshot may be repeated
    after a kill, never lost. `tell` hears of damage and of a full disk.
    """
    kept = Kept(checkpoint, tell, stop) if checkpoint else None
    stopping, written = False, time.monotonic()
    if kept and kept.resume(cohort.resume, cohort.data.device, origin) and cohort.size:
        stopping = not kept.save(cohort.checkpoint())
    while not (stopping or cohort.over):
        cohort.run(_until_next(cohort.step, cohort.nets.steps, pace))
        evaluation = cohort.step % pace.evaluate_every == 0 or cohort.step == cohort.nets.steps
        yield cohort.snapshot(evaluation)
        stopping = stop()
        due = time.monotonic() - written > pace.checkpoint_seconds
        if kept and cohort.size and (evaluation or due or stopping):
            stopping |= not kept.save(cohort.checkpoint())
            written = time.monotonic()


def _until_next(now: int, total: int, pace: Pace) -> int:
    """Steps to the next snapshot: the next multiple of the window or of the evaluations, or the end."""
    stops = (now // pace.window + 1) * pace.window, (now // pace.evaluate_every + 1) * pace.evaluate_every
    return min(*stops, total) - now
