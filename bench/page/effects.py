"""What the factors do, in sentences and as a table of the page."""

from __future__ import annotations

from dataclasses import dataclass

from bench.page.tables import Column, Row, Shown, Table
from bench.page.wording import Sentence
from bench.reports._analysis import Analysis, Contrast, Line
from bench.reports._effects import Effects, effects
from bench.reports._estimates import interval, probability
from bench.rows import Results
from bench.wording import NOTHING, minus

_NOTE = (
    "Analysis of variance blocked by seed. df: of the effect, of the residual. p (Holm): corrected for all "
    "effects of the table. Estimate: mean difference, of an interaction the difference of two differences, "
    "with its 95 % Student-t interval over seeds. A direction is claimed only where F and the interval agree."
)
_HEADLINES = 3
_LABELS = ("effect", "df", "F", "p", "p (Holm)", "partial η²", "estimate")


@dataclass(frozen=True)
class Told:
    """The section."""

    label: str
    sentences: tuple[str, ...]
    """Findings first."""
    headlines: tuple[Sentence, ...]
    """What of it belongs into the answer."""
    tables: tuple[Table, ...]
    notes: tuple[str, ...]


def told(results: Results) -> Told | None:
    """The effects on the output that conclusions rest on; None where no two factors are crossed.

    What one factor does by itself is the comparison with the baseline, which the table has already.
    """
    if len(results.plan["factors"]) < 2:
        return None
    found = effects(results)
    made = [analysis for analysis in (found.scores, found.ranks) if analysis is not None]
    if any(analysis.setting or len(analysis.levels) < 2 for analysis in made):
        return None
    tables = [
        _table(found, analysis, key)
        for key, analysis in (("scores", found.scores), ("ranks", found.ranks))
        if analysis is not None
    ]
    refused = (f"No analysis of the scores: {found.refused}",) if found.refused else ()
    return Told(found.label, found.sentences, _headlines(found), tuple(tables), (*refused, *found.notes))


def _headlines(found: Effects) -> tuple[Sentence, ...]:
    """The first sentences about the scores; those about ranks alone need the section's explanation."""
    if found.scores is None:
        return ()
    return tuple(Sentence("factors", (text,)) for text in found.sentences[:_HEADLINES])


def _table(found: Effects, analysis: Analysis, key: str) -> Table:
    columns = tuple(Column(label, numeric=place > 0) for place, label in enumerate(_LABELS))
    digits = found.digits if key == "scores" else 1
    rows = tuple(row for line in analysis.lines for row in _rows(analysis, line, digits))
    caption = f"Effects on {found.label if key == 'scores' else f'the rank of {found.label}'}"
    return Table(f"effects-{key}", caption, columns, rows, (_NOTE,))


def _rows(analysis: Analysis, line: Line, digits: int) -> list[Row]:
    contrasts = analysis.contrasts(line)
    single = contrasts[0] if len(contrasts) == 1 else None
    name = " × ".join(line.factors)
    if single is not None and len(line.factors) == 1:
        name += f": {single.level} − {single.reference}"
    own = (
        Shown(f"{line.freedom}, {line.residual_freedom}", float(line.freedom)),
        Shown(NOTHING if line.f is None else f"{line.f:.2f}", line.f),
        Shown(probability(line.p), line.p),
        Shown(probability(line.p_holm), line.p_holm),
        Shown(f"{line.partial_eta_squared:.2f}", line.partial_eta_squared),
        _estimate(single, digits),
    )
    beneath = contrasts if single is None and len(line.factors) == 1 else []
    return [Row(None, name, own), *(_beneath(contrast, digits) for contrast in beneath)]


def _beneath(contrast: Contrast, digits: int) -> Row:
    """One of the several contrasts of an effect."""
    nothing = Shown(NOTHING)
    cells = (nothing, nothing, Shown(probability(contrast.p)), Shown(probability(contrast.p_holm)), nothing)
    return Row(None, f"· {contrast.level} − {contrast.reference}", (*cells, _estimate(contrast, digits)))


def _estimate(contrast: Contrast | None, digits: int) -> Shown:
    if contrast is None:
        return Shown(NOTHING)
    return Shown(minus(interval(contrast.interval, digits, sign=True)), contrast.interval.mean)
