"""How long a study will take, in words; trains none of it.

Every program (structure and cohort size) is counted once without computing anything: its own step runs
on the meta device, and what the dispatcher is asked to do is added up, so tricks cost what they do and
none is known by name. A few real steps on random numbers then say how fast this machine is, within a
budget of seconds. Where the study's journal has finished runs of a structure, their time is used instead.
"""

from __future__ import annotations

import heapq
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import mean, median
from typing import TYPE_CHECKING, Any

from bench import placement
from bench.journal import Journal
from bench.known_times import Known, known_times
from bench.plan import Cohort, Plan
from bench.scoring_cost import score_seconds
from bench.study import Study

if TYPE_CHECKING:
    from collections.abc import Iterator

BUDGET = 2.0
"""Seconds that real steps may take to find out how fast this machine is."""
STARTUP = 8.0
"""Seconds until workers have imported torch and looked at the data."""
MOST_COUNTED = 20
"""Programs whose work is counted, up to twice as many; of hundreds they stand for all."""
SPREAD = {"measured": 1.3, "timed": 1.7, "counted": 3.0}
"""How far the truth may be off, either way, by where a number comes from: machines have other work too."""

# A step as against the forward pass of G alone, of which sampling is made.
_FORWARDS_IN_A_STEP = 10.0
# Workers on every core share its caches, its memory and often its hyperthreads; a step timed alone does not.
_CROWDED = 1.5
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


NOTHING = Known(frozenset(), {}, None)
"""What is known where there is no journal."""
Program = tuple[str, int]
"""A structure and the size of its cohort."""


def estimate(plan: Plan, groups: Sequence[Cohort], devices: Sequence[str], results: Path) -> str:
    """How long what is left of a study will take, such as "about 2 to 5 minutes".

    Args:
        plan: The study.
        groups: Its runs as they train together.
        devices: The device of every worker: "cpu", "cuda" or "cuda:N".
        results: Folder of all studies' results, where the study may have a journal already.
    """
    device = devices[0]
    known = known_times(Journal(results / plan.study.name / "journal.jsonl"), device)
    left = [group for group in groups if any(run.id not in known.ended for run in group.runs)]
    if not left:
        return "nothing is left to run"
    workers = min(len(devices), len(left))
    spans = costs(plan.study, left, known, device, workers)
    low, high = [span[0] for span in spans], [span[1] for span in spans]
    runs = sum(run.id not in known.ended for group in left for run in group.runs)
    about = words(STARTUP + makespan(low, workers), STARTUP + makespan(high, workers))
    if not known.ended:
        return about
    return f"{about} for the {f'{runs} runs that are' if runs > 1 else 'run that is'} left"


def costs(
    study: Study, groups: Sequence[Cohort], known: Known, device: str, workers: int
) -> list[tuple[float, float]]:
    """The least and the most seconds that each of `groups` will take, one after the other.

    Args:
        study: How runs are scored.
        groups: Cohorts to train.
        known: What the journal says.
        device: Where a few steps may be timed.
        workers: Processes that share the device's cores.
    """
    with _threads(max(1, placement.cores() // workers) if device == "cpu" else None):
        crowded = _CROWDED if workers > 1 else 1.0
        steps = step_seconds(groups, known, device, crowded)
        score = known.score or crowded * score_seconds(study, device)
    found = []
    for group in groups:
        (seconds, spread), recipe = steps[_program(group)], group.runs[0].recipe
        scored = -(-recipe.steps // study.evaluate_every) * len(group.runs)
        sampled = seconds / len(group.runs) / _FORWARDS_IN_A_STEP / recipe.batch_size * study.samples
        cost = recipe.steps * seconds + scored * (score + (0.0 if known.score else sampled))
        found.append((cost / spread, cost * spread))
    return found


def step_seconds(
    groups: Sequence[Cohort], known: Known, device: str, crowded: float = 1.0
) -> dict[Program, tuple[float, float]]:
    """Seconds of one step of every program, and the factor that the truth may be off by.

    Args:
        groups: What is left to run.
        known: What the journal says; its times are used as they are.
        device: Where a few steps may be timed.
        crowded: How much slower a step is while other workers are at work.
    """
    found: dict[Program, tuple[float, float]] = {}
    unknown: dict[Program, Cohort] = {}
    speed = SPEEDS["cpu" if device == "cpu" else "cuda"]
    for group in groups:
        program, recipe = _program(group), group.runs[0].recipe
        if program in found or program in unknown:
            continue
        if program[0] in known.training:
            share = known.training[program[0]]
            found[program] = (share * len(group.runs) / recipe.steps, SPREAD["measured"])
        else:
            unknown[program] = group
    some = list(unknown)[:: max(1, len(unknown) // MOST_COUNTED)]
    counted = {program: (unknown[program], work_of(unknown[program]).seconds(speed)) for program in some}
    usual = mean(nominal for _, nominal in counted.values()) if counted else 0.0
    timed = _time_some(counted, device)
    ratio = median(timed[p] / counted[p][1] for p in timed) if timed else 1.0
    for program in unknown:
        nominal = counted[program][1] if program in counted else usual
        if program in timed:
            found[program] = (crowded * timed[program], SPREAD["timed"])
        else:
            # The scale of its neighbours is known, or else nothing but its own counts.
            found[program] = (crowded * nominal * ratio, SPREAD["timed" if timed else "counted"] * 1.25)
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


def _time_some(counted: Mapping[Program, tuple[Cohort, float]], device: str) -> dict[Program, float]:
    """Seconds of a real step of as many programs as the budget allows, the cheapest first."""
    timed: dict[Program, float] = {}
    spent = 0.0
    for program, (group, nominal) in sorted(counted.items(), key=lambda item: item[1][1]):
        if spent + _WARM_UP + 3 * nominal > BUDGET:
            break
        begin = time.perf_counter()
        cohort = stand_in(group, device)
        cohort.run(1)
        before = cohort.seconds
        cohort.run(2)
        timed[program] = (cohort.seconds - before) / 2
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


def makespan(durations: Iterable[float], workers: int) -> float:
    """Seconds until the last of some tasks is done, each handed in order to the first free worker."""
    free = [0.0] * workers
    for duration in durations:
        heapq.heappush(free, heapq.heappop(free) + duration)
    return max(free)


_YEAR = 365.25 * 86_400.0
_UNITS = (
    (90.0, 1.0, "second"),
    (5400.0, 60.0, "minute"),
    (129_600.0, 3600.0, "hour"),
    (2.0 * _YEAR, 86_400.0, "day"),
)


def words(low: float, high: float) -> str:
    """A span of seconds as a person says it: "about 2 to 5 minutes"."""
    size, name = next(((size, name) for most, size, name in _UNITS if high < most), (_YEAR, "year"))
    step = 5 if name == "second" else 1
    first, last = (max(step, round(value / size / step) * step) for value in (low, high))
    if low < size and name != "second":
        return f"up to {last:,} {name}{'s' if last > 1 else ''}"
    span = f"{last:,}" if first == last else f"{first:,} to {last:,}"
    return f"about {span} {name}{'s' if last > 1 else ''}"


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


def _program(group: Cohort) -> Program:
    return group.runs[0].recipe.structure(), len(group.runs)
