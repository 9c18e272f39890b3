"""The one table of thresholds: how far a score may be from real data's before a verdict says so.

Every limit is relative to the oracle, real data scored at the same N, so that none is a number for one data
set. How often they raise false alarms, and what they miss, is measured: see docs/verdicts.md.
"""

from __future__ import annotations

import math
from collections.abc import Container, Mapping
from dataclasses import dataclass
from typing import Literal

Values = Mapping[str, float | None]
Symptom = Literal["collapsed", "memorised", "unfaithful"]


@dataclass(frozen=True)
class Limit:
    """One row of the table."""

    symptom: Symptom
    outputs: tuple[str, ...]
    """Outputs that it may be read from; the first that a study has is used."""
    share: float
    against: Literal["oracle", "samples", "excess"]
    """oracle: at most `share` of the oracle's value. samples: at most `share` of N, and of the oracle's
    value. excess: at least `share` above the oracle's value."""
    words: str
    """What it means, with {value} and {oracle}."""
    means: str = ""
    """What crossing it is a sign of."""
    fewest: int = 0
    """Samples from which it says anything: at fewer, real data crosses it by chance."""
    least: float = 0.0
    """What the oracle has to have for it to say anything."""

    def output(self, scored: Values) -> str | None:
        """The output that it is read from, if there is one."""
        return next((name for name in self.outputs if name in scored), None)

    def bound(self, oracle: float, n: int) -> float:
        """The value at which it is crossed."""
        if self.against == "excess":
            return oracle + self.share
        return self.share * (min(oracle, n) if self.against == "samples" else oracle)

    def way(self, first: float, oracle: float, n: int) -> tuple[float, float]:
        """Which way is better, 1 or -1, and the size against which a gain since `first` is measured."""
        if self.against == "excess":
            return -1.0, max(abs(first), 1e-12)
        return 1.0, max(abs(min(oracle, n) if self.against == "samples" else oracle), 1e-12)

    def crossed(self, value: float, oracle: float, n: int) -> bool:
        """Whether a score of N samples is beyond the limit."""
        # 0.9 · 30 is a hair below 27 in binary; and a limit of nothing (no mode is held by real data
        # either) says nothing.
        slack = 1e-9 * abs(oracle)
        if self.against == "excess":
            return value >= self.bound(oracle, n) - slack
        return oracle > 0 and value <= self.bound(oracle, n) + slack


def _beside(words: str, form: str) -> str:
    """The sentence, with the oracle's value beside it."""
    return f"{words} (real data: {{oracle:{form}}})"


FEW = 200
"""Samples below which not every limit says something."""

LIMITS = (
    Limit(
        "collapsed",
        ("modes_10pct", "modes"),
        0.9,
        "oracle",
        "holds {value:g} of {oracle:g} modes",
        means="lost modes",
        fewest=100,
    ),
    Limit(
        "collapsed",
        ("lowest_share",),
        0.3,
        "oracle",
        _beside("rarest mode: {value:.0%} of its share", ".0%"),
        means="thinned modes",
        fewest=FEW,
        # Of real data's rarest mode fewer are there only if a mode has but a handful of samples.
        least=0.4,
    ),
    Limit("collapsed", ("coverage",), 0.4, "oracle", _beside("covers {value:.0%} of the data", ".0%")),
    Limit("collapsed", ("recall",), 0.3, "oracle", _beside("reaches {value:.0%} of the data", ".0%")),
    Limit(
        "collapsed", ("class_kl", "reverse_kl"), 0.5, "excess", _beside("uneven modes: KL {value:.2f}", ".2f")
    ),
    Limit("collapsed", ("support",), 0.5, "samples", "seems to make only {value:,.0f} different samples"),
    Limit(
        "memorised", ("authentic",), 0.5, "oracle", _beside("{value:.0%} are authentic", ".0%"), "copies", FEW
    ),
    Limit("memorised", ("copied",), 0.1, "excess", _beside("{value:.0%} are copies", ".0%"), "copies", FEW),
    Limit("unfaithful", ("high_quality",), 0.6, "oracle", _beside("{value:.0%} lie on modes", ".0%")),
    Limit("unfaithful", ("precision",), 0.6, "oracle", _beside("{value:.0%} look like real data", ".0%")),
    Limit(
        "unfaithful", ("confidence",), 0.9, "oracle", _beside("classes blur: confidence {value:.2f}", ".2f")
    ),
    Limit(
        "unfaithful",
        ("lowest_confidence",),
        0.92,
        "oracle",
        _beside("one class blurs: relative confidence {value:.2f}", ".2f"),
        means="merged modes",
        fewest=100,
    ),
)


@dataclass(frozen=True)
class Finding:
    """A limit that was crossed."""

    limit: Limit
    output: str
    sentence: str


def findings(scores: Values, oracle: Values, n: int) -> list[Finding]:
    """Every limit that the scores of N samples cross, in the table's order.

    Outputs without a finite value on either side are left out, and limits that N samples, or what real data
    reaches, are too little for.
    """
    found = []
    for limit in LIMITS:
        output = limit.output(oracle)
        value, best = (side.get(output) if output else None for side in (scores, oracle))
        if output is None or value is None or best is None or n < limit.fewest or best < limit.least:
            continue
        if math.isfinite(value) and math.isfinite(best) and limit.crossed(value, best, n):
            found.append(Finding(limit, output, limit.words.format(value=value, oracle=best)))
    return found


def not_looked_for(n: int, outputs: Container[str]) -> str:
    """What N samples, scored by these outputs, are too few to show; nothing if they are enough."""
    silent = [
        limit for limit in LIMITS if n < limit.fewest and any(name in outputs for name in limit.outputs)
    ]
    return ", ".join(dict.fromkeys(limit.means for limit in silent))
