"""The parts of a comparison in their order, as blocks that every format writes in its own way."""

from __future__ import annotations

from bench.compare import ALL_PAIRS
from bench.reports import _words as words
from bench.reports._columns import MAIN
from bench.reports._diagnostics import ABOUT, diagnostic_outputs
from bench.reports._document import Block, Heading, Paragraph, Table
from bench.reports._estimates import equal
from bench.reports._families import Pair, family
from bench.reports._first import first
from bench.reports._notes import MCNEMAR, MORE, SHARES, chosen, notes, unscored
from bench.reports._pivot import about_pivot, pivot_table
from bench.reports._protocols import protocols
from bench.reports._search import searched
from bench.reports._summary import all_pairs, ranking
from bench.reports._tables import (
    diagnostics_table,
    groups,
    main_table,
    more_table,
    output_table,
    pairs_table,
    ranks_table,
    rates_table,
)
from bench.reports._view import Shaped
from bench.wording import count

MOST_PAIRS = 45
"""Pairs up to which all are shown; of more, those that can be told apart."""


def front(view: Shaped) -> list[Block]:
    """What the study asked, and what there is to beware of."""
    plan = view.plan
    blocks: list[Block] = [Heading(plan["name"], level=1)]
    if plan.get("question"):
        blocks.append(Paragraph(f"Question: {plan['question']}"))
    if plan.get("profile"):
        blocks.append(Paragraph(f"Profile — {plan['profile']}", strong=True))
    return [*blocks, *words.warnings(view)]


def conditions(view: Shaped) -> list[Block]:
    """What all runs share, how they were scored, where they ran."""
    scored = [Paragraph(line) for line in protocols(view.results)]
    return [*words.common(view.plan), *scored, *words.ran(view)]


def reach(view: Shaped) -> list[Block]:
    """What was declared, and what so many seeds can show."""
    return [*words.declaration(view.plan), *words.power(view.plan)]


def first_table(view: Shaped, said: set[Block]) -> list[Block]:
    """The table that a study is made for, what its signs mean, and how knobs were chosen."""
    tuned = searched(view.plan, {summary.id for summary in view.shown})
    if view.shape.pivot:
        grid, about = two_way(view)
        return [grid, *about, *tuned]
    table = main_table(view)
    if view.shape.columns:
        return [table, *chosen(view, first(view, MAIN), table), *tuned]
    return [table, *notes(view, view.primary, said, main=True), *tuned]


def two_way(view: Shaped) -> tuple[Table, list[Paragraph]]:
    """The table of two factors and what its signs mean."""
    table = pivot_table(view)
    return table, [*about_pivot(view, table), *unscored(view, view.crossed)]


def further_tables(view: Shaped) -> list[Block]:
    """More about the primary output: spread, sizes, verdicts, ranks, pairs; none if columns were chosen."""
    if view.shape.columns:
        return []
    label = view.columns.about[view.primary]["label"]
    blocks: list[Block] = [Heading(f"More of {label}"), more_table(view), Paragraph(" ".join(MORE.values()))]
    if len(view.summaries) and len(view.summaries[0].rates) > 1:
        blocks += [Heading("Verdicts"), rates_table(view), Paragraph(f"{SHARES} {MCNEMAR}")]
    return [*blocks, *_ranks(view), *_pairs(view)]


def _ranks(view: Shaped) -> list[Block]:
    found = ranking(view.results)
    if found is None or len(found.arms) < 2 or found.friedman.n < 2:
        return []
    asked, test = family(view.plan, view.primary), found.friedman
    said = (
        f"Within each of {count(test.n, 'seed')} that every arm has, arms are ranked on "
        f"{view.columns.about[view.primary]['label']}, 1 for the best; failures are worst of all and share "
        "the last places. An overview, not the test of a comparison."
    )
    if test.p is not None:
        said += f" Friedman's test of no difference at all: p {equal(test.p)}."
    if test.left_out:
        said += f" Left out: {count(test.left_out, 'seed')} that not every arm has."
    if groups(found) and found.nemenyi is not None:
        said += (
            " Arms with a letter in common differ by less than Nemenyi's critical difference "
            f"({found.nemenyi.critical_difference:.2f}, alpha {words.level(asked.alpha)})."
        )
    return [Heading("Ranks"), ranks_table(view, found), Paragraph(said)]


def _pairs(view: Shaped) -> list[Block]:
    asked = family(view.plan, view.primary)
    if asked.kind != ALL_PAIRS:
        return []
    kept = {summary.id for summary in view.shown}
    found: list[Pair] = [pair for pair in all_pairs(view.results) if {pair.first, pair.second} <= kept]
    said = f"Holm-corrected for {count(asked.size, 'comparison')}."
    if len(found) > MOST_PAIRS:
        apart = [pair for pair in found if pair.p_holm is not None and pair.p_holm < asked.alpha]
        said += f" Shown: {len(apart)} of {len(found)}, those with p (Holm) < {words.level(asked.alpha)}."
        found = apart
    return [Heading("All pairs"), pairs_table(view, found), Paragraph(said)] if found else []


def other_outputs(view: Shaped, said: set[Block]) -> list[Block]:
    """A section for each other output that may rank arms, one for all that may not."""
    if view.shape.columns:
        return []
    apart = {view.primary, *diagnostic_outputs(view.plan)}
    blocks: list[Block] = []
    for output in view.plan["outputs"]:
        if output not in apart:
            heading = Heading(view.columns.about[output]["label"])
            blocks += [heading, output_table(view, output), *notes(view, output, said)]
    if (table := diagnostics_table(view)) is not None:
        blocks += [Heading("Diagnostics"), Paragraph(ABOUT), table]
    return blocks


def back(view: Shaped) -> list[Block]:
    """What is missing, and what else was used."""
    return [*words.declined(view), *words.unfinished(view), *words.plugins(view.plan)]
