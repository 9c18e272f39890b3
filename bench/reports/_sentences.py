"""Plain sentences about effects, none of which claims a direction that its interval leaves open."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bench.reports._analysis import Analysis, Contrast
from bench.reports._estimates import equal, interval
from bench.reports._words import level as plain
from bench.settings import ARM, PARTS, is_trick
from bench.stats import smallest_p
from bench.wording import number

_MOST = 6
"""Levels of one factor without a shown effect that are told one by one."""
_MORE = 4
"""Decimals that an interval close to 0 may have beyond the output's own."""
_OFF = "off"


@dataclass(frozen=True)
class Told:
    """An output as sentences name it."""

    label: str
    digits: int
    alpha: float
    """Corrected p below which a direction is claimed."""

    def size(self, contrast: Contrast) -> str:
        """`3.1 [1.2, 5.0]`: how much higher or lower, without a sign."""
        value = contrast.interval
        return interval(value if value.mean > 0 else value.mirrored, self._decimals(contrast))

    def signed(self, contrast: Contrast) -> str:
        """`+0.2 [-1.1, +1.5]`."""
        return interval(contrast.interval, self._decimals(contrast), sign=True)

    def unshown(self, contrast: Contrast) -> str:
        """As `signed`; of seeds that all say the same, why that shows nothing."""
        if self.powerless(contrast):
            return f"{self.alike(contrast)}, {self.why(contrast)}"
        return self.signed(contrast)

    def alike(self, contrast: Contrast) -> str:
        """`-1.5`: what every seed says."""
        return number(contrast.interval.mean, self._decimals(contrast), sign=True)

    def powerless(self, contrast: Contrast) -> bool:
        """Whether all seeds say the same, and are too few for their agreement to count."""
        return contrast.same and smallest_p(contrast.interval.n) >= self.alpha

    def why(self, contrast: Contrast) -> str:
        """Why seeds that all say the same show nothing."""
        seeds = contrast.interval.n
        return f"the same in all {seeds} seeds, of which no sign-flip test can reach {plain(self.alpha)}"

    def _decimals(self, contrast: Contrast) -> int:
        """The output's own, or as many more as show that an interval excludes 0."""
        if contrast.covers_zero:
            return self.digits
        ends = (contrast.interval.low, contrast.interval.high)
        nearest = min(abs(end) for end in ends if end is not None)
        enough = range(self.digits, self.digits + _MORE)
        return next((digits for digits in enough if round(nearest, digits)), self.digits + _MORE)


def level_name(factor: str, level: str) -> str:
    """A level as arms are named: `hinge`, `r1(gamma=0.3)`, `lr=0.001`."""
    if factor == ARM or factor in PARTS:
        return level
    if not is_trick(factor):
        return f"{factor}={level}"
    if level == _OFF:
        return f"no {factor}"
    return factor if level == "on" else f"{factor}({level})"


def sentences(analysis: Analysis, told: Told) -> list[str]:
    """What the analysis says: effects that could be shown, then factor by factor what could not."""
    shown, rest = [], []
    for factor in analysis.levels:
        hinted, unseen, left = [], [], []
        for contrast in (found for found in analysis.main if found.factor == factor):
            split = [
                _split(analysis, contrast, other, told)
                for other in _depends_on(analysis, contrast, told.alpha)
            ]
            if split:
                shown += split
            elif contrast.shown(told.alpha):
                shown.append(_claim(analysis, contrast, told))
            elif not contrast.covers_zero:
                left.append(contrast)
                hinted.append(_hint(analysis, contrast, told))
            else:
                unseen.append(_none(analysis, contrast, told))
        if len(hinted) > _MOST:
            hinted = [_hints(factor, left, told)]
        if len(unseen) > _MOST:
            unseen = [f"No effect of {len(unseen)} levels of {factor} on {told.label} could be shown."]
        rest += [*hinted, *unseen]
    return [*shown, *rest]


def _depends_on(analysis: Analysis, contrast: Contrast, alpha: float) -> list[str]:
    """Factors at whose levels this effect was shown to differ."""
    found = [
        crossed.at[0]
        for crossed in analysis.crossed
        if crossed.at is not None
        and (crossed.factor, crossed.level) == (contrast.factor, contrast.level)
        and crossed.shown(alpha)
    ]
    return list(dict.fromkeys(found))


def _claim(analysis: Analysis, contrast: Contrast, told: Told) -> str:
    size, scope = told.size(contrast), _scope(analysis, contrast)
    return (
        f"{_subject(contrast)} {_verb(contrast)} {told.label} by {size}{scope} (p {equal(contrast.p_holm)})."
    )


def _hint(analysis: Analysis, contrast: Contrast, told: Told) -> str:
    said = f"{_subject(contrast)} may {_verb(contrast)[:-1]} {told.label}"
    if told.powerless(contrast):
        size = f"({told.alike(contrast)}){_scope(analysis, contrast)}"
        return f"{said} {size}, but that was not shown: {told.why(contrast)}."
    return (
        f"{said} ({told.signed(contrast)}){_scope(analysis, contrast)}, but that was not shown once "
        f"corrected (p {equal(contrast.p_holm)})."
    )


def _hints(factor: str, left: Sequence[Contrast], told: Told) -> str:
    """Many of them in one."""
    said = f"{len(left)} levels of {factor} may change {told.label}"
    if all(told.powerless(contrast) for contrast in left):
        return f"{said}, but that was not shown: each is {told.why(left[0])}."
    return f"{said}, but that was not shown once corrected for all of them."


def _none(analysis: Analysis, contrast: Contrast, told: Told) -> str:
    said = f"No effect of {_subject(contrast)} on {told.label} could be shown{_spaced(analysis.setting)}"
    return f"{said}: {told.signed(contrast)}."


def _split(analysis: Analysis, contrast: Contrast, other: str, told: Told) -> str:
    """One factor's effect at each level of another that it depends on."""
    parts = _simple(analysis, contrast, other)
    line = next(line for line in analysis.lines if set(line.factors) == {contrast.factor, other})
    ending = f" (interaction p {equal(line.p_holm)})."
    claims = [part for part in parts if part.shown(told.alpha)]
    rest = [part for part in parts if not part.shown(told.alpha)]
    subject = _subject(contrast)
    if not claims:
        said = f"What {subject} does to {told.label} depends on {other}"
        return f"{said}, but nothing could be shown at any one level: {_levels(analysis, rest, told)}{ending}"
    text, verb = subject, ""
    for index, part in enumerate(claims):
        said = _verb(part)
        where, size = _where(analysis, part, index == 0), told.size(part)
        joint = " and" if index else ""
        again = f" {said} {'it' if index else told.label}" if said != verb else ""
        text, verb = f"{text}{joint}{again} by {size} {where}", said
    for part in rest:
        where = _where(analysis, part, False)
        text += f"; {where} no effect could be shown ({told.unshown(part)})"
    return text + ending


def _levels(analysis: Analysis, parts: Sequence[Contrast], told: Told) -> str:
    """Effects at each level, none of which was shown; together those that are the same in every seed."""
    alike = [part for part in parts if told.powerless(part)]
    items = [f"{_where(analysis, part, True)} {told.signed(part)}" for part in parts if part not in alike]
    if alike:
        sizes = "; ".join(f"{_where(analysis, part, True)} {told.alike(part)}" for part in alike)
        each = "each " if len(alike) > 1 else ""
        items.insert(0, f"{sizes} ({each}{told.why(alike[0])})")
    return "; ".join(items)


def _simple(analysis: Analysis, contrast: Contrast, other: str) -> list[Contrast]:
    """The effect at each level of another factor."""
    return [
        part
        for part in analysis.simple
        if part.at is not None
        and (part.factor, part.level, part.at[0]) == (contrast.factor, contrast.level, other)
    ]


def _scope(analysis: Analysis, contrast: Contrast) -> str:
    """Where the effect holds: at every level of another factor if it was seen at each, else on average."""
    if analysis.setting:
        return f" {analysis.setting}"
    everywhere, average = [], []
    for other in analysis.levels:
        if other == contrast.factor:
            continue
        parts = _simple(analysis, contrast, other)
        same = all(not part.covers_zero and _verb(part) == _verb(contrast) for part in parts)
        if parts and same:
            switch = is_trick(other) and len(parts) == 2 and _OFF in analysis.levels[other]
            everywhere.append(f"with and without {other}" if switch else f"whatever the {other}")
        else:
            average.append(other)
    words = ", ".join(everywhere)
    if average:
        words += f"{', ' if words else ''}on average over {' and '.join(average)}"
    return _spaced(words)


def _subject(contrast: Contrast) -> str:
    factor, level, reference = contrast.factor, contrast.level, contrast.reference
    if is_trick(factor) and reference == _OFF:
        return level_name(factor, level)
    if is_trick(factor) and level == _OFF:
        return f"leaving out {level_name(factor, reference)}"
    return f"{level_name(factor, level)} instead of {level_name(factor, reference)}"


def _where(analysis: Analysis, contrast: Contrast, first: bool) -> str:
    """`without r1`, `with r1(gamma=0.3)`, `with it`, `with hinge`, `at lr=0.001`."""
    assert contrast.at is not None
    factor, level = contrast.at
    if not is_trick(factor):
        return f"{'with' if factor in PARTS else 'at'} {level_name(factor, level)}"
    switch = len(analysis.levels[factor]) == 2 and _OFF in analysis.levels[factor]
    name = "it" if switch and not first else factor if level == _OFF else level_name(factor, level)
    return f"{'without' if level == _OFF else 'with'} {name}"


def _verb(contrast: Contrast) -> str:
    return "raises" if contrast.interval.mean > 0 else "lowers"


def _spaced(words: str) -> str:
    return f" {words}" if words else ""
