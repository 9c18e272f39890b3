"""Whether a run that was trained again is the same: its scores bit for bit, or how far they are apart."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from bench.journal import Event
from bench.ledger import Scores
from bench.wording import count

History = Mapping[int, Scores]
"""Step -> scores."""


@dataclass(frozen=True)
class Apart:
    """One output whose scores differ."""

    output: str
    first: int
    """The step at which they begin to."""
    step: int
    """The step at which they differ most; of scores of which one is missing, the first."""
    before: float | None
    now: float | None

    def __str__(self) -> str:
        return f"{self.output} from step {self.first} on, most at step {self.step}: {self._far}"

    @property
    def _far(self) -> str:
        told = f"{_number(self.before)} recorded, {_number(self.now)} now"
        if self.before is None or self.now is None:
            return told
        return f"{told}, {abs(self.now - self.before):.3g} apart"


@dataclass(frozen=True)
class Likeness:
    """A run as it is recorded, and trained again."""

    evaluations: int
    """Those that both have."""
    outputs: int
    apart: tuple[Apart, ...]
    """Outputs that differ at an evaluation, what begins first at the top."""
    lost: tuple[int, ...]
    """Steps that were scored then and not now."""
    added: tuple[int, ...]
    """Steps that were scored now and not then."""
    ends: tuple[str, ...]
    """In words, what differs of how it ended."""
    weights: bool | None
    """Whether the last states are the same bit for bit; None: one of them is not there."""

    @property
    def same(self) -> bool:
        """Whether every score is, and how it ended."""
        return not (self.apart or self.lost or self.added or self.ends)

    def lines(self) -> Iterator[str]:
        """What there is to say, in sentences."""
        if self.same:
            yield (
                f"The same: {count(self.evaluations, 'evaluation')} of {count(self.outputs, 'score')} and "
                "the final ones, bit for bit."
            )
        else:
            begins = f" from step {self.apart[0].first} on" if self.apart else ""
            yield f"Different{begins}; {count(self.evaluations, 'evaluation')} compared."
            yield from (f"  {apart}" for apart in self.apart)
            if self.lost:
                yield f"  not scored this time: step {_several(self.lost)}"
            if self.added:
                yield f"  scored this time only: step {_several(self.added)}"
            yield from (f"  {sentence}" for sentence in self.ends)
        weights = {
            True: "the same, bit for bit",
            False: "different",
            None: "not compared: a file is not there",
        }
        yield f"Final weights: {weights[self.weights]}."

    def as_dict(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "same": self.same,
            "evaluations": self.evaluations,
            "apart": [vars(apart) for apart in self.apart],
            "lost": list(self.lost),
            "added": list(self.added),
            "ends": list(self.ends),
            "weights": self.weights,
        }


def likeness(
    before: tuple[History, Event], now: tuple[History, Event], weights: bool | None = None
) -> Likeness:
    """Compare two histories of scores and the events that end them.

    Numbers are compared as they are: what JSON holds is what was computed, to the last bit.
    """
    (recorded, old), (found, new) = before, now
    steps = sorted(recorded.keys() & found.keys())
    names = dict.fromkeys(name for history in (recorded, found) for row in history.values() for name in row)
    apart = [a for name in names if (a := _apart(name, recorded, found, steps)) is not None]
    return Likeness(
        evaluations=len(steps),
        outputs=len(names),
        apart=tuple(sorted(apart, key=lambda one: one.first)),
        lost=tuple(sorted(recorded.keys() - found.keys())),
        added=tuple(sorted(found.keys() - recorded.keys())),
        ends=tuple(_ends(old, new)),
        weights=weights,
    )


def _apart(name: str, recorded: History, found: History, steps: list[int]) -> Apart | None:
    pairs = [(step, recorded[step].get(name), found[step].get(name)) for step in steps]
    different = [(step, old, new) for step, old, new in pairs if old != new]
    if not different:
        return None
    missing = [pair for pair in different if pair[1] is None or pair[2] is None]
    most = missing[0] if missing else max(different, key=lambda pair: abs(pair[2] - pair[1]))  # type: ignore[operator]
    return Apart(name, different[0][0], *most)


def _ends(old: Event, new: Event) -> Iterator[str]:
    for name in ("verdict", "onset", "steps"):
        if old.get(name) != new.get(name) and not (name == "steps" and old.get(name) is None):
            yield f"{name}: {old.get(name)} recorded, {new.get(name)} now"
    for name in ("final", "noise"):
        past, present = old.get(name) or {}, new.get(name) or {}
        for output in past:
            if past[output] != present.get(output):
                numbers = f"{_number(past[output])} recorded, {_number(present.get(output))} now"
                yield f"{'final ' if name == 'final' else 'noise of '}{output}: {numbers}"


def _several(steps: tuple[int, ...]) -> str:
    return f"{steps[0]}" if len(steps) == 1 else f"{steps[0]} and {count(len(steps) - 1, 'other')}"


def _number(value: float | None) -> str:
    return "no score" if value is None else f"{value:.6g}"
