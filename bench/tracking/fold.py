"""Journal events -> what MLflow should say: pure bookkeeping, no MLflow in sight.

`Fold.apply` turns one event into additions to entries, one entry an MLflow run. It depends on nothing but
the events before it, so a journal read twice asks for exactly the same runs, points and tags.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from bench.journal import Event, Repeats
from bench.tracking.errors import TrackingError
from bench.tracking.keys import clean
from gan.recipe import digest

Kind = Literal["oracle", "arm", "run"]
Key = tuple[Kind, str]
ORACLE: Key = ("oracle", "")
# Every `start` of a resumed run is told, so these alone are compared with what came before.


@dataclass(frozen=True)
class Point:
    """One metric value."""

    key: str
    value: float
    time: int
    """Milliseconds since the epoch, from the event: the same on every replay."""
    step: int


@dataclass
class Entry:
    """What is to be said about one MLflow run."""

    key: Key
    name: str
    time: int
    """Start of the run, in milliseconds."""
    parent: Key | None = None
    params: dict[str, str] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    points: list[Point] = field(default_factory=list)
    files: dict[str, Path | str] = field(default_factory=dict)
    """Artifact path -> a file to copy, or the text itself."""
    status: str | None = None
    ended: int | None = None


@dataclass
class Chunk:
    """Entries gathered from some stretch of the journal."""

    entries: dict[Key, Entry] = field(default_factory=dict)
    question: str | None = None


def events(path: Path, offset: int = 0) -> Iterator[tuple[int, Event]]:
    """Each whole line from byte `offset` on, with the offset just behind it; a torn last line is left."""
    if not path.exists():
        return
    with path.open("rb") as file:
        file.seek(offset)
        for line in file:
            if not line.endswith(b"\n"):
                return
            offset += len(line)
            try:
                event = json.loads(line)
            except ValueError as error:
                raise TrackingError(
                    f"{path}: the line that ends at byte {offset} is no JSON: {error}"
                ) from None
            yield offset, event


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
    _oracles: list[dict[str, float]] = field(default_factory=list)
    _arms: dict[str, Event] = field(default_factory=dict)
    _declared: Event = field(default_factory=dict)
    """The comparison that was declared before the first run started."""
    _protocol: str = ""
    _protocols: dict[str, set[str]] = field(default_factory=dict)
    """Run -> digests of the protocols of its scores."""

    def apply(self, event: Event, chunk: Chunk) -> None:
        """Add to `chunk` what `event` says. Raises TrackingError if the plan does not come first."""
        kind = event["type"]
        if kind != "study" and not self.study:
            raise TrackingError("the journal does not begin with its study event")
        if self._repeats.has(event):
            return
        handlers: dict[str, Callable[[Event, int, Chunk], None]] = {
            "study": self._study,
            "oracle": self._oracle,
            "start": self._start,
            "train": self._train,
            "score": self._score,
            "image": self._image,
            "end": self._end,
        }
        if kind in handlers:  # What a later version writes may have no place in MLflow.
            handlers[kind](event, milliseconds(event), chunk)

    def _study(self, event: Event, time: int, chunk: Chunk) -> None:
        self.study = event
        self._arms = {arm["id"]: arm for arm in event["arms"]}
        chunk.question = event.get("question") or ""
        if not self.started:
            self._declared = event.get("compare") or {}
        told = {**_plan(event), "declared": self._declared} if self._declared else _plan(event)
        plan = json.dumps(told, indent=1)  # In the study's order of factors and outputs.
        protocol = event.get("protocol") or {}
        self._protocol = digest(protocol)
        entry = self._entry(chunk, ORACLE, time)
        entry.tags |= {
            "ganbench.oracle": "true",
            "ganbench.plan": digest(_plan(event)),
            "ganbench.declared": self._declared.get("digest", "nothing"),
            "ganbench.protocol": self._protocol,
        }
        entry.files["plan.json"] = plan
        entry.files[f"protocols/{self._protocol}.json"] = json.dumps(protocol, sort_keys=True, indent=1)
        # This run holds the plan and the real data's scores: there is nothing in it that runs.
        entry.status, entry.ended = "FINISHED", time
        # A run without a score has the study's protocol, whichever that is now.
        for run in self.started:
            if run not in self._protocols:
                self._run_entry(chunk, run, time)
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
        entry.points += _points(event["scores"], "", ".final", time, step)

    def _start(self, event: Event, time: int, chunk: Chunk) -> None:
        self.started.setdefault(event["run"], event)
        ends = self._ends.get(event["arm"], [])
        again = [end for end in ends if end["run"] == event["run"] and end["verdict"] == "failed"]
        for end in again:
            ends.remove(end)
        self._arm_entry(chunk, event["arm"], time)
        entry = self._run_entry(chunk, event["run"], time)
        if again:
            entry.status, entry.ended = "RUNNING", None
        entry.params |= {key: str(value) for key, value in (event.get("params") or {}).items()}
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
        entry.points += _points(event["metrics"], "train/", "", time, event["step"])

    def _score(self, event: Event, time: int, chunk: Chunk) -> None:
        # Scores did not always name their protocol; then it is that of the plan in force.
        made_with = event.get("protocol", self._protocol)
        self._protocols.setdefault(event["run"], set()).add(made_with)
        entry = self._run_entry(chunk, event["run"], time)
        entry.points += _points(event["metrics"], "score/", "", time, event["step"])
        entry.points += _points({"score": event.get("seconds")}, "seconds/", "", time, event["step"])

    def _image(self, event: Event, time: int, chunk: Chunk) -> None:
        path = self.folder / event["path"]
        entry = self._run_entry(chunk, event["run"], time)
        entry.files[f"samples/step-{event['step']:06d}{path.suffix}"] = path

    def _end(self, event: Event, time: int, chunk: Chunk) -> None:
        entry = self._run_entry(chunk, event["run"], time)
        for name in ("final", "best", "best_step", "area", "noise"):
            entry.points += _points(event.get(name) or {}, "", f".{name}", time, 0)
        totals = {name: event.get(name) for name in ("seconds", "scoring_seconds", "steps")}
        entry.points += _points(totals, "", "", time, 0)
        for name in ("verdict", "onset", "reason"):
            if event.get(name) is not None:
                entry.tags[f"ganbench.{name}"] = str(event[name])
        if event.get("checkpoint"):
            path = self.folder / event["checkpoint"]
            entry.files[f"checkpoint/{path.name}"] = path
        # A diverged run is a result and stays FINISHED; only a crash is a failure of the instrument.
        entry.status, entry.ended = "FAILED" if event["verdict"] == "failed" else "FINISHED", time
        arm = self.started[event["run"]]["arm"] if event["run"] in self.started else event.get("arm")
        if arm is not None:
            self._ends.setdefault(arm, []).append(event)
            summary = self._arm_entry(chunk, arm, time)
            summary.points += self._summary(arm, time)
            self._settle(summary, arm, time)

    def _summary(self, arm: str, time: int) -> list[Point]:
        """The arm's row over the seeds that have ended so far; the step counts them."""
        import numpy as np

        from bench.stats import mean_interval

        ends = self._ends[arm]
        healthy = sum(end["verdict"] == "healthy" for end in ends)
        points = _points({"n": len(ends), "healthy_share": healthy / len(ends)}, "", "", time, len(ends))
        for output in self.study["outputs"]:
            finals = [(end.get("final") or {}).get(output) for end in ends]
            scored = [value for value in finals if value is not None]
            if scored:
                interval = mean_interval(np.array(scored, dtype=float))
                values = {"mean": interval.mean, "ci_low": interval.low, "ci_high": interval.high}
                points += _points(values, f"{output}.final.", "", time, len(ends))
        return points

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
        entry.name = planned.get("name", arm)
        entry.tags["ganbench.arm"] = arm
        entry.params |= {key: str(value) for key, value in (planned.get("levels") or {}).items()}
        return entry

    def _run_entry(self, chunk: Chunk, run: str, time: int) -> Entry:
        start = self.started.get(run)
        if start is None:
            raise TrackingError(f"the journal tells of run {run} before it started")
        entry = self._entry(chunk, ("run", run), milliseconds(start))
        arm = start["arm"]
        entry.parent = ("arm", arm)
        entry.name = f"{self._arms.get(arm, {}).get('name', arm)} · seed {start['seed']}"
        entry.tags |= {
            "ganbench.arm": arm,
            "ganbench.run_id": run,
            "ganbench.seed": str(start["seed"]),
            "ganbench.protocol": " ".join(sorted(self._protocols.get(run) or {self._protocol})),
        }
        return entry


def milliseconds(event: Event) -> int:
    """When an event happened, as MLflow counts time."""
    return round(float(event["time"]) * 1000)


def _points(values: dict[str, Any], prefix: str, suffix: str, time: int, step: int) -> list[Point]:
    """Points of the values that there are; null (not finite, not scored) is told by the verdict."""
    return [
        Point(clean(f"{prefix}{name}{suffix}"), float(value), time, int(step))
        for name, value in values.items()
        if value is not None
    ]


def _plan(event: Event) -> dict[str, Any]:
    """The study event without its runs' parameters, which every run carries itself."""
    plan = {key: value for key, value in event.items() if key not in ("type", "time")}
    plan["arms"] = [
        {**arm, "runs": [{"id": run["id"], "seed": run["seed"]} for run in arm.get("runs") or []]}
        for arm in event["arms"]
    ]
    return plan
