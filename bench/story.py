"""The story of one run, as its journal tells it: where it trained, its scores, what went wrong, its end."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from bench.cells import clean, right
from bench.clock import duration, moment
from bench.finding import JOURNAL, Known
from bench.headlines import leading
from bench.journal import Event
from bench.journal_tail import Tail
from bench.wording import ARROWS, count, number

_ROWS = 12
"""Evaluations that the table shows: the first, the last, and some between."""
_COLUMNS = 5
"""Scores of each."""
_GAP = "  "
_OTHERS = tuple(f'"type": "{kind}"'.encode() for kind in ("study", "driver", "trouble", "split"))
"""Events that do not name the run and may tell of it."""


class Story:
    """What has been told of a run so far."""

    def __init__(self, known: Known) -> None:
        self.known = known
        self.outputs: dict[str, Any] = {}
        self.primary = ""
        self.scores: dict[int, dict[str, float | None]] = {}
        """Step -> scores."""
        self.cohorts: dict[str, None] = {}
        """The cohorts it was in, in order."""
        self.ended: Event | None = None
        self.host = ""
        """Of the driver under which it trains."""
        self._tail = Tail(known.folder / JOURNAL)

    def news(self, now: float) -> Iterator[str]:
        """Lines about what has happened since the last call, scores apart; `now`: seconds since the epoch."""
        # The cohorts are known by what the run itself takes part in; what is theirs comes later.
        wanted = (self.known.run.encode(), *_OTHERS)
        for event in self._tail.news(wanted):
            if (line := self._take(event, now)) is not None:
                yield f"{moment(event['time'], now)}  {clean(line)}"

    def table(self, most: int = _COLUMNS) -> list[str]:
        """Scores by step, of the evaluations that tell how it went; at `most` so many scores of each."""
        names = leading(self.primary, self.outputs)[:most] if self.outputs else []
        known = sorted(self.scores)
        if not known or not names:
            return []
        places: Sequence[int] = range(len(known))
        if len(known) > _ROWS:
            places = sorted({i * (len(known) - 1) // (_ROWS - 1) for i in range(_ROWS)})
        shown = [known[place] for place in places]
        about = [self.outputs[name] for name in names]
        heads = ["step", *(clean(f"{a['label']}{ARROWS.get(a['direction'], '')}") for a in about)]
        rows = [
            [
                f"{step:,}",
                *(number(self.scores[step].get(n), a["digits"]) for n, a in zip(names, about, strict=True)),
            ]
            for step in shown
        ]
        widths = [max(map(len, column)) for column in zip(heads, *rows, strict=True)]
        lines = [_GAP.join(map(right, row, widths)) for row in (heads, *rows)]
        left_out = len(known) - len(shown)
        return [*lines, f"({left_out:,} evaluations between them are left out)"] if left_out else lines

    def latest(self) -> str:
        """The last scores in one line."""
        step = max(self.scores)
        names = leading(self.primary, self.outputs)[:_COLUMNS]
        told = [f"{n} {number(self.scores[step].get(n), self.outputs[n]['digits'])}" for n in names]
        return f"step {step:,}: {'  '.join(told)}"

    def _take(self, event: Event, now: float) -> str | None:
        """Learn from an event; what is to be said of it."""
        match event["type"]:
            case "study":
                self.outputs, self.primary = event["outputs"], event["primary"]
            case "task":
                self.cohorts[event["cohort"]] = None
                again = f", attempt {event['attempt']}" if event["attempt"] > 1 else ""
                others = len(event["runs"]) - 1
                company = f", with {count(others, 'other run')}" if others else ""
                where = ", ".join(filter(None, (event["device"], self.host)))
                return f"begins on {event['worker']} ({where}){again}: cohort {event['cohort']}{company}"
            case "driver" if event["phase"] == "begin":
                self.host = event["host"]
            case "start":
                self.ended = None
                if event["cohort"] not in self.cohorts:
                    # A journal that does not tell of workers.
                    self.cohorts[event["cohort"]] = None
                    size = count(event["cohort_size"], "run")
                    return f"starts on {event['device']}, in cohort {event['cohort']} of {size}"
            case "score":
                self.scores.setdefault(event["step"], event["metrics"])
            case "trouble" if event.get("cohort") in self.cohorts:
                return f"{event['kind']}: {event['sentence']}"
            case "split" if event["cohort"] in self.cohorts:
                return f"cohort {event['cohort']} goes on in halves: too little memory"
            case "end" if self.ended is None:
                self.ended = event
                return _end(event)
        return None


def _end(event: Event) -> str:
    onset = f" since step {event['onset']:,}" if event.get("onset") is not None else ""
    reason = f": {event['reason']}" if event.get("reason") else ""
    spent = event.get("seconds")
    took = f" (trained for {duration(spent)})" if spent else ""
    return f"ends {event['verdict']}{onset}{reason}{took}"
