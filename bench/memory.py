"""How much memory a cohort takes, found without computing anything, and how many replicas fit.

One step of a cohort of 1 and of 2 runs on the meta device; what is alive at once is added up, so tricks cost
what they do and none is known by name. More replicas follow a straight line. Not seen: the workspaces of
libraries (cuDNN, oneDNN) and an allocator's gaps, which is what `MARGIN` is for.
"""

from __future__ import annotations

import math
import weakref
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gan.recipe import Recipe

if TYPE_CHECKING:
    from torch import Tensor

MARGIN = 0.6
"""Share of the free memory that a cohort may take by this count: on a CPU real peaks were 0.9 to 1.6 times it
(mlp, dcgan, sngan and r3net, without and with r1 and wgan_gp)."""
FRAMEWORK = {"cpu": 900 << 20, "cuda": 1 << 30}
"""Of a process before it trains: torch, its libraries, a CUDA context and the scorer's networks."""
UNKNOWN_ROWS = 100_000
"""Samples that data is taken for whose number only its files tell."""
_CRUDE = 20.0
"""A step holds fewer times what one pass of both players makes; tested for all tricks."""


@dataclass(frozen=True)
class Needs:
    """Bytes that a cohort's tensors take at most."""

    data: float
    step: float
    """A training step, whatever the number of replicas."""
    each: float
    """A training step, a replica."""
    state: float
    """What a replica keeps from step to step."""
    sampling: float
    """Sampling one replica for a score, besides the state."""

    def of(self, replicas: int) -> float:
        """Of so many replicas."""
        # Where one has diverged, the old, the new and the chosen states are there at once.
        training = max(self.step + self.each * replicas, 3.0 * self.state * replicas)
        return self.data + max(training, self.sampling + self.state * replicas)


def fitting(recipe: Recipe, wanted: int, device: str, workers: int = 1) -> int:
    """Replicas of a recipe that train together: `wanted`, halved until they fit; at least 1.

    Args:
        recipe: Of the structure.
        wanted: Most that are worth while.
        device: Where they train.
        workers: Processes that share the device's memory.
    """
    if wanted == 1:
        return wanted
    kind = device.partition(":")[0]
    free = MARGIN * (free_bytes(device) / workers - FRAMEWORK[kind])
    if crude_bytes(recipe) * wanted + data_bytes(recipe) < free:
        return wanted
    found, size = needs(recipe), wanted
    while size > 1 and found.of(size) > free:
        size //= 2
    return size


def needs(recipe: Recipe) -> Needs:
    """What a cohort of this recipe takes, as far as torch's tensors go."""
    import torch
    from torch.utils import _pytree as pytree

    from gan.sampling import sample

    one, two = (step_bytes(recipe, size) for size in (1, 2))
    each = max(two - one, two / 2)
    alone = _cohort(recipe, 1)
    state = sum(leaf.nbytes for leaf in pytree.tree_leaves(alone.replicas) if isinstance(leaf, torch.Tensor))
    alive = _alive()
    with alive, torch.no_grad():
        # As many as are sampled at once (see `gan.sampling`).
        sample(alone.replicas.state, alone.knobs[0], alone.nets, 1, 1000)
    return Needs(data_bytes(recipe), max(0.0, one - each), each, state, alive.peak)


def step_bytes(recipe: Recipe, replicas: int) -> float:
    """Most bytes of tensors alive at once in the first step, in which no penalty rests; without the data."""
    import torch
    from torch.utils import _pytree as pytree

    cohort, alive = _cohort(recipe, replicas), _alive()
    for leaf in pytree.tree_leaves(cohort.replicas):
        if isinstance(leaf, torch.Tensor):
            alive.add(leaf)
    with alive, torch.no_grad():
        cohort.run(1)
    return float(alive.peak)


def _cohort(recipe: Recipe, replicas: int) -> Any:
    from bench.plan import Cohort, Run
    from bench.step_cost import stand_in

    runs = tuple(Run("", "", seed, replace(recipe, seed=seed), {}) for seed in range(replicas))
    return stand_in(Cohort("", runs), "meta")


def crude_bytes(recipe: Recipe) -> float:
    """More than one replica takes, from one pass through each player and their weights; quick."""
    import torch

    from gan.players import generate, judge, latents
    from gan.rng import Rng
    from gan.tricks.base import At

    alone = _cohort(recipe, 1)
    state, knobs, nets = alone.replicas.state, alone.knobs[0], alone.nets
    alive = _alive(forget=False)
    with alive, torch.no_grad():
        t = torch.zeros((), dtype=nets.dtype, device="meta")
        rng = Rng.of(knobs.seed, 0, nets.dtype)
        at = At(t, rng, state.memory, "generator", nets.layouts, shape=nets.shape)
        z = latents(nets, knobs, at)
        x = generate(state.players["generator"].parameters, z, nets, knobs, at)
        judge(state.players["discriminator"].parameters, nets, knobs, at)(x)
    weights = sum(player.parameters.nbytes for player in state.players.values())
    return float(_CRUDE * (alive.peak + weights))


def data_bytes(recipe: Recipe) -> float:
    """The training data, which a cohort keeps on its device."""
    from gan.build import DTYPES, component

    data = component("data", recipe.data)
    rows = data.size or UNKNOWN_ROWS
    return float(rows * math.prod(data.shape) * (DTYPES[recipe.precision].itemsize))


def free_bytes(device: str) -> float:
    """Memory of a device that nobody uses."""
    if device == "cpu":
        return min(_available(), _left_to_group())
    import torch

    free, _ = torch.cuda.mem_get_info(device)
    return float(free)


def _available(file: Path = Path("/proc/meminfo")) -> float:
    """As Linux reckons it; no bound elsewhere."""
    for line in file.read_text().splitlines() if file.exists() else ():
        if line.startswith("MemAvailable:"):
            return float(line.split()[1]) * 1024.0
    return math.inf


def _left_to_group(folder: Path = Path("/sys/fs/cgroup")) -> float:
    """What a container may still take; no bound outside one."""
    most, used = folder / "memory.max", folder / "memory.current"
    if not (most.exists() and used.exists()) or (limit := most.read_text().strip()) == "max":
        return math.inf
    return float(limit) - float(used.read_text())


def _alive(forget: bool = True) -> Any:
    """A mode that keeps count of the bytes of tensors alive; without `forget` of all there ever were."""
    import torch
    from torch.utils import _pytree as pytree
    from torch.utils._python_dispatch import TorchDispatchMode

    class Alive(TorchDispatchMode):  # type: ignore[no-untyped-call]
        def __init__(self) -> None:
            super().__init__()  # type: ignore[no-untyped-call]
            self.now = self.peak = 0
            self.known: set[int] = set()
            self.kept: list[Any] = []

        def add(self, tensor: Tensor) -> None:
            storage = tensor.untyped_storage()
            key = storage._cdata
            if key in self.known:
                return
            size = storage.nbytes()
            self.known.add(key)
            self.now += size
            self.peak = max(self.peak, self.now)
            if forget:
                weakref.finalize(storage, self._drop, key, size)
            else:
                self.kept.append(storage)

        def _drop(self, key: int, size: int) -> None:
            self.known.discard(key)
            self.now -= size

        def __torch_dispatch__(self, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
            if function is torch.ops.aten._local_scalar_dense.default:
                return True  # Nothing has a value here; go on as training usually does.
            out = function(*args, **(kwargs or {}))
            for leaf in pytree.tree_leaves(out):
                if isinstance(leaf, torch.Tensor):
                    self.add(leaf)
            return out

    return Alive()
