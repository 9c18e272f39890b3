"""Which factor did it, and together with what: effects of a study's factors on one output."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bench.reports._analysis import Analysis, Contrast, Line, analyse
from bench.reports._blocks import Block, blocks
from bench.reports._estimates import equal, interval, probability
from bench.reports._families import declared_output, family
from bench.reports._markdown import escape, table
from bench.reports._sentences import Told, sentences
from bench.reports._slices import slices
from bench.rows import Results
from bench.stats import Array
from bench.stats.factorial import normality, ranks
from bench.wording import NOTHING, count, labelled

_RANKS = (
    "No run is left out for having failed: within each seed the arms are ranked, 1 for the best, and runs "
    "without a usable score share the last place. Ranks can make interactions and hide them: main effects "
    "only."
)
_APART = (
    "Tests of factors are corrected by themselves and exploratory: what a study declares "
    "is a comparison of whole arms, which counts where the two seem to disagree."
)
_FAVOURS = "Leaving seeds out favours arms that fail: see the ranks, which leave out no run that failed."


@dataclass(frozen=True)
class Effects:
    """What the factors of a study do to one output."""

    output: str
    label: str
    digits: int
    scores: Analysis | None
    """Of the final scores; None where that is refused."""
    ranks: Analysis | None
    """Main effects on ranks within seeds, failures last; None where no run has failed."""
    refused: str | None
    """Why there is no analysis of the scores; None if there is one."""
    sentences: tuple[str, ...]
    """What was found, plain text."""
    notes: tuple[str, ...]
    """What was left out and why, and how far the numbers can be trusted; plain text."""


def effects(results: Results, output: str | None = None) -> Effects:
    """Effects of the factors on `output`, by default the one that the study's conclusions rest on."""
    plan = results.plan
    output = output or declared_output(plan)
    about = plan["outputs"][output]
    told = Told(about["label"], about["digits"], family(plan, output).alpha)
    parts, notes = slices(plan)
    if len(results.protocols) > 1:
        return _refused(
            output, told, "The runs were scored by different protocols: their scores do not compare."
        )
    if not parts:
        return _refused(output, told, " ".join(notes))
    filled = [blocks(results, part, output) for part in parts]
    usable = [block for block in filled if block.refused is None]
    scores = analyse([(block.part, block.scores) for block in usable]) if usable else None
    refused = None if usable else " ".join(dict.fromkeys(str(block.refused) for block in filled))
    failed = any(block.failed for block in filled)
    placed = _ranked(filled, about["direction"]) if failed else None
    said = sentences(scores, told) if scores else []
    if placed is not None:
        said += sentences(placed, Told(f"the rank (1 is best) of {told.label}", 1, told.alpha))
    notes += _notes(filled, scores is not None, placed is not None)
    unique = tuple(dict.fromkeys(notes))
    return Effects(output, told.label, told.digits, scores, placed, refused, tuple(said), unique)


def effects_section(results: Results) -> list[str]:
    """The section "Effects" of a report in Markdown, on the output that conclusions rest on."""
    found = effects(results)
    label = escape(labelled(results.plan["outputs"][found.output]))
    blocks = [[f"## Effects of the factors on {label}"]]
    if found.refused is not None:
        blocks.append([f"No analysis of the scores: {escape(found.refused)}"])
    blocks.append([f"- {escape(sentence)}" for sentence in found.sentences])
    if found.scores is not None:
        blocks.append(_table(found.scores, found.digits))
    if found.ranks is not None:
        blocks += [["On ranks:"], _table(found.ranks, 1)]
    if found.scores or found.ranks:
        blocks.append([_about(found.scores, found.ranks)])
    blocks += [[escape(note)] for note in found.notes]
    return "\n\n".join("\n".join(block) for block in blocks if block).split("\n")


def _notes(filled: Sequence[Block], scored: bool, ranked: bool) -> list[str]:
    """What to know of both analyses, of the scores, of the ranks; of several each says of which."""
    both = [_APART] if scored or ranked else []
    waiting = _together(filled, [block.waiting for block in filled])
    several = len(filled) > 1
    scores = _together(
        filled,
        [
            (*block.notes, *([f"Not analysed. {block.refused}"] if block.refused and several else []))
            for block in filled
        ],
    )
    scores += [] if ranked else waiting
    if ranked and scored:
        scores.append(_FAVOURS)
    scores += [note for block in filled if block.refused is None for note in _trust(block)]
    if not ranked:
        unranked = any(block.failed for block in filled) and not scored
        ways = ["Without a better direction the runs cannot be ranked either."] if unranked else []
        return [*both, *scores, *ways]
    shared = "Scores and ranks" if scored else "Ranks"
    return [
        *both,
        *(f"{shared}: {note}" for note in waiting if scored),
        *(f"Scores: {note}" for note in scores),
        *(f"{shared}: {note}" for note in waiting if not scored),
        f"Ranks: {_RANKS}",
    ]


def _together(filled: Sequence[Block], told: Sequence[Sequence[str]]) -> list[str]:
    """What is said of the slices; of several, which are a factor each, with the names of the factors."""
    of: dict[str, list[str]] = {}
    for block, notes in zip(filled, told, strict=True):
        for note in notes:
            of.setdefault(note, []).extend(block.part.factors)
    if len(filled) == 1:
        return list(of)
    return [f"{', '.join(factors)}: {note}" for note, factors in of.items()]


def _refused(output: str, told: Told, reason: str) -> Effects:
    return Effects(output, told.label, told.digits, None, None, reason, (), ())


def _ranked(filled: Sequence[Block], direction: str) -> Analysis | None:
    """The analysis of ranks, of every slice with two seeds that have ended."""
    sign = {"higher": -1.0, "lower": 1.0}.get(direction)
    ended = [block for block in filled if block.ended.shape[-1] > 1]
    if sign is None or not ended:
        return None
    worst = [(block.part, np.where(np.isnan(block.ended), np.inf, sign * block.ended)) for block in ended]
    return analyse([(part, ranks(y)) for part, y in worst], interactions=False)


def _trust(block: Block) -> list[str]:
    """Whether the residuals look as F wants them, and whether the log scale would be better."""
    shaped: Array = block.scores.reshape(*map(len, block.part.levels), -1)
    found = normality(shaped)
    if found is None:
        return []
    whose = f" ({', '.join(block.part.factors)})" if block.part.setting else ""
    said = f"Residuals{whose}: Shapiro-Wilk p {equal(found.p)}"
    if found.p >= 0.05:
        return [f"{said}: no departure from the normal could be shown."]
    said += ": not normal, so that p of F is rough; the intervals over seeds depend on it less."
    if found.p_log is not None and found.p_log >= 0.05:
        said += (
            f" The logarithm's residuals look normal (p {equal(found.p_log)}): the log scale would "
            "suit this output better, and there effects would be ratios. The analysis is not on it."
        )
    return [said]


def _table(analysis: Analysis, digits: int) -> list[str]:
    header = ["effect", "df", "F", "p", "p (Holm)", "partial η²", "estimate"]
    rows = [row for line in analysis.lines for row in _rows(analysis, line, digits)]
    return table(header, rows)


def _rows(analysis: Analysis, line: Line, digits: int) -> list[list[str]]:
    """A line with its contrast; beneath it the contrasts, where it has several."""
    contrasts = analysis.contrasts(line)
    name = " × ".join(escape(factor) for factor in line.factors)
    single = contrasts[0] if len(contrasts) == 1 else None
    if single is not None and len(line.factors) == 1:
        name += f": {_difference(single)}"
    numbers = [
        f"{line.freedom}, {line.residual_freedom}",
        NOTHING if line.f is None else f"{line.f:.2f}",
        probability(line.p),
        probability(line.p_holm),
        f"{line.partial_eta_squared:.2f}",
        interval(single.interval, digits, sign=True) if single else NOTHING,
    ]
    beneath = [
        [
            f"· {_difference(contrast)}",
            *[NOTHING] * 2,
            probability(contrast.p),
            probability(contrast.p_holm),
            NOTHING,
            interval(contrast.interval, digits, sign=True),
        ]
        for contrast in (contrasts if single is None and len(line.factors) == 1 else ())
    ]
    return [[name, *numbers], *beneath]


def _difference(contrast: Contrast) -> str:
    return f"{escape(contrast.level)} − {escape(contrast.reference)}"


def _about(scores: Analysis | None, ranks: Analysis | None) -> str:
    """How the numbers were made; at least one of the two is there."""
    made = [("scores", scores)] if scores else []
    made += [("ranks", ranks)] if ranks else []
    sizes = "; ".join(f"{name}: {_size(found)}" for name, found in made if found)
    lines = {len(found.lines) for _, found in made if found}
    effects = count(lines.pop(), "effect") if len(lines) == 1 else "the effects of its own table"
    return (
        f"Analysis of variance blocked by seed ({sizes if ranks else sizes.removeprefix('scores: ')}). "
        f"df: of the effect, of the residual. p (Holm): corrected for {effects}; of one contrast, for "
        "those of its effect too. "
        "Estimate: mean difference, of an interaction the difference of two differences, with 95 % Student-t "
        "interval over seeds. A seed is what was repeated: each estimate rests on its own spread over seeds, "
        "F on the residual of all arms; a direction is claimed only where both agree."
    )


def _size(analysis: Analysis) -> str:
    """How many arms and seeds it is of, and what it leaves to the residual."""
    apart = bool(analysis.setting) and len(analysis.levels) > 1
    parts = "one analysis a factor, " if apart else ""
    # Without interactions there are no contrasts of them either: see `analyse`.
    whole = apart or len(analysis.levels) < 3 or not analysis.crossed
    crossed = "" if whole else ", what three factors do together is residual"
    return f"{parts}{count(analysis.arms, 'arm')}, {count(analysis.seeds, 'seed')}{crossed}"
