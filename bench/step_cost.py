"""How long a step of training takes, found without any data.

A program's own step runs once on the meta device, and what the dispatcher is asked to do is added up, so
tricks cost what they do and none is known by name. A few real steps on random numbers then say how fast this
machine is.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bench.plan import Cohort

if TYPE_CHECKING:
    from collections.abc import Iterator

COUNTING = 0.5
"""Seconds after which no further program is counted: of many some stand for all."""
BUDGET = 0.6
"""Seconds that real steps may take to find out how fast this machine is."""

# The first step of a program also builds it.
_WARM_UP = 0.15


@dataclass(frozen=True)
class Speed:
    """What a device does in a second, roughly; real steps correct it."""

    per_operation: float
    """Seconds to hand one operation to the device, through functorch's layers."""
    products: float
    """Floating-point operations of matrix products a second."""
    convolutions: float
    traffic: float
    """Bytes of everything else a second."""


SPEEDS = {"cpu": Speed(15e-6, 4e10, 4e9, 8e9), "cuda": Speed(20e-6, 2e13, 1e13, 1e12)}


@dataclass(frozen=True)
class Work:
    """What one step of a program asks of a device."""

    operations: int
    products: float
    convolutions: float
    traffic: float

    def seconds(self, speed: Speed) -> float:
        """How long that takes at a nominal speed."""
        moved = self.products / speed.products + self.convolutions / speed.convolutions
        return self.operations * speed.per_operation + moved + self.traffic / speed.traffic


@dataclass(frozen=True)
class Steps:
    """What was found out of some programs."""

    counted: Mapping[int, float]
    """Index of a cohort -> seconds of one step at a nominal speed."""
    timed: Mapping[int, float]
    """Index of a cohort -> seconds of one step on this machine."""


def measure(groups: Sequence[Cohort], device: str, threads: int | None = None) -> Steps:
    """What a step of some of these cohorts takes, each of another program: as many as there is time for.

    Args:
        groups: The cohorts.
        device: Where steps are timed.
        threads: CPU threads of a step; None leaves them alone.
    """
    with _threads(threads):
        counted = _count_some(groups, device)
        return Steps(
            counted, _time_some({index: (groups[index], counted[index]) for index in counted}, device)
        )


def _count_some(groups: Sequence[Cohort], device: str) -> dict[int, float]:
    """Nominal seconds of a step, at least of one cohort."""
    speed, end = SPEEDS["cpu" if device == "cpu" else "cuda"], time.perf_counter() + COUNTING
    found: dict[int, float] = {}
    # Neighbours differ in one level only: the first that are counted lie far apart.
    for index in sorted(range(len(groups)), key=lambda index: f"{index:b}"[::-1].ljust(32, "0")):
        if found and time.perf_counter() > end:
            break
        found[index] = work_of(groups[index]).seconds(speed)
    return found


def work_of(group: Cohort) -> Work:
    """What one step of a cohort asks for. Computes nothing: every tensor is on the meta device."""
    import torch

    # Two replicas run the vectorised program as well as hundreds do, and are set up sooner.
    few = Cohort(group.id, group.runs[:2])
    counter, cohort, share = _counter(), stand_in(few, "meta"), len(group.runs) / len(few.runs)
    with counter, torch.no_grad():
        cohort.run(1)
    moved = (counter.products, counter.convolutions, counter.traffic)
    return Work(counter.operations, *(share * each for each in moved))


def _time_some(counted: Mapping[int, tuple[Cohort, float]], device: str) -> dict[int, float]:
    """Seconds of a real step of as many programs as the budget allows, the cheapest first."""
    timed: dict[int, float] = {}
    spent = 0.0
    for index, (group, nominal) in sorted(counted.items(), key=lambda item: item[1][1]):
        if spent + _WARM_UP + 3 * nominal > BUDGET:
            break
        begin = time.perf_counter()
        cohort = stand_in(group, device)
        cohort.run(1)
        before = cohort.seconds
        cohort.run(2)
        timed[index] = (cohort.seconds - before) / 2
        spent += time.perf_counter() - begin
    return timed


def stand_in(group: Cohort, device: str) -> Any:
    """The cohort in training, with nothing (on the meta device) or noise for data."""
    import torch

    from gan import train
    from gan.build import component

    recipes = [run.recipe for run in group.runs]
    shape = (256, *component("data", recipes[0].data).shape)
    data = torch.empty(shape, device="meta") if device == "meta" else torch.randn(shape).clamp(-1.0, 1.0)
    return train.Cohort(recipes, data, torch.device(device))


def _counter() -> Any:
    """A mode that adds up what the dispatcher is asked for."""
    import torch
    from torch.utils import _pytree as pytree
    from torch.utils._python_dispatch import TorchDispatchMode
    from torch.utils.flop_counter import flop_registry

    class Counter(TorchDispatchMode):  # type: ignore[no-untyped-call]
        """`FlopCounterMode` itself tracks modules by hooks, which fail under torch.func."""

        def __init__(self) -> None:
            super().__init__()  # type: ignore[no-untyped-call]
            self.operations = 0
            self.products = self.convolutions = self.traffic = 0.0

        def __torch_dispatch__(self, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
            if function is torch.ops.aten._local_scalar_dense.default:
                return True  # Is all of it finite? Nothing has a value here; go on as training usually does.
            out = function(*args, **(kwargs or {}))
            self.operations += 1
            packet = function._overloadpacket
            if packet in flop_registry:
                flops = flop_registry[packet](*args, **(kwargs or {}), out_val=out)
                if "conv" in packet.__name__:
                    self.convolutions += flops
                else:
                    self.products += flops
            elif not function.is_view:
                tensors = [leaf for leaf in pytree.tree_leaves((args, out)) if isinstance(leaf, torch.Tensor)]
                self.traffic += sum(tensor.numel() * tensor.element_size() for tensor in tensors)
            return out

    return Counter()


@contextmanager
def _threads(count: int | None) -> Iterator[None]:
    """As many CPU threads as a worker will have; None leaves them alone."""
    import torch

    before = torch.get_num_threads()
    set_threads: Callable[[int], None] = torch.set_num_threads
    set_threads(count or before)
    try:
        yield
    finally:
        set_threads(before)
