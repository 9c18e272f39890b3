"""What `ganbench run` does, besides reading the command line."""

from __future__ import annotations

import shlex
import signal
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from bench import reporting
from bench.alone import writable
from bench.checking import overview
from bench.ending import DONE, Call, Ending, interrupted, reported, unpublished, unread, unrecorded
from bench.errands import Layout, Wish, lay_out, sizes_of, structures
from bench.executors.asking import aside
from bench.executors.chosen import chosen
from bench.plan import Plan, cohorts
from bench.problems import UserError
from bench.record import Past
from bench.rows import UNFINISHED, results
from bench.runner import Driver, Options, Outcome, Start
from bench.shell import say, spelled
from bench.study import Study
from bench.tracking import Mirror, TrackingError, redact, resolve_uri
from bench.unchanged import unchanged, verdicts
from bench.voice import Voice
from gan.registry import unknown

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

    study: Study
    wish: Wish
    options: Options
    only: tuple[str, ...]
    """Arms to run, by name or id; all if there are none."""
    tracking_uri: str | None
    executor: str = "local"
    address: str | None = None
    """Of a Ray cluster."""


def run(request: Request, voice: Voice, dry: bool = False) -> int:
    """Run what is left of a study, then report. The exit status.

    Raises:
        gan.data.errors.DataError: The data cannot be had.
        ProtocolChanged: Planned runs have scores that were made in another way.
        ProtocolError: The runs were scored in more than one way.
        StudyError, PlacementError: The study cannot be planned, or not there.
    """
    executor = chosen(request.executor, request.address, request.wish)
    folder = request.options.results / request.study.name
    with polite(), aside("worker 0") as first, ThreadPoolExecutor(1) as beside:
        past = beside.submit(Past.of, folder)
        layout: Layout = first.call("planning the study", lay_out, request.study, executor.wish, False)
        options = replace(request.options, only=_chosen(request.only, layout.plan))
        start: Start = partial(executor.start, first, folder, options.retries)
        driver = Driver(layout, options, voice.view, start, past.result())
        if driver.agenda.pending:
            asked = structures(layout.plan), layout.devices, executor.wish.cohort_size
            driver.sizes = first.call("planning the study", sizes_of, *asked)
        ending = _run(request, driver, voice, dry)
    voice.end(ending)
    return ending.status


def _run(request: Request, driver: Driver, voice: Voice, dry: bool) -> Ending:
    options, plan = driver.options, driver.layout.plan
    ahead = driver.agenda.rounds
    groups = [group for runs in ahead for group in cohorts(runs, driver.size)]
    voice.talk.print(overview(plan, groups, together=bool(driver.sizes)))
    if not plan.runs:
        raise UserError("There is nothing to run: no arm of this study applies.")
    total = sum(map(len, ahead))
    say(voice.talk, f"{total - driver.agenda.left} of {total} runs have an end already.")
    uri = resolve_uri(request.tracking_uri, options.results)
    if dry:
        return Ending(DONE, "done", counts={"ran": 0, "left": driver.agenda.left})
    call = Call(options.command, request.study.path, _where(request), redact(uri), driver.folder / "logs")
    if unchanged(driver, uri):
        say(
            voice.talk,
            f"The reports in {driver.folder} are of this record; {call.other('report')} prints one.",
        )
        return reported(call, Outcome(0, 0, False), verdicts(driver), _more(call), False)
    with following(driver, uri, options.results) as mirror:
        outcome = driver.run()
        caught_up = mirror.wait(_MOMENT)
        if not caught_up:
            if (sentence := mirror.news()) is not None:
                voice.view.note(sentence)
            voice.view.note(f"Waiting for MLflow at {redact(uri)} to take the rest of the record.")
            caught_up = mirror.wait(_PATIENCE)
        error = mirror.status.error
    if outcome.interrupted:
        return interrupted(call, outcome)
    if not caught_up:
        return unrecorded(call, outcome, error)
    try:
        found = results(uri, plan.study.name)
    except TrackingError as error:
        return unread(call, outcome, str(error))
    asked = reporting.Call(reporting.chosen(None), driver.folder, mix_protocols=options.mix_protocols)
    reporting.report(found, asked, voice.talk)
    try:
        reporting.publish(found, uri, driver.folder)
    except TrackingError as error:
        return unpublished(call, outcome, driver.folder, str(error))
    ends = Counter(verdict for verdict in found.rows["verdict"] if verdict not in UNFINISHED)
    less = options.limit is not None or bool(options.only)
    return reported(call, outcome, dict(ends.most_common()), _more(call), less)


class following:
    """A mirror that follows the driver's journal while the block runs, and tells its news."""

    def __init__(self, driver: Driver, uri: str, results_folder: Path) -> None:
        writable(driver.folder)
        artifacts = results_folder / "mlartifacts" / driver.plan.study.name
        self.mirror = Mirror(driver.record.journal.path, uri, artifacts, every=_LOOK)
        self.driver = driver

    def __enter__(self) -> Mirror:
        self.driver.news = self.mirror.news
        return self.mirror.start()

    def __exit__(self, *error: object) -> None:
        self.mirror.close()


def _chosen(names: Sequence[str], plan: Plan) -> frozenset[str]:
    """The ids of arms that are named. Raises UserError."""
    known = {name: arm.id for arm in plan.arms for name in (arm.name, arm.id)}
    if strange := next((name for name in names if name not in known), None):
        raise UserError(f"--only: {unknown('arm', strange, [arm.name for arm in plan.arms])}")
    return frozenset(known[name] for name in names)


@contextmanager
def polite() -> Iterator[None]:
    """A polite kill is what Ctrl-C is, whatever is being done: schedulers send it."""

    def stop(number: int, frame: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _where(request: Request) -> str:
    """The options that name the record, to be typed again; what a password is in is left to the user."""
    folder, uri = request.options.results, request.tracking_uri
    told = "" if folder == Path("results") else f" --results {shlex.quote(str(folder))}"
    return told if uri is None else f"{told} --tracking-uri {spelled(uri)}"


def _more(call: Call) -> tuple[str, ...]:
    """What else may be done with the results."""
    browse = f"Browse every run: ganbench ui{call.where}"
    if more := reporting.on_demand():
        return f"What takes longer: {call.other('report')} --format {','.join(more)}", browse
    return (browse,)
