"""What is done to a study while it runs: one storm a seed, every blow drawn from `random.Random(seed)`.

workers   SIGKILL to one of them every 2 to 6 s
children  SIGKILL to the server that forks them or to the process that speaks to MLflow every 20 to 60 s
driver    SIGKILL, five times: as the study advances, while it starts, and when all runs have ended;
          then the same command is started again, at once or after a while
pauses    SIGSTOP for 0.5 to 3 s of the driver or of a child
server    SIGKILL and, after 1 to 10 s, a new start; or SIGSTOP for 3 to 12 s
"""

from __future__ import annotations

import itertools
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from random import Random

from chaos_processes import Kind, Process
from chaos_server import Server
from chaos_study import Command, Progress, Size

CALM = 40.0
"""Seconds that the whole study takes undisturbed on two idle cores."""
STARTS = 40
"""Most starts of the command before it is given up."""
_TICK = 0.1
_LOOK = 0.5
Action = Callable[[], None]


@dataclass(frozen=True)
class Blow:
    """One thing that was done, or that happened by itself."""

    seconds: float
    """Since the storm began."""
    what: str
    at: float
    """Share of all scores that the journal held."""


@dataclass
class Storm:
    """A storm over one study."""

    seed: int
    command: Command
    server: Server
    scores: int
    """How many the whole study has."""
    limit: float
    """Seconds until it is given up."""
    size: Size
    stretch: float = 1.0
    blows: list[Blow] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0
    """From the first start to the last end."""

    def __post_init__(self) -> None:
        self._begin = time.monotonic()
        self._progress = Progress(self.command.journal)
        self._due: list[tuple[float, Action]] = []
        """Ends of pauses, and new starts."""
        self._started = self._looked = 0.0
        self._driver = self.driver_plan()
        self._wanted = next(self._driver, None)

    def run(self) -> str | None:
        """Until the command ends with exit status 0 after the last blow; what is wrong, if it never does."""
        self._start()
        streams = [
            self._kills("worker", 2.0, 6.0),
            self._kills("child", 20.0, 60.0),
            self._pauses(),
            self._server_troubles(),
        ]
        waiting = [next(stream) for stream in streams]
        while (now := self._now()) < self.limit:
            self._settle(now)
            if now - self._looked > _LOOK:
                self._progress.look()
                self._looked = now
            if self.command.status is not None and not self._again():
                self._calm()
                self.seconds = self._now()
                return None if self.command.status == 0 else f"gave up after {STARTS} starts"
            for index, stream in enumerate(streams):
                if now >= waiting[index]:
                    waiting[index] = next(stream)
            self._strike_driver(now)
            time.sleep(_TICK)
        self._calm()
        self.seconds = self._now()
        return f"had not ended after {self.limit:.0f} s"

    @property
    def share(self) -> float:
        """How much of the study the journal holds."""
        return len(self._progress.scored) / self.scores

    def _now(self) -> float:
        return time.monotonic() - self._begin

    def _note(self, what: str, kind: str | None = None) -> None:
        self.blows.append(Blow(round(self._now(), 2), what, round(self.share, 3)))
        if kind is not None:
            self.counts[kind] += 1

    def _settle(self, now: float) -> None:
        """Do what has come due."""
        due = [action for when, action in self._due if when <= now]
        self._due = [(when, action) for when, action in self._due if when > now]
        for action in due:
            action()

    def _later(self, seconds: float, action: Action) -> None:
        self._due.append((self._now() + seconds, action))

    def _calm(self) -> None:
        """End every pause; nobody stays stopped."""
        for _, action in self._due:
            action()
        self._due = []

    # The command

    def _start(self) -> None:
        self.command.start()
        self._started = self._now()
        self.counts["starts"] += 1

    def _again(self) -> bool:
        """Start the command again unless all is over."""
        status = self.command.status
        over = status == 0 and self._wanted is None
        if over or self.counts["starts"] >= STARTS:
            return False
        if status != 0 and status != -signal.SIGKILL:
            self._note(f"the command ended by itself with exit status {status}", "own ends")
        elif status == 0:
            self._note("the command was done before the last blow to its driver; once more")
        self._start()
        return True

    def _strike_driver(self, now: float) -> None:
        if self._wanted is None or self.command.status is not None or not self._wanted(now):
            return
        self.command.kill_driver()
        self._note(f"driver {self.command.sessions[-1]} killed", "driver kills")
        self._wanted = next(self._driver, None)
        draw = Random(f"{self.seed} restart {self.counts['starts']}")
        if draw.random() < 0.5:
            time.sleep(draw.uniform(0.0, 4.0))
        if draw.random() < 0.25:
            # As when the power fails: nobody is left who could finish a sentence.
            self.command.kill_all()
            self._note("and everything that it had started")

    def driver_plan(self) -> Iterator[Callable[[float], bool]]:
        """When the driver is to be killed, one condition after the other."""
        draw = Random(f"{self.seed} driver")
        shares = sorted(draw.uniform(0.02, 0.95) for _ in range(max(0, self.size.driver_kills - 2)))
        early = draw.randrange(len(shares) + 1) if shares else 0
        for index, share in enumerate(shares):
            if index == early and self.size.driver_kills > 1:
                yield self._after_start(self.stretch * draw.uniform(0.1, 8.0))
            yield lambda now, share=share: self.share >= share  # type: ignore[misc]
        if early >= len(shares) and self.size.driver_kills > 1:
            yield self._after_start(self.stretch * draw.uniform(0.1, 8.0))
        if self.size.driver_kills > 0:
            yield self._after_end(draw.uniform(0.0, 4.0))

    def _after_start(self, seconds: float) -> Callable[[float], bool]:
        return lambda now: now - self._started >= seconds

    def _after_end(self, seconds: float) -> Callable[[float], bool]:
        """So long after all runs have ended (and the last start): while MLflow takes the rest."""
        ended: list[float] = []

        def met(now: float) -> bool:
            if len(self._progress.ended) >= self.size.runs:
                ended.append(now)
            return bool(ended) and now - max(ended[0], self._started) >= seconds

        return met

    # Its processes

    def _kills(self, kind: Kind, shortest: float, longest: float) -> Iterator[float]:
        draw = Random(f"{self.seed} {kind}")
        while True:
            yield self._now() + self.stretch * draw.uniform(shortest, longest)
            if children := self._living(kind):
                victim = draw.choice(children)
                if victim.send(signal.SIGKILL):
                    self._note(f"{kind} {victim.pid} killed", f"{kind} kills")

    def _pauses(self) -> Iterator[float]:
        draw = Random(f"{self.seed} pauses")
        while True:
            yield self._now() + self.stretch * draw.uniform(4.0, 12.0)
            all_of_them = self._living("driver", "worker", "child")
            if all_of_them:
                victim, seconds = draw.choice(all_of_them), draw.uniform(0.5, 3.0)
                if victim.send(signal.SIGSTOP):
                    self._note(f"{victim.kind} {victim.pid} stopped for {seconds:.1f} s", "pauses")
                    self._later(seconds, lambda victim=victim: victim.send(signal.SIGCONT))  # type: ignore[misc]

    def _living(self, *kinds: Kind) -> list[Process]:
        return [process for process in self.command.processes() if process.kind in kinds]

    # The server

    def _server_troubles(self) -> Iterator[float]:
        draw = Random(f"{self.seed} server")
        kinds = ["kill", "hang"]
        draw.shuffle(kinds)
        for kind in itertools.cycle(kinds):
            yield self._now() + self.stretch * draw.uniform(8.0, 25.0)
            while not self.server.answers():
                yield self._now() + 1.0
            if kind == "kill":
                self.server.kill()
                away = draw.uniform(1.0, 10.0)
                self._note(f"server killed; starts again in {away:.1f} s", "server kills")
                self._later(away, self.server.start)
            else:
                self.server.hang()
                away = draw.uniform(3.0, 12.0)
                self._note(f"server hung for {away:.1f} s", "server hangs")
                self._later(away, self.server.go_on)
