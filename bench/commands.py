"""What `ganbench run` does, besides reading the command line."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from bench import reporting
from bench.alone import writable
from bench.checking import overview
from bench.placement import cohort_size
from bench.plan import Plan, cohorts
from bench.problems import UserError
from bench.progress import view_for
from bench.rows import Results, results
from bench.runner import Driver, Options
from bench.shell import say
from bench.tracking import Mirror, redact, resolve_uri
from bench.wording import count

DONE, FAILED, INTERRUPTED = 0, 1, 130
_MOMENT = 5.0
"""Seconds that it waits in silence."""
_LOOK = 5.0
"""Seconds between looks at the journal: each costs MLflow the same, whatever there is to log, and the workers
want the cores."""
_PATIENCE = 120.0
"""Seconds that the end of a study waits for MLflow to take the rest of the record."""


@dataclass(frozen=True)
class Request:
    """A call of `ganbench run`."""

    plan: Plan
    options: Options
    tracking_uri: str | None
    command: str
    """What the user typed, to be typed again."""


def run(request: Request, console: Console, dry: bool = False) -> int:
    """Run what is left of a study, then report. The exit status.

    Raises:
        gan.data.errors.DataError: The data cannot be had.
        TrackingError: The record cannot be read.
        ProtocolChanged: Planned runs have scores that were made in another way.
        ProtocolError: The runs were scored in more than one way.
    """
    options, plan = request.options, request.plan
    view = view_for(console)
    driver = Driver(plan, options, view)
    console.print(overview(plan, cohorts(plan.runs, _size(options))))
    if not plan.runs:
        raise UserError("There is nothing to run: no arm of this study applies.")
    say(console, f"{len(plan.runs) - len(driver.pending)} of {len(plan.runs)} runs have an end already.")
    uri = resolve_uri(request.tracking_uri, options.results)
    if dry:
        return DONE
    with following(driver, uri, options.results) as mirror:
        outcome = driver.run()
        caught_up = mirror.wait(_MOMENT)
        if not caught_up:
            say(console, f"Waiting for MLflow at {redact(uri)} to take the rest of the record.")
            caught_up = mirror.wait(_PATIENCE)
    if outcome.interrupted:
        say(console, f"Stopped with {count(outcome.left, 'run')} left. Go on with: {request.command}")
        return INTERRUPTED
    if not caught_up:
        say(console, f"MLflow at {redact(uri)} has not taken the whole record; the journal keeps it.")
        say(console, f"Once it answers, complete it with: {request.command}")
        return FAILED
    found = results(uri, plan.study.name)
    reports = reporting.chosen(None)
    call = reporting.Call(reports, driver.folder, mix_protocols=options.mix_protocols)
    reporting.report(found, call, console)
    reporting.publish(found, uri, driver.folder)
    _farewell(console, request, uri, found)
    if outcome.left:
        say(console, f"{count(outcome.left, 'run')} left. Go on with: {request.command}")
    complete = options.limit is not None or not outcome.left
    return DONE if complete and not (found.rows["verdict"] == "failed").any() else FAILED


class following:
    """A mirror that follows the driver's journal while the block runs, and tells its news."""

    def __init__(self, driver: Driver, uri: str, results_folder: Path) -> None:
        writable(driver.folder)
        artifacts = results_folder / "mlartifacts" / driver.plan.study.name
        self.mirror = Mirror(driver.journal.path, uri, artifacts, every=_LOOK)
        self.driver = driver

    def __enter__(self) -> Mirror:
        self.driver.news = self.mirror.news
        return self.mirror.start()

    def __exit__(self, *error: object) -> None:
        self.mirror.close()


def _size(options: Options) -> Callable[..., int]:
    limit = options.cohort_size
    return (lambda recipe: limit) if limit else cohort_size(options.device)


def _farewell(console: Console, request: Request, uri: str, found: Results) -> None:
    where = "" if request.tracking_uri is None else f" --tracking-uri {redact(uri)}"
    if request.tracking_uri is None and request.options.results != Path("results"):
        where = f" --results {shlex.quote(str(request.options.results))}"
    if more := reporting.on_demand():
        study = shlex.quote(str(request.plan.study.path))
        say(console, f"What takes longer: ganbench report {study}{where} --format {','.join(more)}")
    say(console, f"Browse every run: ganbench ui{where}")
    failed = int((found.rows["verdict"] == "failed").sum())
    if failed:
        log = request.options.results / request.plan.study.name / "failures.log"
        say(console, f"{count(failed, 'run')} failed; why: {log}; try again with --retry-failed")
