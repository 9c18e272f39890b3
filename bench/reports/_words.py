"""What stands around the tables: where the numbers are from, what they can show, what the signs mean."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from bench.reports._document import Block, Heading, Listing, Paragraph
from bench.reports._families import declared_output, family
from bench.reports._protocols import mixture
from bench.reports._view import Shaped
from bench.rows import Results
from bench.stats import detectable_effect, smallest_p
from bench.wording import count

_MOST_SEEDS = 1000
"""Seeds up to which it is said how many would do."""


def warnings(view: Shaped) -> list[Block]:
    """What makes the tables less than they look."""
    results = view.results
    found: list[Block] = [Paragraph(line, strong=True) for line in mixture(results)]
    waiting = sum(len(summary.unfinished) for summary in view.summaries)
    if waiting:
        total = sum(summary.planned for summary in view.summaries)
        said = f"Unfinished: {waiting} of {total} runs have not ended; every mark is provisional."
        found.append(Paragraph(said, strong=True))
    if results.outside:
        outside = count(results.outside, "recorded run")
        found.append(Paragraph(f"Left out: {outside} that the present plan does not contain."))
    if view.left_out:
        found.append(
            Paragraph(
                f"{count(view.left_out, 'arm')} of {len(view.summaries)} not shown; families, marks and "
                "ranks are about all of them."
            )
        )
    return [*found, *(Paragraph(f"Caution — {told}") for told in results.plan.get("cautions", ()))]


def common(plan: dict[str, Any]) -> list[Block]:
    """What no arm changes."""
    settings = plan.get("common") or {}
    said = ", ".join(f"{name} {value}" for name, value in settings.items())
    return [Paragraph(f"Every run: {said}.")] if settings else []


def ran(view: Shaped) -> list[Block]:
    """Where and when the runs were computed."""
    lines = [f"Ran on {hardware} ({runs}), {when}." for hardware, runs, when in machines(view.results)]
    if lines:
        lines[-1] += " Seconds on a CPU hold only as ratios."
    return [Paragraph(line) for line in lines]


def machines(results: Results) -> list[tuple[str, str, str]]:
    """What runs were computed on, how many they are, and when."""
    found = []
    for hardware, runs in results.rows.dropna(subset=["hardware", "date"]).groupby("hardware", sort=True):
        days = sorted({str(day) for day in runs["date"]})
        when = days[0] if len(days) == 1 else f"{days[0]} to {days[-1]}"
        found.append((str(hardware), count(len(runs), "run"), when))
    return found


def power(plan: dict[str, Any]) -> list[Block]:
    """What this number of seeds can show at all."""
    n = len(plan["seeds"])
    asked = family(plan, declared_output(plan))
    effect = detectable_effect(n, alpha=asked.alpha)
    if effect is None:
        return [Paragraph("One seed: no interval, no test, no conclusion about the arms.")]
    sentences = []
    comparisons, alpha = max(1, asked.size), asked.alpha
    if comparisons * smallest_p(n) >= alpha:
        enough = [more for more in range(n, _MOST_SEEDS) if comparisons * smallest_p(more) < alpha][:1]
        said = (
            f"{n} seeds cannot reach p < {level(alpha)} in a two-sided sign-flip test, Holm-corrected for "
            f"{count(comparisons, 'comparison')} (smallest possible: "
            f"{min(1.0, comparisons * smallest_p(n)):.3g})"
        )
        sentences.append(f"{said}; {enough[0]} seeds can." if enough else f"{said}; no number of seeds can.")
    sentences.append(
        f"With {n} seeds, a paired effect of d_z = {effect:.2f} (mean difference over the standard deviation "
        "of the differences) is the smallest that a t test finds with 80 % power"
    )
    corrected = detectable_effect(n, alpha=alpha / asked.size) if asked.size > 1 else None
    if corrected is not None:
        sentences[-1] += f"; {corrected:.2f} if corrected for {asked.size} comparisons"
    return [Paragraph(" ".join(sentences) + ".")]


def level(alpha: float) -> str:
    """`.05`."""
    return f"{alpha:.6g}".removeprefix("0")


def declaration(plan: dict[str, Any]) -> list[Block]:
    """What conclusions were to rest on, since when, and what has changed since."""
    asked = family(plan, declared_output(plan))
    told = f"{basis(plan)}; alpha {level(asked.alpha)}"
    declared, now = plan.get("declared"), plan.get("compare") or {}
    if not declared:
        return [Paragraph(f"Not declared before the first run: {told}.")]
    changes = departures(declared, now, plan)
    if not changes:
        return [Paragraph(f"Declared before the first run: {told}.")]
    said = f"This report departs from what was declared before the first run: {'; '.join(changes)}."
    return [Paragraph(said, strong=True), Paragraph(f"It rests on: {told}.")]


def basis(plan: dict[str, Any]) -> str:
    """What conclusions rest on: the output, which end of it is better, the comparisons."""
    asked = family(plan, declared_output(plan))
    about = plan["outputs"][asked.output]
    better = {"lower": ", lower is better", "higher": ", higher is better"}.get(about["direction"], "")
    return f"{about['label']}{better}; {asked}"


def departures(declared: dict[str, Any], now: dict[str, Any], plan: dict[str, Any]) -> list[str]:
    """What of a declaration is no longer so, in words."""
    names = {arm["id"]: arm["name"] for arm in plan["arms"]}
    found = []
    for key in ("metric", "direction", "alpha"):
        before, after = declared.get(key), now.get(key)
        if before is not None and after is not None and before != after:
            found.append(f"{key} was {before}, is {after}")
    before, after = declared.get("family"), now.get("family")
    if before != after and before is not None and after is not None:
        found.append(f"family was {_family(before, names)}, is {_family(after, names)}")
    if declared.get("baseline") != now.get("baseline"):
        was = names.get(str(declared.get("baseline")), "an arm that is gone")
        found.append(f"baseline was {was}, is {names.get(str(now.get('baseline')), 'none')}")
    for key, noun in (("arms", "arm"), ("seeds", "seed")):
        old, new = declared.get(key) or [], now.get(key) or []
        added, gone = [x for x in new if x not in old], [x for x in old if x not in new]
        if added:
            found.append(f"{count(len(added), noun)} added ({_listed(added, names)})")
        if gone:
            found.append(f"{count(len(gone), noun)} gone")
    return found


def _family(told: str | list[str], names: dict[str, str]) -> str:
    return told if isinstance(told, str) else _listed(told, names)


def _listed(ids: Iterable[Any], names: dict[str, str], most: int = 5) -> str:
    told = [names.get(str(one), str(one)) for one in ids]
    return ", ".join(told[:most]) + (f" and {len(told) - most} more" if len(told) > most else "")


def declined(view: Shaped) -> list[Block]:
    """The arms that do not apply, and why."""
    items = tuple(f"{summary.name}: {summary.reason}" for summary in view.declined)
    return [Heading("Not applicable"), Listing(items)] if items else []


def unfinished(view: Shaped) -> list[Block]:
    """The runs that have not ended."""
    items = tuple(
        f"{summary.name}: seed {', '.join(map(str, summary.unfinished))}"
        for summary in view.shown
        if summary.unfinished
    )
    return [Heading("Pending"), Listing(items)] if items else []


def plugins(plan: dict[str, Any]) -> list[Block]:
    """The components that are not ganbench's own, and which version of them it was."""
    found = (plan.get("plugins") or {}).items()
    named = [f"{name} sha256 {about['sha256'][:12]}, from {about['file']}" for name, about in found]
    return [Paragraph(f"Plug-ins: {'; '.join(named)}.")] if named else []
