"""A cohort that a worker is at: how far it is, how fast it goes, what it scores."""

from __future__ import annotations

from dataclasses import dataclass, field

from bench.journal import Event


@dataclass
class Working:
    """A cohort that a worker is at."""

    cohort: str
    worker: str
    device: str
    attempt: int
    runs: tuple[str, ...]
    steps: int
    since: float
    """When the worker began, in seconds since the epoch."""
    names: list[str] = field(default_factory=list)
    """The names of its arms, each once."""
    step: int = 0
    heard: float = 0.0
    """When it was at that step."""
    rate: float | None = None
    """Steps a second in training, between its last two words on it."""
    scores: dict[str, dict[str, float | None]] = field(default_factory=dict)
    """Run -> its last scores."""
    per_step: float | None = None
    """Seconds a step takes, training and scoring, since this worker began."""
    _seconds: float | None = None
    _first: tuple[int, float] | None = None
    _scoring: float = 0.0

    def advanced(self, event: Event) -> None:
        """Take a `cohort` event."""
        step, seconds = int(event["step"]), float(event["seconds"])
        if self._first is None or self._seconds is None or step < self.step:
            self._first, self.rate = (step, seconds), None
        elif step > self.step and seconds > self._seconds:
            # The first step is slow, and soon forgotten.
            self.rate = (step - self.step) / (seconds - self._seconds)
        self.step, self._seconds, self.heard = step, seconds, float(event["time"])
        if step > self._first[0]:
            self.per_step = (seconds - self._first[1] + self._scoring) / (step - self._first[0])

    def scored(self, event: Event) -> None:
        """Take a `score` event of one of its runs."""
        self.scores[event["run"]] = event["metrics"]
        self._scoring += event.get("seconds") or 0.0

    def mean(self, output: str) -> float | None:
        """The last score, averaged over the runs that have one."""
        known = [value for scores in self.scores.values() if (value := scores.get(output)) is not None]
        return sum(known) / len(known) if known else None

    @property
    def seconds_left(self) -> float | None:
        """Seconds to its last step, counted from its last word; None before there is a basis."""
        return None if self.per_step is None else self.per_step * (self.steps - self.step)

    @property
    def title(self) -> str:
        """Its arm, or the first of several and how many more."""
        first = self.names[0] if self.names else self.cohort
        return first if len(self.names) < 2 else f"{first} and {len(self.names) - 1} more"
