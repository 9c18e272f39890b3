"""Which runs of a study come next: batches of trials, and in the end every arm's winner on fresh seeds.

Everything is a function of the plan and of the journal (`bench.ledger`), so that a search that was killed
goes on as if it had not been: a proposal depends on the batches before its own, the trials of its own batch
that were asked before it, and a seed that is made of the arm and the trial's number. What was journaled
stands.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any

from bench.journal import Event
from bench.ledger import Ledger
from bench.plan import Arm, Plan, Run, mentioned_tricks, runs_of
from bench.study import Study
from bench.tuning.choice import Standing, ranks, standing, winner
from bench.tuning.prospect import stand_ins
from bench.tuning.sampling import ask
from bench.tuning.space import Knobs, present, with_knobs
from gan.recipe import digest

_TIMES = 20
"""How often a proposal is asked for anew because it repeats a trial; then the repeat stands, at no cost."""


@dataclass(frozen=True)
class Round:
    """What is to be done next."""

    events: tuple[Event, ...]
    """To be journaled before any of the runs starts."""
    runs: tuple[Run, ...]
    """To be trained; none when everything is done."""


def settled(plan: Plan, ledger: Ledger) -> Plan:
    """The plan with the runs of those winners that are known; of a design that searches nothing, as it is."""
    study, declared = plan.study, plan.study.search
    if declared is None:
        return plan
    arms, searched = [], dict(plan.searched)
    for arm in plan.arms:
        won = ledger.winners.get(arm.id)
        # More trials may have been asked for since; then the winner is not known yet.
        if arm.id in searched and won is not None and won["trials"] == declared.trials:
            searched[arm.id] = replace(searched[arm.id], winner=won)
            arm = replace(arm, runs=_runs(study, arm, won["knobs"], study.seeds))
        arms.append(arm)
    return replace(plan, arms=tuple(arms), searched=searched)


def more(plan: Plan, ledger: Ledger, again: Collection[str] = (), only: Collection[str] = ()) -> Round:
    """What comes next: a batch of trials of every arm, or its winner; in other designs all that is left.

    Args:
        plan: Of any design.
        ledger: Its study event must be there.
        again: Runs that have ended and are to be run once more.
        only: Arms to go on with; all if there are none.
    """
    if plan.study.search is None:
        wanted = tuple(run for run in plan.runs if not only or run.arm in only)
        return Round((), _left(wanted, ledger, again))
    events: list[Event] = []
    runs: list[Run] = []
    for arm in plan.arms:
        if only and arm.id not in only:
            continue
        if arm.id not in plan.searched:
            runs += _left(arm.runs, ledger, again)
            continue
        found = _next_batch(plan, arm, ledger, again) or _winner(plan, arm, ledger, again)
        events += found.events
        runs += found.runs
    # Two arms may have found the same; it trains once.
    return Round(tuple(events), tuple({run.id: run for run in runs}.values()))


def foreseen(plan: Plan, ledger: Ledger) -> list[tuple[Run, ...]]:
    """All runs there will be, in rounds that follow each other; stand-ins for those that nobody knows yet."""
    declared, now = plan.study.search, settled(plan, ledger)
    rounds = []
    if declared is not None:
        for first in range(0, declared.trials, declared.batch):
            numbers = range(first, min(first + declared.batch, declared.trials))
            rounds.append(
                tuple(
                    run
                    for arm in plan.arms
                    if arm.id in plan.searched
                    for number in numbers
                    for run in _trial_runs(plan, arm, number, ledger)
                )
            )
    return [*rounds, tuple(now.runs)]


def _next_batch(plan: Plan, arm: Arm, ledger: Ledger, again: Collection[str]) -> Round | None:
    """The arm's first batch that is not over; None if all are."""
    declared = plan.study.search
    assert declared is not None
    known = dict(ledger.trials.get(arm.id, {}))
    for first in range(0, declared.trials, declared.batch):
        numbers = range(first, min(first + declared.batch, declared.trials))
        events = []
        for number in numbers:
            if number not in known:
                known[number] = _trial(plan, arm, number, first, known, ledger)
                events.append(known[number])
        runs = [run for n in numbers for run in _runs(plan.study, arm, known[n]["knobs"], declared.seeds)]
        # Repeats are runs of two trials and train once.
        left = _left(tuple({run.id: run for run in runs}.values()), ledger, again)
        if events or left:
            return Round(tuple(events), left)
    return None


def _trial(
    plan: Plan, arm: Arm, number: int, first: int, known: Mapping[int, Event], ledger: Ledger
) -> Event:
    """The event of a new trial.

    Args:
        first: Number of the first trial of its batch; all before that are over.
        known: The trials so far.
    """
    declared, dimensions = plan.study.search, plan.searched[arm.id].space
    assert declared is not None
    over = [known[n] for n in range(first)]
    places = ranks([_standing(trial, ledger) for trial in over], _decisive(ledger)[1])
    history = [(trial["knobs"], place) for trial, place in zip(over, places, strict=True)]
    waiting = [known[n]["knobs"] for n in range(first, number)]
    knobs: Knobs = present(arm.settings, dimensions)
    seen = [trial["knobs"] for trial in known.values()]
    # The first trial is what the study itself has set: a searched arm has had its defaults in the race.
    for attempt in range(_TIMES if number else 0):
        seed = int(digest([arm.id, number, attempt]), 16) % 2**32
        knobs = ask(dimensions, history, waiting, seed, declared.sampler, declared.trials)
        if knobs not in seen:
            break
    return {
        "type": "trial",
        "arm": arm.id,
        "number": number,
        "batch": first // declared.batch,
        "sampler": declared.sampler,
        "knobs": knobs,
        "seeds": list(declared.seeds),
        "runs": [run.id for run in _runs(plan.study, arm, knobs, declared.seeds)],
    }


def _winner(plan: Plan, arm: Arm, ledger: Ledger, again: Collection[str]) -> Round:
    """The arm's winner on the study's seeds; all its trials are over."""
    declared, (output, direction) = plan.study.search, _decisive(ledger)
    assert declared is not None
    trials = [ledger.trials[arm.id][number] for number in range(declared.trials)]
    standings = [_standing(trial, ledger) for trial in trials]
    best = winner(standings, direction)
    event = {
        "type": "winner",
        "arm": arm.id,
        "trial": best,
        "trials": declared.trials,
        "knobs": trials[best]["knobs"],
        "output": output,
        "value": standings[best].mean,
        "failed": standings[best].failed,
    }
    known = {key: value for key, value in ledger.winners.get(arm.id, {}).items() if key != "time"}
    runs = _left(_runs(plan.study, arm, event["knobs"], plan.study.seeds), ledger, again)
    return Round((event,) if event != known else (), runs)


def _standing(trial: Mapping[str, Any], ledger: Ledger) -> Standing:
    output, _ = _decisive(ledger)
    return standing([(ledger.ended[run].get("final") or {}).get(output) for run in trial["runs"]])


def _decisive(ledger: Ledger) -> tuple[str, str]:
    """The output that trials are compared by, and which end of it is better."""
    assert ledger.study is not None, "a search goes by a plan"
    output = str(ledger.study["primary"])
    return output, str(ledger.study["outputs"][output]["direction"])


def _left(runs: tuple[Run, ...], ledger: Ledger, again: Collection[str]) -> tuple[Run, ...]:
    return tuple(run for run in runs if run.id not in ledger.ended or run.id in again)


def _runs(study: Study, arm: Arm, knobs: Knobs, seeds: Collection[int]) -> tuple[Run, ...]:
    return runs_of(study, arm.id, with_knobs(arm.settings, knobs), seeds, mentioned_tricks(study))


def _trial_runs(plan: Plan, arm: Arm, number: int, ledger: Ledger) -> tuple[Run, ...]:
    assert plan.study.search is not None
    seeds = plan.study.search.seeds
    if (trial := ledger.trials.get(arm.id, {}).get(number)) is not None:
        return _runs(plan.study, arm, trial["knobs"], seeds)
    return stand_ins(arm, plan.searched[arm.id], number, seeds)
