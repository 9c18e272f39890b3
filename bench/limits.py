"""The one table of thresholds: how far a score may be from real data's before a verdict says so.

Every limit is relative to the oracle, real data scored at the same N, so that none is a number for one data
set. How often they raise false alarms, and what they miss, is measured: see docs/verdicts.md.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

Values = Mapping[str, float | None]
Symptom = Literal["collapsed", "memorised", "unfaithful"]
RAREST = "rarest_expected"
"""Output that says how many samples a perfect generator has in the rarest mode."""


@dataclass(frozen=True)
class Enough:
    """Samples from which a rule says anything: with fewer, a perfect generator breaks it by chance."""

    samples: int = 50
    a_mode: int = 0
    """The same for the samples in the rarest mode: the oracle's `RAREST`. Where it has no such score N alone
    decides, or another metric that counts modes would go unheard."""

    def reached(self, n: int, oracle: Values) -> bool:
        """Whether N samples suffice, on data that scores `oracle`."""
        rarest = known(oracle, RAREST)
        # 735 · (1 / 49) is a hair below 15 in binary.
        return n >= self.samples and (rarest is None or rarest >= self.a_mode - 1e-9)


EACH_MODE = Enough(samples=100, a_mode=15)
"""For what is read from every mode by itself: how thin the thinnest is, and which of them come and go."""


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
    means: str
    """What crossing it is a sign of."""
    enough: Enough = Enough()
    """Samples without which it is silent."""

    def output(self, scored: Values) -> str | None:
        """The output that it is read from, if there is one."""
        return next((name for name in self.outputs if name in scored), None)

    def way(self, first: float, oracle: float, n: int) -> tuple[float, float]:
        """Which way is better, 1 or -1, and the size against which a gain since `first` is measured."""
        if self.against == "excess":
            return -1.0, max(abs(first), 1e-12)
        return 1.0, max(abs(self._scale(oracle, n)), 1e-12)

    def crossed(self, value: float, oracle: float, n: int) -> bool:
        """Whether a score of N samples is beyond the limit."""
        # 0.2 + 0.1 is a hair above 0.3 in binary, and 0.4 · 0.145 a hair below 0.058.
        slack = 1e-9 * abs(oracle)
        if self.against == "excess":
            return value >= oracle + self.share - slack
        # A share of nothing (real data holds no mode either) says nothing.
        return oracle > 0 and value <= self.share * self._scale(oracle, n) + slack

    def _scale(self, oracle: float, n: int) -> float:
        """What `share` is a share of."""
        return min(oracle, n) if self.against == "samples" else oracle


def _beside(words: str, form: str) -> str:
    """The sentence, with the oracle's value beside it."""
    return f"{words} (real data: {{oracle:{form}}})"


LIMITS = (
    Limit(
        symptom="collapsed",
        outputs=("modes_10pct", "modes"),
        share=0.9,
        against="oracle",
        words="holds {value:g} of {oracle:g} modes",
        means="lost modes",
        # Of few samples a mode chance misses many modes, now more and now fewer.
        enough=Enough(100, a_mode=4),
    ),
    Limit(
        symptom="collapsed",
        outputs=("lowest_share",),
        share=0.3,
        against="oracle",
        words=_beside("rarest mode: {value:.0%} of its share", ".0%"),
        means="thinned modes",
        enough=EACH_MODE,
    ),
    Limit(
        symptom="collapsed",
        outputs=("coverage",),
        share=0.4,
        against="oracle",
        words=_beside("covers {value:.0%} of the data", ".0%"),
        means="collapse",
    ),
    Limit(
        symptom="collapsed",
        outputs=("recall",),
        share=0.3,
        against="oracle",
        words=_beside("reaches {value:.0%} of the data", ".0%"),
        means="collapse",
    ),
    Limit(
        symptom="collapsed",
        outputs=("class_kl", "reverse_kl"),
        share=0.5,
        against="excess",
        words=_beside("uneven modes: KL {value:.2f}", ".2f"),
        means="collapse",
    ),
    Limit(
        symptom="collapsed",
        outputs=("support",),
        share=0.5,
        against="samples",
        words="seems to make only {value:,.0f} different samples",
        means="collapse",
    ),
    Limit(
        symptom="memorised",
        outputs=("authentic",),
        share=0.5,
        against="oracle",
        words=_beside("{value:.0%} are authentic", ".0%"),
        means="copies",
        enough=Enough(200),
    ),
    Limit(
        symptom="memorised",
        outputs=("copied",),
        share=0.1,
        against="excess",
        words=_beside("{value:.0%} are copies", ".0%"),
        means="copies",
        enough=Enough(200),
    ),
    Limit(
        symptom="unfaithful",
        outputs=("high_quality",),
        share=0.6,
        against="oracle",
        words=_beside("{value:.0%} lie on modes", ".0%"),
        means="noise",
    ),
    Limit(
        symptom="unfaithful",
        outputs=("precision",),
        share=0.6,
        against="oracle",
        words=_beside("{value:.0%} look like real data", ".0%"),
        means="noise",
    ),
    Limit(
        symptom="unfaithful",
        outputs=("confidence",),
        share=0.9,
        against="oracle",
        words=_beside("classes blur: confidence {value:.2f}", ".2f"),
        means="noise",
    ),
    Limit(
        symptom="unfaithful",
        outputs=("lowest_confidence",),
        share=0.92,
        against="oracle",
        words=_beside("one class blurs: relative confidence {value:.2f}", ".2f"),
        means="merged modes",
        enough=Enough(100),
    ),
    Limit(
        symptom="unfaithful",
        outputs=("converged",),
        share=0.5,
        against="oracle",
        words="is not at the one point where all data are",
        means="no convergence",
    ),
)

MODES = "modes"
"""Output that counts modes as the literature does, of points from the first sample on."""


def strictly_counted(outputs: Mapping[str, Mapping[str, Any]]) -> str | None:
    """That verdicts count modes otherwise than `MODES` does; None where they do not.

    Args:
        outputs: Output -> its `label`, and more.
    """
    counts = next(limit for limit in LIMITS if MODES in limit.outputs)
    strict = counts.outputs[0]
    if MODES not in outputs or strict not in outputs:
        return None
    return (
        "Verdicts count a mode as held only from a tenth of its share on: that is the output "
        f"“{outputs[strict]['label']}”, not “{outputs[MODES]['label']}”."
    )


ENOUGH = max(EACH_MODE.samples, *(limit.enough.samples for limit in LIMITS))
"""Samples from which every rule says something, if the rarest mode has enough of them."""


@dataclass(frozen=True)
class Finding:
    """A limit that was crossed."""

    limit: Limit
    output: str
    sentence: str


def findings(scores: Values, oracle: Values, n: int) -> list[Finding]:
    """Every limit that the scores of N samples cross, in the table's order.

    Outputs without a finite value on either side are left out, and limits that N samples are too few for.
    """
    found = []
    for limit in LIMITS:
        output = limit.output(oracle)
        value, best = (known(side, output) if output else None for side in (scores, oracle))
        if output is None or value is None or best is None or not limit.enough.reached(n, oracle):
            continue
        if limit.crossed(value, best, n):
            found.append(Finding(limit, output, limit.words.format(value=value, oracle=best)))
    return found


def known(scored: Values, output: str) -> float | None:
    """A score, if there is one and it is finite."""
    value = scored.get(output)
    return value if value is not None and math.isfinite(value) else None


def not_looked_for(n: int, oracle: Values, followed: bool) -> str:
    """What N samples are too few to show, of what these outputs could show; nothing if they are enough.

    Args:
        n: Samples a score.
        oracle: Scores of real data, or what is known of them.
        followed: Whether every mode is followed through a run, so that those that come and go could be seen.
    """
    silent = [limit for limit in LIMITS if limit.output(oracle) and not limit.enough.reached(n, oracle)]
    restless = ["modes that come and go"] if followed and not EACH_MODE.reached(n, oracle) else []
    return ", ".join(dict.fromkeys([*(limit.means for limit in silent), *restless]))
