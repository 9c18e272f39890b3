"""A recorded run as a task that trains it again: from the journal alone, no study file is read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.find_run import Found
from bench.journal import Event, Journal
from bench.ledger import Ledger
from bench.problems import UserError
from bench.stopping import StopWhen
from bench.tasks import Member, Place, Scoring, Task
from gan.recipe import SEMANTICS, Choice, Recipe, digest
from gan.registry import Spec


@dataclass(frozen=True)
class Original:
    """A run as it is recorded."""

    found: Found
    ledger: Ledger
    members: tuple[Event, ...]
    """The starts of all runs of its cohort, in their order there."""
    starts: tuple[Event, ...]
    """How the run itself began, and began again each time it was interrupted."""

    @property
    def run(self) -> str:
        """Its id."""
        return self.found.run

    @property
    def end(self) -> Event:
        """How it ended."""
        return self.ledger.ended[self.run]

    @property
    def protocol(self) -> dict[str, Any]:
        """How its scores were made: by the first protocol, if there were several."""
        known = sorted(self.ledger.protocols_of.get(self.run, set()))
        return self.ledger.protocols.get(known[0], {}) if known else {}


@dataclass(frozen=True)
class Way:
    """How it is to be trained again; what is None is as recorded."""

    alone: bool = False
    """Whether by itself instead of in its cohort."""
    device: str | None = None
    data_root: Path = Path("data")
    download: bool = False
    plugins: tuple[Spec, ...] = ()
    """The plug-ins that are at hand."""


def original(found: Found) -> Original:
    """What the journal holds of a run that has ended. Raises UserError where that is not enough."""
    journal = Journal(found.folder / "journal.jsonl")
    ledger = Ledger(journal)
    if found.run not in ledger.ended:
        raise UserError(f"{found.title} has not ended: there is nothing to compare it with yet")
    if "scoring" not in found.start:
        raise UserError(
            f"{found.title} was recorded by an earlier version of ganbench, which did not write down how "
            "runs are scored: only its study's file tells that"
        )
    cohort = found.start["cohort"]
    order: dict[str, None] = {}
    starts = []
    for event in journal.read():
        if event["type"] == "task" and event["cohort"] == cohort:
            order.update(dict.fromkeys(event["runs"]))
        elif event["type"] == "start" and event["cohort"] == cohort:
            order.setdefault(event["run"])
        if event["type"] == "start" and event["run"] == found.run:
            starts.append(event)
    members = tuple(ledger.started[run] for run in order if run in ledger.started)
    return Original(found, ledger, members, tuple(starts))


def task_of(known: Original, way: Way, folder: Path, protocol: str = "") -> Task:
    """The run's cohort, to be trained in `folder`; scored under `protocol`, by digest. Raises UserError."""
    start = known.found.start
    starts = (start,) if way.alone else known.members
    sources = _sources(start, starts, way.plugins)
    members = tuple(_member(one, sources) for one in starts)
    place = Place(way.device or start["device"], start["threads"], start["compiled"])
    cohort = digest([known.run]) if way.alone else start["cohort"]
    scoring = _scoring(start, sources, way)
    return Task(cohort, members, scoring, place, folder, protocol)


def reasons(known: Original, way: Way, environment: Mapping[str, Any]) -> list[str]:
    """What is not as it was when the run was trained, of all that its numbers may depend on.

    Args:
        known: The run.
        way: How it is trained again.
        environment: Of this machine, as `bench.environment` tells it.
    """
    start = known.found.start
    first = known.starts[0] if known.starts else start
    told = []
    recorded = start.get("environment") or {}
    for name, now in environment.items():
        before = recorded.get(name)
        if before != now:
            told.append(f"{name}: {before if before is not None else 'not recorded'} -> {now}")
    if way.device is not None and way.device != start["device"]:
        told.append(f"device: {start['device']} -> {way.device}")
    if way.alone and start["cohort_size"] > 1:
        told.append(f"cohort: of {start['cohort_size']} runs -> alone; in other company numbers drift")
    if len(known.members) != start["cohort_size"] and not way.alone:
        told.append(f"cohort: {start['cohort_size']} runs -> the {len(known.members)} that are recorded")
    if first["cohort"] != start["cohort"]:
        told.append(
            "it went on in a part of its cohort, for want of memory; this time in that part from the start"
        )
    for name in ("device", "threads", "compiled"):
        if len({one[name] for one in known.starts}) > 1:
            told.append(f"it was interrupted and went on with another {name}")
    if len({digest(one.get("environment") or {}) for one in known.starts}) > 1:
        told.append("it was interrupted and went on in another environment")
    for name, source in (start.get("plugins") or {}).items():
        now = next((spec.source for spec in way.plugins if spec.name == name), None)
        if now is not None and now != source:
            told.append(f"plug-in {name}: sha256 {source[:12]} -> {now[:12]}")
    if _id(start) != known.run:
        told.append("this version of ganbench trains or scores such a recipe otherwise than the one that did")
    return told


def _id(start: Event) -> str:
    """The id that the run would have by the code at hand (see `bench.plan`)."""
    told = {key: value for key, value in start["scoring"].items() if key != "resamples"}
    told["metrics"] = sorted(told["metrics"], key=lambda metric: str(metric["name"]))
    return digest({"scoring": told, "semantics": SEMANTICS, "recipe": start["recipe"]})


def _sources(start: Event, starts: Sequence[Event], plugins: Sequence[Spec]) -> dict[str, str]:
    """Plug-in -> the digest of the source that is at hand. Raises UserError for one that is not."""
    wanted = {name: source for one in starts for name, source in (one.get("plugins") or {}).items()}
    there = {spec.name: spec.source or "" for spec in plugins}
    if lost := sorted(wanted.keys() - there.keys()):
        raise UserError(
            f"the run {start['run']} needs the plug-in {lost[0]} (sha256 {wanted[lost[0]][:12]}): name its "
            "file with --plugins"
        )
    return {name: there[name] for name in wanted}


def _member(start: Event, sources: Mapping[str, str]) -> Member:
    recipe = Recipe.from_dict(_at_hand(start["recipe"], sources))
    return Member(start["run"], start["arm"], start["arm_name"], start["seed"], recipe, start["params"])


def _scoring(start: Event, sources: Mapping[str, str], way: Way) -> Scoring:
    told = _at_hand(start["scoring"], sources)
    return Scoring(
        data=Choice(**_at_hand(start["recipe"]["data"], sources)),
        metrics=tuple(Choice(**metric) for metric in told["metrics"]),
        samples=told["samples"],
        evaluate_every=told["evaluate_every"],
        data_root=way.data_root,
        download=way.download,
        resamples=told["resamples"],
        stop_when=StopWhen.from_dict(told.get("stop_when")),
        plugins=tuple(s.file.absolute() for s in way.plugins if s.file and s.name in sources),
    )


def _at_hand(plain: Any, sources: Mapping[str, str]) -> Any:
    """The same with the plug-ins that are at hand in the place of those that were."""
    if isinstance(plain, dict):
        found = {key: _at_hand(value, sources) for key, value in plain.items()}
        if "source" in found and found.get("name") in sources:
            found["source"] = sources[found["name"]]
        return found
    return [_at_hand(value, sources) for value in plain] if isinstance(plain, list) else plain
