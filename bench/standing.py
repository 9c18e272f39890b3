"""How a study stands: the fold of its journal that people watch, while it runs and afterwards.

The live view of `ganbench run` and `ganbench status` show the same fold. An event costs the same however many
have been taken. A driver that was killed says nothing; whether it lives is asked of the system.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable
from pathlib import Path

from bench.at_work import Working
from bench.headlines import leading
from bench.journal import Event
from bench.journal_tail import Tail
from bench.time_left import Costs

TROUBLES = 50
"""Warnings that are kept, the last ones."""
_OVER = ("lost", "memory", "error")
"""Kinds of trouble after which nobody works on a cohort until a worker begins anew."""


class Standing:
    """The picture so far."""

    def __init__(self) -> None:
        self.study: Event | None = None
        """The last plan."""
        self.arms: dict[str, str] = {}
        """Planned run -> its arm."""
        self.ended: dict[str, str] = {}
        """Run -> verdict, planned or not."""
        self.verdicts: Counter[str] = Counter()
        """Verdict -> planned runs."""
        self.working: dict[str, Working] = {}
        """Cohort -> who is at it."""
        self.troubles: deque[Event] = deque(maxlen=TROUBLES)
        """The last ones, each with the `name` of what was at work, if that is known."""
        self.warnings = 0
        """How many troubles there have been."""
        self.driver: Event | None = None
        """How the last driver began."""
        self.over: Event | None = None
        """How it ended; None if it has not said so."""
        self.last: float | None = None
        """Time of the last event, in seconds since the epoch."""
        self.trials: dict[tuple[str, int], tuple[str, ...]] = {}
        """Arm and number of each trial of a search -> its runs."""
        self._open: set[str] = set()
        """Runs that have started and have no outcome."""
        self._costs = Costs()
        self._cohort_of: dict[str, str] = {}

    @property
    def planned(self) -> int:
        """Runs of the last plan, those of a search's trials included."""
        return len(self.arms)

    @property
    def done(self) -> int:
        """Planned runs that have an outcome."""
        return self.verdicts.total()

    @property
    def outputs(self) -> list[str]:
        """The outputs that are shown first: what conclusions rest on, then the other headlines."""
        study = self.study or {}
        return leading(study["primary"], study["outputs"]) if study.get("outputs") else []

    def counts(self) -> dict[str, int]:
        """Verdict -> planned runs that have come to it: healthy ones first, failed ones last."""
        order = sorted(
            self.verdicts, key=lambda verdict: (verdict != "healthy", verdict == "failed", verdict)
        )
        return {verdict: n for verdict in order if (n := self.verdicts[verdict])}

    @property
    def interrupted(self) -> int:
        """Runs that have started, have no outcome, and that nobody is at."""
        return len(self._open - self._cohort_of.keys())

    def progress(self) -> float:
        """Planned runs that are done, those at work by the share of their steps."""
        part = sum(
            work.step / work.steps * sum(run in self.arms and run not in self.ended for run in work.runs)
            for work in self.working.values()
            if work.steps
        )
        return self.done + part

    def take(self, event: Event) -> None:
        """Learn from one event; types that nobody here knows are passed over."""
        self.last = float(event.get("time") or 0.0) or self.last
        match event["type"]:
            case "study":
                self._planned(event)
            case "trial":
                self._tried(event)
            case "driver":
                self._driven(event)
            case "task":
                self._begun(event)
            case "start":
                self._started(event)
            case "cohort" if event["cohort"] in self.working:
                self.working[event["cohort"]].advanced(event)
            case "score" if event["run"] in self._cohort_of:
                self.working[self._cohort_of[event["run"]]].scored(event)
            case "trouble":
                self._troubled(event)
            case "split":
                self._left(event["cohort"])
            case "end" if event["run"] not in self.ended:
                self._ended(event)

    def time_left(self, now: float) -> float | None:
        """Seconds until all planned runs have an outcome, if it goes on as it does.

        None where there is no basis: nobody is at work, or neither has any run ended nor has any cohort
        taken a step.
        """
        if not self.working:
            return None
        sizes = {work.cohort: len(work.runs) for work in self.working.values() if work.per_step}
        guesses = [
            work.per_step * work.steps / sizes[work.cohort] for work in self.working.values() if work.per_step
        ]
        mean = self._costs.mean or (sum(guesses) / len(guesses) if guesses else None)
        if mean is None:
            return None
        total, longest = self._costs.total(mean), 0.0
        for work in self.working.values():
            if (left := work.seconds_left) is None:
                continue
            left = max(0.0, left - max(0.0, now - work.heard))
            mine = [self.arms[run] for run in work.runs if run in self.arms and run not in self.ended]
            total += left - sum(self._costs.of(arm) or mean for arm in mine)
            longest = max(longest, left)
        workers = max(len((self.driver or {}).get("devices") or ()), len(self.working))
        return max(total / workers, longest)

    def _planned(self, event: Event) -> None:
        self.study = event
        self.arms = {run["id"]: arm["id"] for arm in event["arms"] for run in arm["runs"]}
        for (arm, _), runs in self.trials.items():
            self.arms.update(dict.fromkeys(runs, arm))
        self.verdicts = Counter(verdict for run, verdict in self.ended.items() if run in self.arms)
        self._costs.plan(arm for run, arm in self.arms.items() if run not in self.ended)

    def _tried(self, event: Event) -> None:
        self.trials[event["arm"], event["number"]] = tuple(event["runs"])
        for run in event["runs"]:
            if run not in self.arms:
                self.arms[run] = event["arm"]
                if run in self.ended:
                    self.verdicts[self.ended[run]] += 1
                else:
                    self._costs.expect(event["arm"], 1)

    def _driven(self, event: Event) -> None:
        if event["phase"] == "begin":
            self.driver, self.over = event, None
        else:
            self.over = event
        for cohort in list(self.working):
            self._left(cohort)

    def _begun(self, event: Event) -> None:
        self._left(event["cohort"])
        self.working[event["cohort"]] = Working(
            event["cohort"],
            str(event["worker"]),
            str(event["device"]),
            int(event["attempt"]),
            tuple(event["runs"]),
            int(event["steps"]),
            float(event["time"]),
        )
        self._cohort_of.update(dict.fromkeys(event["runs"], event["cohort"]))

    def _started(self, event: Event) -> None:
        self._open.add(event["run"])
        work = self.working.get(self._cohort_of.get(event["run"], ""))
        if work is not None and event["arm_name"] not in work.names:
            work.names.append(event["arm_name"])
        if self.ended.get(event["run"]) == "failed":
            # It is being tried again.
            del self.ended[event["run"]]
            if event["run"] in self.arms:
                self.verdicts["failed"] -= 1
                self._costs.expect(self.arms[event["run"]], 1)

    def _troubled(self, event: Event) -> None:
        work = self.working.get(event.get("cohort") or "")
        self.troubles.append({**event, "name": work.title if work is not None else None})
        self.warnings += 1
        if event.get("kind") in _OVER and event.get("cohort") is not None:
            self._left(event["cohort"])

    def _ended(self, event: Event) -> None:
        run, verdict = event["run"], str(event["verdict"])
        self.ended[run] = verdict
        self._open.discard(run)
        if (arm := self.arms.get(run)) is not None:
            self.verdicts[verdict] += 1
            self._costs.expect(arm, -1)
            # A run that was cut short took less than the others will.
            if verdict not in ("failed", "diverged") and event.get("seconds"):
                self._costs.learn(arm, event["seconds"] + (event.get("scoring_seconds") or 0.0))
        work = self.working.get(self._cohort_of.get(run, ""))
        if work is not None and all(member in self.ended for member in work.runs):
            self._left(work.cohort)

    def _left(self, cohort: str) -> None:
        """Nobody is at a cohort any more."""
        work = self.working.pop(cohort, None)
        for run in work.runs if work else ():
            self._cohort_of.pop(run, None)


def standing(events: Iterable[Event]) -> Standing:
    """The picture after these events."""
    found = Standing()
    for event in events:
        found.take(event)
    return found


def read(path: Path) -> tuple[Standing, Tail]:
    """The picture that a journal gives, and where its next event will be."""
    tail = Tail(path)
    return standing(tail.news()), tail
