"""How long a study will take, in words; trains none of it.

What a step of its programs (a structure and the size of a cohort) takes is counted and timed by
`bench.step_cost`, what a score takes by `bench.scoring_cost`: both need torch, and a process that has
imported it may be asked. Where the study's journal has finished runs of a structure, their time is used.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import mean, median

from bench import placement
from bench.errands import Ask, here, know_plugins
from bench.known_times import Known, Times
from bench.plan import Cohort, Plan
from bench.scoring_cost import score_seconds
from bench.step_cost import Steps, measure
from bench.study import Study

STARTUP = 8.0
"""Seconds until workers have imported torch and looked at the data."""
MOST_ASKED = 20
"""Programs whose work is asked for, up to twice as many; of hundreds they stand for all."""
SPREAD = {"measured": 1.3, "timed": 1.7, "counted": 3.0}
"""How far the truth may be off, either way, by where a number comes from: machines have other work too."""

# A step as against the forward pass of G alone, of which sampling is made.
_FORWARDS_IN_A_STEP = 10.0
# Workers on every core share its caches, its memory and often its hyperthreads; a step timed alone does not.
_CROWDED = 1.5

NOTHING = Known(frozenset(), {}, None)
"""What is known where there is no journal."""
Program = tuple[str, int]
"""A structure and the size of its cohort."""


@dataclass(frozen=True)
class Measured:
    """What torch has to be asked for."""

    steps: Steps
    score: float | None
    """Seconds of one; None if nobody wanted to know."""


def measured(
    study: Study, groups: Sequence[Cohort], device: str, threads: int | None, score: bool
) -> Measured:
    """Count and time what a study does.

    Args:
        study: How runs are scored.
        groups: A cohort of each program that is not known.
        device: Where it is timed.
        threads: CPU threads of a worker; None leaves them alone.
        score: Whether a score is to be timed too.
    """
    # The process that is asked has not planned the study.
    know_plugins(study)
    return Measured(measure(groups, device, threads), score_seconds(study, device) if score else None)


def estimate(
    plan: Plan, groups: Sequence[Cohort], devices: Sequence[str], times: Times, ask: Ask = here
) -> str:
    """How long what is left of a study will take, such as "about 2 to 5 minutes".

    Args:
        plan: The study.
        groups: Its runs as they train together.
        devices: The device of every worker: "cpu", "cuda" or "cuda:N".
        times: What the study's journal says.
        ask: Of whom torch's part is asked.
    """
    device = devices[0]
    known = times.on(device)
    left = [group for group in groups if any(run.id not in known.ended for run in group.runs)]
    if not left:
        return "nothing is left to run"
    workers = min(len(devices), len(left))
    spans = costs(plan.study, left, known, device, workers, ask)
    low, high = [span[0] for span in spans], [span[1] for span in spans]
    runs = sum(run.id not in known.ended for group in left for run in group.runs)
    about = words(STARTUP + makespan(low, workers), STARTUP + makespan(high, workers))
    if not known.ended:
        return about
    return f"{about} for the {f'{runs} runs that are' if runs > 1 else 'run that is'} left"


def costs(
    study: Study, groups: Sequence[Cohort], known: Known, device: str, workers: int, ask: Ask = here
) -> list[tuple[float, float]]:
    """The least and the most seconds that each of `groups` will take, one after the other.

    Args:
        study: How runs are scored.
        groups: Cohorts to train.
        known: What the journal says.
        device: Where a few steps may be timed.
        workers: Processes that share the device's cores.
        ask: Of whom torch's part is asked.
    """
    programs = [(group.runs[0].recipe.structure(), len(group.runs)) for group in groups]
    first = dict(zip(reversed(programs), reversed(groups), strict=True))
    unknown = [program for program in dict.fromkeys(programs) if program[0] not in known.training]
    some = unknown[:: max(1, len(unknown) // MOST_ASKED)]
    threads = max(1, placement.cores() // workers) if device == "cpu" else None
    found = Measured(Steps({}, {}), None)
    if some or known.score is None:
        found = ask(measured, study, [first[one] for one in some], device, threads, known.score is None)
    crowded = _CROWDED if workers > 1 else 1.0
    steps = step_seconds(first, known, some, found.steps, crowded)
    score = crowded * (found.score or 0.0) if known.score is None else known.score
    spans = []
    for group, program in zip(groups, programs, strict=True):
        (seconds, spread), recipe = steps[program], group.runs[0].recipe
        scored = -(-recipe.steps // study.evaluate_every) * len(group.runs)
        sampled = seconds / len(group.runs) / _FORWARDS_IN_A_STEP / recipe.batch_size * study.samples
        cost = recipe.steps * seconds + scored * (score + (sampled if known.score is None else 0.0))
        spans.append((cost / spread, cost * spread))
    return spans


def step_seconds(
    programs: Mapping[Program, Cohort],
    known: Known,
    asked: Sequence[Program],
    steps: Steps,
    crowded: float = 1.0,
) -> dict[Program, tuple[float, float]]:
    """Seconds of one step of every program, and the factor that the truth may be off by.

    Args:
        programs: What is left to run, a cohort of each.
        known: What the journal says; its times are used as they are.
        asked: Programs that `steps` are of.
        steps: What was found out of them.
        crowded: How much slower a step is while other workers are at work.
    """
    counted = {asked[index]: seconds for index, seconds in steps.counted.items()}
    timed = {asked[index]: seconds for index, seconds in steps.timed.items()}
    usual = mean(counted.values()) if counted else 0.0
    ratio = median(timed[program] / counted[program] for program in timed) if timed else 1.0
    found: dict[Program, tuple[float, float]] = {}
    for program, group in programs.items():
        if program[0] in known.training:
            share = known.training[program[0]]
            found[program] = (share * len(group.runs) / group.runs[0].recipe.steps, SPREAD["measured"])
        elif program in timed:
            found[program] = (crowded * timed[program], SPREAD["timed"])
        else:
            # The scale of its neighbours is known, or else nothing but its own counts.
            nominal = counted.get(program, usual)
            found[program] = (crowded * nominal * ratio, SPREAD["timed" if timed else "counted"] * 1.25)
    return found


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
