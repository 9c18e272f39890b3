"""What a journal says so far, in memory: which runs have ended, which were interrupted, their scores."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from statistics import stdev
from typing import Any

from bench.journal import Event, Journal
from bench.stats.curves import area
from bench.stopping import STOPPED
from bench.verdict import History, Verdict, verdict
from gan.recipe import digest

Scores = dict[str, float | None]


_UNUSED = ("image", "cohort", "task", "driver")
_TOLD = ("study", "oracle", "start", "score", "end", "split", "trouble")
"""Types that a second look, for what training has said, need not parse again."""


class Ledger:
    """The fold of a journal's events."""

    def __init__(self, journal: Journal) -> None:
        self.study: Event | None = None
        """The last plan."""
        self.protocols: dict[str, dict[str, Any]] = {}
        """Digest -> protocol, of every plan there was."""
        self.protocols_of: dict[str, set[str]] = {}
        """Run -> digests of the protocols that its scores were made with."""
        self.oracle: Scores | None = None
        self.started: dict[str, Event] = {}
        """Run -> its start; the last, if it was resumed."""
        self.scores: dict[str, dict[int, Scores]] = {}
        """Run -> step -> scores."""
        self.held: dict[str, dict[int, str]] = {}
        """Run -> step -> which modes it holds."""
        self.scoring_seconds: dict[str, float] = {}
        """Run -> what its evaluations took."""
        self.logs: dict[str, dict[int, Scores]] = {}
        """Run -> step -> what training said of itself; only of runs that may go on."""
        self.ended: dict[str, Event] = {}
        """Run -> how it ended."""
        self.splits: dict[str, list[list[str]]] = {}
        """Cohort -> the runs of its parts, where it was too large for the memory."""
        self.trials: dict[str, dict[int, Event]] = {}
        """Arm -> number -> trial, of arms that are searched (see `bench.tuning`)."""
        self.winners: dict[str, Event] = {}
        """Arm -> its best trial; the last, if there were more trials afterwards."""
        self.drawn: set[int] = set()
        """Damaged lines of the journal whose consequences have been drawn."""
        for event in journal.read(but=("train", *_UNUSED)):
            self.take(event)
        if going := (self.started.keys() | self.scores.keys()) - self.ended_well:
            for event in journal.read(but=(*_UNUSED, *_TOLD), of=going):
                self.take(event)

    @property
    def protocol(self) -> str:
        """Digest of the last plan's protocol."""
        return digest((self.study or {}).get("protocol") or {})

    @property
    def ended_well(self) -> set[str]:
        """Runs with a result, which are not to be run again; a failure of the machine is none."""
        return {run for run, end in self.ended.items() if end["verdict"] != "failed"}

    @property
    def finished_cohorts(self) -> set[str]:
        """Cohorts of which every run has ended well; of one that was split, the whole and its parts."""
        well = self.ended_well
        return {cohort for cohort, runs in self._members.items() if runs <= well}

    @property
    def unfinished_cohorts(self) -> set[str]:
        """All others that have begun."""
        return self._members.keys() - self.finished_cohorts

    @property
    def _members(self) -> dict[str, set[str]]:
        members: dict[str, set[str]] = defaultdict(set)
        for run, start in self.started.items():
            members[start["cohort"]].add(run)
        for cohort, parts in self.splits.items():
            members[cohort] |= {run for part in parts for run in part}
        return members

    def take(self, event: Event) -> None:
        """Learn from one event."""
        kind = event["type"]
        if kind == "study":
            self.study = event
            self.protocols[self.protocol] = event.get("protocol") or {}
        elif kind == "oracle":
            self.oracle = event["scores"]
        elif kind == "start":
            self.started[event["run"]] = event
            if self.ended.get(event["run"], {}).get("verdict") == "failed":
                del self.ended[event["run"]]
        elif kind == "score":
            scores = self.scores.setdefault(event["run"], {})
            if event["step"] not in scores:
                scores[event["step"]] = event["metrics"]
                spent = self.scoring_seconds.get(event["run"], 0.0)
                self.scoring_seconds[event["run"]] = spent + (event.get("seconds") or 0.0)
                # Scores did not always name their protocol; then it is that of the plan in force.
                made_with = event.get("protocol") or self.protocol
                self.protocols_of.setdefault(event["run"], set()).add(made_with)
            if (held := event.get("held")) is not None:
                self.held.setdefault(event["run"], {}).setdefault(event["step"], held)
        elif kind == "train":
            self.logs.setdefault(event["run"], {}).setdefault(event["step"], event["metrics"])
        elif kind == "end":
            self.ended.setdefault(event["run"], event)
        elif kind == "split":
            self.splits[event["cohort"]] = event["into"]
        elif kind == "trouble":
            self.drawn |= {line for line in event.get("lines") or () if isinstance(line, int)}
        elif kind == "trial":
            self.trials.setdefault(event["arm"], {}).setdefault(event["number"], event)
        elif kind == "winner":
            self.winners[event["arm"]] = event

    def ending(
        self, done: Event, outputs: Mapping[str, Mapping[str, Any]], error: str | None = None
    ) -> Event:
        """The `end` event of a run that is done (or has failed with `error`), with its verdict.

        What is told of a failure's `log` is kept. The last scores of a run that was `stopped` stand for what
        it would have had until its last step.

        There must be a plan: limits depend on how many samples its protocol scores.
        """
        scores = sorted(self.scores.get(done["run"], {}).items())
        unscored = [step for step, values in scores if None in values.values()]
        diverged = done.get("diverged") or (unscored[0] if unscored else None)
        told = self._verdict(done["run"], diverged, error)
        nothing: Scores = dict.fromkeys(outputs)
        survived = scores and error is None and diverged is None
        stopped, planned = done.get("stopped"), self._steps(done["run"])
        reason, curve = told.reason, scores
        if stopped is not None:
            reason = "; ".join([*([reason] if reason else []), f"{STOPPED} {done['steps']} of {planned}"])
            if scores and planned is not None and planned > scores[-1][0]:
                # Its last state stands for the rest of its training.
                curve = [*scores, (planned, scores[-1][1])]
        best = {name: _best(scores, name, about["direction"]) for name, about in outputs.items()}
        return {
            "type": "end",
            "run": done["run"],
            "verdict": told.name,
            "onset": told.onset,
            "reason": reason,
            "final": scores[-1][1] if survived else nothing,
            "best": {name: value for name, (_, value) in best.items()},
            "best_step": {name: step for name, (step, _) in best.items()},
            "area": {name: _area(curve, name) for name in outputs} if survived else nothing,
            "noise": _noise(scores[-1][1], done.get("resampled") or ()) if survived else nothing,
            "seconds": done.get("seconds"),
            "scoring_seconds": self.scoring_seconds.get(done["run"]),
            "steps": done.get("steps"),
            "checkpoint": done.get("checkpoint"),
            **{key: done[key] for key in ("stopped", "log") if key in done},
        }

    def _steps(self, run: str) -> int | None:
        """Steps that a run was to have."""
        return (self.started.get(run, {}).get("recipe") or {}).get("steps")

    def _verdict(self, run: str, diverged: int | None, error: str | None) -> Verdict:
        history = History(
            scores=sorted(self.scores.get(run, {}).items()),
            held=sorted(self.held.get(run, {}).items()),
            logs=sorted(self.logs.get(run, {}).items()),
            diverged_step=diverged,
            error=error,
        )
        assert self.study is not None, "a run ends under a plan"
        return verdict(history, self.oracle or {}, self.study["protocol"]["n_fake"])


def _best(scores: list[tuple[int, Scores]], output: str, direction: str) -> tuple[int | None, float | None]:
    """The step and value of a run's best score; of its last where no direction is better."""
    known = [(step, value) for step, values in scores if (value := values.get(output)) is not None]
    if not known:
        return None, None
    if direction == "none":
        return known[-1]
    sign = 1.0 if direction == "higher" else -1.0
    return max(known, key=lambda pair: sign * pair[1])


def _area(scores: list[tuple[int, Scores]], output: str) -> float | None:
    return area([step for step, _ in scores], [values.get(output) for _, values in scores])


def _noise(final: Scores, resampled: Sequence[Scores]) -> Scores:
    """Standard deviation of each score over samples of one state; None where fewer than two are known."""
    found: Scores = {}
    for name in final:
        values = [value for draw in (final, *resampled) if (value := draw.get(name)) is not None]
        found[name] = stdev(values) if len(values) > 1 else None
    return found
