"""One row an arm: final and best scores with intervals, paired differences to the baseline, healthy share.

    comparison.md    to read and to publish
    comparison.csv   the same at full precision, to compute with
    published.csv    the published numbers beside ours, where the study names some

Each output that a ranking may rest on has a section; the others share one table at the end.
Rows are summaries over training seeds. Failed and diverged runs stay in the count, and an arm that has some
is never called best before one that has none.
"""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

from bench.reports._diagnostics import diagnostic_outputs, diagnostics
from bench.reports._markdown import ORACLE, escape, interval, probability, seconds, table
from bench.reports._protocols import mixture, protocols
from bench.reports._published import comma_separated as published_csv
from bench.reports._published import head, published
from bench.reports._records import records
from bench.reports._summary import Cell, Summary, summarise
from bench.reports.base import AS_IT_IS, Report, Shape
from bench.rows import Results
from bench.stats import detectable_effect, smallest_p, wilson
from bench.wording import ARROWS, NOTHING, count, number


class Comparison(Report):
    """The table that a study is made for."""

    format = "md"
    makes = ("comparison.md", "comparison.csv", "published.csv")

    def write(self, results: Results, folder: Path, shape: Shape = AS_IT_IS) -> list[Path]:
        folder.mkdir(parents=True, exist_ok=True)
        texts = {"comparison.md": markdown(results), "comparison.csv": comma_separated(results)}
        if beside := published_csv(results):
            texts["published.csv"] = beside
        for name, text in texts.items():
            (folder / name).write_text(text, encoding="utf-8", newline="")
        return [folder / name for name in texts]


def comma_separated(results: Results) -> str:
    """The CSV: the oracle, every arm that applies, every arm that does not."""
    lines = records(results)
    text = io.StringIO()
    writer = csv.DictWriter(text, fieldnames=list(lines[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(lines)
    return text.getvalue()


def markdown(results: Results) -> str:
    """The report as Markdown."""
    plan = results.plan
    summaries = summarise(results)
    primary = plan["primary"]
    blocks = [
        [f"# {escape(plan['name'])}"],
        [f"Question: {escape(plan['question'])}" if plan.get("question") else ""],
        [head(plan)],
    ]
    blocks += [_warnings(results, summaries), [_common(plan)], protocols(results), _ran(results)]
    blocks += [[_power(plan, summaries)]]
    said: set[str] = set()
    blocks += [_main_table(results, summaries, primary), _notes(summaries, plan, primary, said)]
    blocks += [published(results)]
    apart = {primary, *diagnostic_outputs(plan)}
    for output in plan["outputs"]:
        if output not in apart:
            heading = f"## {escape(plan['outputs'][output]['label'])}"
            blocks += [[heading], _table(results, summaries, output), _notes(summaries, plan, output, said)]
    blocks += [diagnostics(results, summaries), _declined(summaries), _unfinished(summaries)]
    blocks += [_plugins(plan)]
    return "\n\n".join("\n".join(block) for block in blocks if any(block)) + "\n"


def _warnings(results: Results, summaries: list[Summary]) -> list[str]:
    lines = [f"**{line}**" for line in mixture(results)]
    waiting = sum(len(summary.unfinished) for summary in summaries)
    if waiting:
        total = sum(summary.planned for summary in summaries)
        lines.append(f"**Unfinished: {waiting} of {total} runs have not ended; every mark is provisional.**")
    if results.outside:
        lines.append(
            f"Left out: {count(results.outside, 'recorded run')} that the present plan does not contain."
        )
    lines += [f"Caution — {escape(caution)}" for caution in results.plan.get("cautions", ())]
    return "\n\n".join(lines).split("\n")


def _common(plan: dict[str, Any]) -> str:
    """What no arm changes."""
    settings = plan.get("common") or {}
    return (
        f"Every run: {escape(', '.join(f'{name} {value}' for name, value in settings.items()))}."
        if settings
        else ""
    )


def _ran(results: Results) -> list[str]:
    """Where and when the runs were computed."""
    known = results.rows.dropna(subset=["hardware", "date"])
    lines = []
    for hardware, runs in known.groupby("hardware", sort=True):
        days = sorted({str(day) for day in runs["date"]})
        when = days[0] if len(days) == 1 else f"{days[0]} to {days[-1]}"
        lines.append(f"Ran on {escape(str(hardware))} ({count(len(runs), 'run')}), {when}.")
    if lines:
        lines[-1] += " Seconds on a CPU hold only as ratios."
    return "\n\n".join(lines).split("\n")


def _power(plan: dict[str, Any], summaries: list[Summary]) -> str:
    """What this number of seeds can show at all."""
    n = len(plan["seeds"])
    effect = detectable_effect(n)
    if effect is None:
        return "One seed: no interval, no test, no conclusion about the arms."
    sentences = []
    comparisons = sum(summary.reason is None and summary.id != plan.get("baseline") for summary in summaries)
    family = max(1, comparisons)
    if family * smallest_p(n) >= 0.05:
        enough = next(more for more in range(n, 100) if family * smallest_p(more) < 0.05)
        sentences.append(
            f"{n} seeds cannot reach p < .05 in a two-sided sign-flip test, Holm-corrected for "
            f"{count(family, 'comparison')} (smallest possible: {min(1.0, family * smallest_p(n)):.3g}); "
            f"{enough} seeds can."
        )
    sentences.append(
        f"With {n} seeds, a paired effect of d_z = {effect:.2f} (mean difference over the standard deviation "
        "of the differences) is the smallest that a t test finds with 80 % power"
    )
    corrected = detectable_effect(n, alpha=0.05 / comparisons) if comparisons > 1 else None
    if corrected is not None:
        sentences[-1] += f"; {corrected:.2f} if corrected for {comparisons} comparisons"
    return " ".join(sentences) + "."


def _main_table(results: Results, summaries: list[Summary], output: str) -> list[str]:
    """The primary output with all that is known of the arms' runs."""
    header = _header(results.plan, output)
    header = [*header[:2], "healthy", *header[2:], "not healthy", "s/run"]
    oracle = _oracle(results, output)
    rows = [[*oracle[:2], NOTHING, *oracle[2:], NOTHING, NOTHING]]
    for summary in summaries:
        if summary.reason is None:
            row = _row(results.plan, summary, output)
            rows.append([*row[:2], _healthy(summary), *row[2:], _others(summary), seconds(summary.seconds)])
    return table(header, rows)


def _table(results: Results, summaries: list[Summary], output: str) -> list[str]:
    applicable = [summary for summary in summaries if summary.reason is None]
    rows = [_oracle(results, output), *(_row(results.plan, summary, output) for summary in applicable)]
    return table(_header(results.plan, output), rows)


def _header(plan: dict[str, Any], output: str) -> list[str]:
    about = plan["outputs"][output]
    label = escape(about["label"]) + ARROWS.get(about["direction"], "")
    return ["arm", "n", f"{label} final", "Δ to baseline", "p (Holm)", f"{label} best"]


def _oracle(results: Results, output: str) -> list[str]:
    score = number(results.oracle.get(output), results.plan["outputs"][output]["digits"])
    return [ORACLE, NOTHING, score, NOTHING, NOTHING, NOTHING]


def _row(plan: dict[str, Any], summary: Summary, output: str) -> list[str]:
    cell, digits = summary.cells[output], plan["outputs"][output]["digits"]
    name, final = escape(summary.name), interval(cell.final, digits)
    if cell.leads:
        name, final = f"**{name}**", f"**{final}**"
    final += _marks(cell)
    if summary.id == plan.get("baseline"):
        difference = "baseline"
    else:
        difference = interval(cell.difference.interval, digits, sign=True) if cell.difference else NOTHING
    scored = f"{cell.final.n}/{summary.planned}"
    return [name, scored, final, difference, probability(cell.p_holm), interval(cell.best, digits)]


def _marks(cell: Cell) -> str:
    marks = ["†"] * cell.tied + ["‡"] * (cell.unscored > 0)
    return " " + "".join(marks) if marks else ""


def _healthy(summary: Summary) -> str:
    share = wilson(summary.healthy, summary.ended)
    if share is None:
        return NOTHING
    return f"{summary.healthy}/{summary.ended} [{100 * share[0]:.0f}, {100 * share[1]:.0f}] %"


def _others(summary: Summary) -> str:
    others = [f"{count} {name}" for name, count in summary.verdicts.items() if name != "healthy"]
    if summary.unfinished:
        others.append(f"{len(summary.unfinished)} pending")
    return ", ".join(others) or NOTHING


def _notes(summaries: list[Summary], plan: dict[str, Any], output: str, said: set[str]) -> list[str]:
    """What the signs of one table mean; if they occur in it and nothing before it said so."""
    cells = [summary.cells[output] for summary in summaries if summary.reason is None]
    family = sum(cell.p is not None for cell in cells)
    lines = []
    if output == plan["primary"]:
        lines.append(
            "n: runs with a final score / runs planned. Intervals: 95 % Student-t over seeds; Wilson for "
            "shares of the runs that ended. Best: each run's best evaluation, picked by that very score: it "
            "flatters; conclude from final."
        )
    if (ceiling := plan["outputs"][output].get("ceiling")) is not None:
        lines.append(f"The ceiling, which a perfect generator reaches on average: {ceiling:.4g}.")
    if family:
        lines.append(
            "Δ: paired by seed. p: two-sided sign-flip test of Δ, Holm-corrected for "
            f"{count(family, 'comparison')}."
        )
    if any(cell.leads for cell in cells):
        lines.append("**Bold**: the best mean; an arm marked ‡ stands behind all that are not.")
    if any(cell.tied for cell in cells):
        lines.append(
            "†: not distinguishable from the best: the 95 % interval of the paired difference covers 0. "
            "With fewer than two pairs there is no such interval, and no mark."
        )
    for summary in summaries:
        cell = summary.cells[output]
        if cell.unscored:
            lines.append(
                f"‡ {escape(summary.name)}: {cell.unscored} of {summary.ended} runs that ended diverged, "
                "failed or gave no score; the mean leaves out what is missing and flatters the arm."
            )
    fresh = [line for line in lines if line not in said]
    said.update(fresh)
    return "\n\n".join(fresh).split("\n")


def _declined(summaries: list[Summary]) -> list[str]:
    declined = [summary for summary in summaries if summary.reason is not None]
    if not declined:
        return []
    return [
        "## Not applicable",
        "",
        *(f"- {escape(summary.name)}: {escape(summary.reason or '')}" for summary in declined),
    ]


def _plugins(plan: dict[str, Any]) -> list[str]:
    """The components that are not ganbench's own, and which version of them it was."""
    found = (plan.get("plugins") or {}).items()
    named = [f"{name} sha256 {about['sha256'][:12]}, from {about['file']}" for name, about in found]
    return [escape(f"Plug-ins: {'; '.join(named)}.")] if named else []


def _unfinished(summaries: list[Summary]) -> list[str]:
    waiting = [summary for summary in summaries if summary.unfinished]
    if not waiting:
        return []
    return [
        "## Pending",
        "",
        *(f"- {escape(summary.name)}: seed {', '.join(map(str, summary.unfinished))}" for summary in waiting),
    ]
