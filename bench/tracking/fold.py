"""Journal events -> what MLflow should say: pure bookkeeping, no MLflow in sight.

`Fold.apply` turns one event into additions to entries, one entry an MLflow run. It depends on nothing but
the events before it, so a journal read twice asks for exactly the same runs, points and tags.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from bench.journal import Event, Repeats
from bench.tracking.datasets import dataset
from bench.tracking.entries import ORACLE, Chunk, Entry, Key, Small, milliseconds, points
from bench.tracking.errors import TrackingError
from bench.tracking.groups import headed
from bench.tracking.names import short_names
from bench.tracking.plans import plan_of
from bench.tracking.summary import COST, summary
from bench.tracking.views import IMAGES, views
from gan.recipe import digest


@dataclass
class Fold:
    """What the journal has said so far."""

    folder: Path
    """The study's folder, which paths in events are relative to."""
    study: Event = field(default_factory=dict)
    started: dict[str, Event] = field(default_factory=dict)
    """Run -> its first `start`."""
    _repeats: Repeats = field(default_factory=Repeats)
    _ends: dict[str, list[Event]] = field(default_factory=dict)
    """Arm -> the ends of its runs, in order."""
    _early: list[Event] = field(default_factory=list)
    """Events before the first plan, whose own line was lost."""
    _oracles: list[dict[str, float]] = field(default_factory=list)
    _trials: dict[str, Event] = field(default_factory=dict)
    """Run -> the trial that it belongs to: no run that reports are about."""
    _latest: dict[str, int] = field(default_factory=dict)
    """Arm -> the time of its last summary."""
    _arms: dict[str, Event] = field(default_factory=dict)
    _declared: Event = field(default_factory=dict)
    """The comparison that was declared before the first run started."""
    _names: dict[str, str] = field(default_factory=dict)
    """Arm -> what it is called."""
    _protocol: str = ""
    _protocols: dict[str, set[str]] = field(default_factory=dict)
    """Run -> digests of the protocols of its scores."""

    def apply(self, event: Event, chunk: Chunk) -> None:
        """Add to `chunk` what `event` says; what comes before the first plan waits for it."""
        kind = event["type"]
        handlers: dict[str, Callable[[Event, int, Chunk], None]] = {
            "study": self._study,
            "oracle": self._oracle,
            "trial": self._trial,
            "winner": self._winner,
            "start": self._start,
            "train": self._train,
            "score": self._score,
            "image": self._image,
            "end": self._end,
        }
        if kind not in handlers:  # What a later version writes may have no place in MLflow.
            return
        if kind != "study" and not self.study:
            self._early.append(event)
            return
        if self._repeats.has(event):
            return
        if kind in ("train", "score", "image", "end") and not self._begun(event, chunk):
            return
        handlers[kind](event, milliseconds(event), chunk)
        if kind == "study":
            early, self._early = self._early, []
            for waiting in early:
                self.apply(waiting, chunk)

    def _begun(self, event: Event, chunk: Chunk) -> bool:
        """Whether the event's run is known. Where its start was lost, the plan says what matters of it."""
        if event["run"] in self.started:
            return True
        for arm in self._arms.values():
            for run in arm.get("runs") or []:
                if run["id"] == event["run"]:
                    known = {"seed": run["seed"], "params": run.get("params") or {}}
                    start = {"type": "start", "time": event["time"], "run": run["id"], "arm": arm["id"]}
                    self._start({**start, **known}, milliseconds(event), chunk)
                    return True
        return False

    def learn(self, event: Event) -> None:
        """As `apply`, for what MLflow has already: nothing is to be said, only to be known."""
        kind = event["type"]
        if kind not in ("train", "score", "image", "start", "end"):
            self.apply(event, Chunk())
        elif not self._repeats.has(event):
            if kind == "score":
                self._scored(event)
            elif kind == "start":
                self._started(event)
            elif kind == "end":
                self._ended(event)

    def _study(self, event: Event, time: int, chunk: Chunk) -> None:
        self.study = event
        self._arms = {arm["id"]: arm for arm in event["arms"]}
        chunk.question = event.get("question") or ""
        chunk.tags |= views(event, time)
        if not self.started:
            self._declared = event.get("compare") or {}
        told = {**plan_of(event), "declared": self._declared} if self._declared else plan_of(event)
        plan = json.dumps(told, indent=1)  # In the study's order of factors and outputs.
        protocol = event.get("protocol") or {}
        self._protocol = digest(protocol)
        entry = self._entry(chunk, ORACLE, time)
        entry.tags |= {
            "ganbench.oracle": "true",
            "ganbench.plan": digest(plan_of(event)),
            "ganbench.declared": self._declared.get("digest", "nothing"),
            "ganbench.protocol": self._protocol,
        }
        entry.files["plan.json"] = plan
        entry.files[f"protocols/{self._protocol}.json"] = json.dumps(protocol, sort_keys=True, indent=1)
        # This run holds the plan and the real data's scores: there is nothing in it that runs.
        entry.status, entry.ended = "FINISHED", time
        before, self._names = self._names, short_names(event)
        for run, start in self.started.items():
            renamed = before.get(start["arm"]) != self._names.get(start["arm"])
            # A run without a score has the study's protocol, whichever that is now.
            if renamed or run not in self._protocols:
                self._run_entry(chunk, run, time)
            if renamed:
                self._arm_entry(chunk, start["arm"], time)
        for arm in event["arms"]:
            if arm.get("reason"):
                declined = self._arm_entry(chunk, arm["id"], time)
                declined.tags["ganbench.reason"] = str(arm["reason"])
                declined.status, declined.ended = "FINISHED", time
            elif arm["id"] in self._ends:
                self._settle(self._arm_entry(chunk, arm["id"], time), arm["id"], time)

    def _oracle(self, event: Event, time: int, chunk: Chunk) -> None:
        if self._oracles and self._oracles[-1] == event["scores"]:
            return  # Each driver may score it anew; the same scores are one point.
        step = len(self._oracles)
        self._oracles.append(event["scores"])
        entry = self._entry(chunk, ORACLE, time)
        entry.points += points(event["scores"], "", ".final", time, step)

    def _trial(self, event: Event, time: int, chunk: Chunk) -> None:
        for run in event["runs"]:
            self._trials.setdefault(run, event)

    def _winner(self, event: Event, time: int, chunk: Chunk) -> None:
        entry = self._arm_entry(chunk, event["arm"], time)
        entry.tags["ganbench.trial"] = str(event["trial"])
        entry.tags["ganbench.knobs"] = json.dumps(event["knobs"])

    def key(self, run: str) -> Key:
        """What a run is in MLflow: a run, or a trial, which is none of the study's results."""
        return ("trial" if run in self._trials else "run", run)

    def _started(self, event: Event) -> bool:
        """Whether the run had failed before."""
        self.started.setdefault(event["run"], event)
        ends = self._ends.get(event["arm"], [])
        again = [end for end in ends if end["run"] == event["run"] and end["verdict"] == "failed"]
        for end in again:
            ends.remove(end)
        return bool(again)

    def _start(self, event: Event, time: int, chunk: Chunk) -> None:
        again = self._started(event)
        self._arm_entry(chunk, event["arm"], time)
        entry = self._run_entry(chunk, event["run"], time)
        if again:
            entry.status, entry.ended = "RUNNING", None
        # A factor's level as the study calls it: what runs are grouped by.
        levels = self._arms.get(event["arm"], {}).get("levels") or {}
        params = (event.get("params") or {}) | levels
        entry.params |= {key: str(value) for key, value in params.items()}
        entry.data = dataset(event, self.study.get("protocol") or {})
        told = {key: value for key, value in event.items() if key not in ("type", "time")}
        entry.files["recipe.json"] = json.dumps(told, sort_keys=True, indent=1)
        entry.tags["ganbench.hardware"] = (event.get("environment") or {}).get("hardware", "not recorded")
        for name, source in (event.get("plugins") or {}).items():
            entry.tags[f"plugin.{name}"] = str(source)[:12]
        for name in ("cohort", "cohort_size", "device", "threads", "generator"):
            if event.get(name) is not None:
                entry.tags[f"ganbench.{name}"] = str(event[name])

    def _train(self, event: Event, time: int, chunk: Chunk) -> None:
        entry = self._run_entry(chunk, event["run"], time)
        entry.points += points(headed(event["metrics"]), "", "", time, event["step"])

    def _scored(self, event: Event) -> None:
        # Scores did not always name their protocol; then it is that of the plan in force.
        made_with = event.get("protocol", self._protocol)
        self._protocols.setdefault(event["run"], set()).add(made_with)

    def _score(self, event: Event, time: int, chunk: Chunk) -> None:
        self._scored(event)
        entry = self._run_entry(chunk, event["run"], time)
        entry.points += points(event["metrics"], "score/", "", time, event["step"])
        entry.points += points({"evaluation": event.get("seconds")}, "seconds/", "", time, event["step"])

    def _image(self, event: Event, time: int, chunk: Chunk) -> None:
        path, run, step = self.folder / event["path"], event["run"], event["step"]
        entry = self._run_entry(chunk, run, time)
        # As `MlflowClient.log_image` calls them, with a digest where it draws a number.
        place = f"images/{IMAGES}+step+{step}+timestamp+{time}+{digest([run, step])}"
        entry.files[f"{place}{path.suffix}"] = path
        entry.files[f"{place}+compressed.webp"] = Small(path)
        entry.tags["mlflow.loggedImages"] = "True"

    def _end(self, event: Event, time: int, chunk: Chunk) -> None:
        entry = self._run_entry(chunk, event["run"], time)
        for name in ("final", "best", "best_step", "area", "noise"):
            entry.points += points(event.get(name) or {}, "", f".{name}", time, 0)
        totals = {key: event.get(name) for name, key in COST.items()}
        entry.points += points({**totals, "steps": event.get("steps")}, "", "", time, 0)
        for name in ("verdict", "onset", "reason"):
            if event.get(name) is not None:
                entry.tags[f"ganbench.{name}"] = str(event[name])
        if event.get("checkpoint"):
            path = self.folder / event["checkpoint"]
            entry.files[f"checkpoint/{path.name}"] = path
        # A diverged run is a result and stays FINISHED; only a crash is a failure of the instrument.
        entry.status, entry.ended = "FAILED" if event["verdict"] == "failed" else "FINISHED", time
        if (arm := self._ended(event)) is not None:
            latest = self._latest[arm]
            parent = self._arm_entry(chunk, arm, time)
            parent.points += summary(self._ends[arm], self.study["outputs"], latest)
            self._settle(parent, arm, latest)

    def _ended(self, event: Event) -> str | None:
        """The arm that has one more result by it; None if it was a trial."""
        arm: str | None = (
            self.started[event["run"]]["arm"] if event["run"] in self.started else event.get("arm")
        )
        if arm is None or event["run"] in self._trials:
            return None
        self._ends.setdefault(arm, []).append(event)
        # MLflow takes the latest of one step for the last: a clock that was set back must not hide it.
        self._latest[arm] = max(milliseconds(event), self._latest.get(arm, 0) + 1)
        return arm

    def _settle(self, entry: Entry, arm: str, time: int) -> None:
        planned = len(self._arms.get(arm, {}).get("runs") or [])
        if len(self._ends[arm]) >= planned:
            entry.status, entry.ended = "FINISHED", time
        else:
            entry.status, entry.ended = "RUNNING", None

    def _entry(self, chunk: Chunk, key: Key, time: int) -> Entry:
        if key not in chunk.entries:
            chunk.entries[key] = Entry(key, "oracle (real data)", time)
            chunk.entries[key].tags |= {"ganbench.kind": key[0], "ganbench.study": self.study["name"]}
        return chunk.entries[key]

    def _arm_entry(self, chunk: Chunk, arm: str, time: int) -> Entry:
        entry = self._entry(chunk, ("arm", arm), time)
        planned = self._arms.get(arm, {})
        entry.name = self._names.get(arm, arm)
        entry.tags["ganbench.arm"] = arm
        entry.params |= {key: str(value) for key, value in (planned.get("levels") or {}).items()}
        return entry

    def _run_entry(self, chunk: Chunk, run: str, time: int) -> Entry:
        start = self.started.get(run)
        if start is None:
            raise TrackingError(f"the journal tells of run {run} before it started")
        entry = self._entry(chunk, self.key(run), milliseconds(start))
        arm = str(start["arm"])
        entry.parent = ("arm", arm)
        name = self._names.get(arm, arm)
        entry.name = f"{name} · seed {start['seed']}"
        if run in self._trials:
            number = self._trials[run]["number"]
            entry.name = f"{name} · trial {number} · seed {start['seed']}"
            entry.tags["ganbench.trial"] = str(number)
        entry.tags |= {
            "ganbench.arm": arm,
            "ganbench.arm_name": name,
            "ganbench.run_id": run,
            "ganbench.seed": str(start["seed"]),
            "ganbench.protocol": " ".join(sorted(self._protocols.get(run) or {self._protocol})),
        }
        return entry
