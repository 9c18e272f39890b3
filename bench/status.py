"""What `ganbench status` says: the picture of a study, who drives it, what went wrong, and what to do now."""

from __future__ import annotations

import shlex
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich.text import Text

from bench.alone import holder
from bench.cells import clean
from bench.clock import moment
from bench.driving import Driving, driving
from bench.finding import Found
from bench.frame import frame
from bench.journal import Event
from bench.shell import retrying, spelled
from bench.standing import Standing
from bench.tracking import redact, resolve_uri
from bench.tracking import standing as record_of
from bench.wording import count

_TROUBLES = 5
"""Warnings that are shown."""
_LEAST = 6
"""Lines that the picture gets on any screen."""


def lines(found: Found, standing: Standing, results: Path, now: float, width: int, height: int) -> list[Text]:
    """The study on a terminal.

    Args:
        found: Which study.
        standing: The fold of its journal.
        results: The folder of all studies' results, as the user has it.
        now: Seconds since the epoch.
        width: Columns of the terminal.
        height: Most lines.
    """
    driver = driving(standing, holder(found.folder))
    question = clean(str((standing.study or {}).get("question") or ""))
    said = [Text.assemble((found.name, "bold"), f": {question}" if question else "")]
    said.append(Text(clean(driver.sentence(now)), style="green" if driver.state == "running" else ""))
    told = _troubles(standing, now)
    if command := onward(found, standing, driver, results):
        told.append(Text(f"Go on with: {command}"))
    room = max(_LEAST, height - len(said) - len(told) - 1)
    return [*said, Text(), *frame(standing, record_of(found.folder), now, width, room), *told]


def plain(found: Found, standing: Standing, results: Path, now: float) -> dict[str, Any]:
    """The same for programs; times in seconds, moments since the epoch."""
    driver, record, study = (
        driving(standing, holder(found.folder)),
        record_of(found.folder),
        standing.study or {},
    )
    return {
        "study": found.name,
        "question": study.get("question"),
        "runs": standing.planned,
        "done": standing.done,
        "verdicts": standing.counts(),
        "interrupted": standing.interrupted,
        "trials": len(standing.trials),
        "seconds_left": standing.time_left(now),
        "workers": [
            {
                "worker": work.worker,
                "device": work.device,
                "cohort": work.cohort,
                "name": work.title,
                "runs": list(work.runs),
                "attempt": work.attempt,
                "step": work.step,
                "steps": work.steps,
                "steps_per_second": work.rate,
                "scores": {name: work.mean(name) for name in standing.outputs},
            }
            for work in standing.working.values()
        ],
        "warnings": standing.warnings,
        "last_warnings": [
            {key: event.get(key) for key in ("time", "cohort", "name", "kind", "sentence")}
            for event in standing.troubles
        ],
        "driver": asdict(driver),
        "mlflow": asdict(record) if record is not None else None,
        "next": onward(found, standing, driver, results),
    }


def onward(found: Found, standing: Standing, driver: Driving, results: Path) -> str | None:
    """The command that goes on from here; None if it goes on by itself, or nothing is left to do."""
    if driver.state == "running":
        return None
    if standing.done < standing.planned:
        return start(found, standing, results)
    if standing.counts().get("failed", 0):
        return retrying(start(found, standing, results))
    record = record_of(found.folder)
    if record is None or record.mirrored_by is not None or not (record.behind or record.error):
        return None
    return _sync(found, results, record.address)


def start(found: Found, standing: Standing, results: Path) -> str:
    """The command that runs a study: as it was typed last, if that is of these results."""
    typed = str((standing.driver or {}).get("command") or "")
    if typed.startswith("ganbench run") and _results_of(typed).resolve() == results.resolve():
        return clean(typed)
    file = found.file or Path(str((standing.study or {}).get("path", found.name)))
    return fresh(file, results)


def fresh(file: Path, results: Path) -> str:
    """The command that runs a study which nobody has run before."""
    return f"ganbench run {shlex.quote(str(file))}{_where(results)}"


def _sync(found: Found, results: Path, address: str) -> str:
    """The command that completes the record at an address."""
    own = address == redact(resolve_uri(None, results))
    return f"ganbench sync {shlex.quote(found.name)}{_where(results)}" + (
        "" if own else f" --tracking-uri {spelled(address)}"
    )


def _where(results: Path) -> str:
    return "" if results == Path("results") else f" --results {shlex.quote(str(results))}"


def _results_of(command: str) -> Path:
    """The folder that a command line names, or leaves as it is."""
    try:
        words = shlex.split(command)
    except ValueError:
        return Path("results")
    for word, following in zip(words, [*words[1:], ""], strict=True):
        if word == "--results":
            return Path(following)
        if word.startswith("--results="):
            return Path(word.removeprefix("--results="))
    return Path("results")


def _troubles(standing: Standing, now: float) -> list[Text]:
    shown = list(standing.troubles)[-_TROUBLES:]
    if not shown:
        return []
    head = count(standing.warnings, "warning")
    if len(shown) < standing.warnings:
        head += f", the last {len(shown)}"
    return [Text(f"{head}:"), *(Text(f"  {_told(event, now)}", style="yellow") for event in shown)]


def _told(event: Event, now: float) -> str:
    name = f"{event['name']}: " if event.get("name") else ""
    return f"{moment(event['time'], now)}  {clean(name + str(event['sentence']))}"
