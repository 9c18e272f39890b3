"""The comparison as flat records at full precision, from which rows and every table can be made again."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from bench.csv_cells import interval, number, text, texts, whole
from bench.reports._cells import Cell
from bench.reports._summary import Summary, summarise
from bench.rows import RUN_COLUMNS, SUFFIXES, Results
from bench.stats import wilson
from bench.verdict import VERDICTS

if TYPE_CHECKING:
    import pandas as pd

STUDY, ORACLE, ARM, DECLINED = "study", "oracle", "arm", "not applicable"
"""Kinds of line: the plan, real data, an arm that applies, one that does not."""
TEXTS = ("run_id", "mlflow_run", "verdict", "reason", "protocol", "hardware", "date")
WHOLE = ("onset", "steps")
NUMBERS = ("seconds", "scoring_seconds")
OF_RUNS = {name: f"runs.{name}" for name in (*TEXTS, *WHOLE, *NUMBERS)}
"""Column of the rows -> that of the file, which holds every run's value in the order of `seeds`."""
SEEDS = "seeds"
_TOLD = ("id", "name", "levels", "reason", "runs")
"""What an arm's own line says of it."""
_FIXED = ("kind", "study", "arm", "name", "reason", "baseline", "protocol")
_COUNTS = ("planned", "ended", "pending")


def records(results: Results) -> list[dict[str, str]]:
    """Study, oracle, then every arm in the plan's order; the same fields in each, empty where unknown."""
    # A file that is read is compared with them before it is written again.
    if "records" not in results.memo:
        results.memo["records"] = _records(results)
    return list(results.memo["records"])


def _records(results: Results) -> list[dict[str, str]]:
    summaries = summarise(results)
    seen = {verdict for summary in summaries for verdict in summary.verdicts}
    verdicts = [*VERDICTS, *sorted(seen - set(VERDICTS))]
    # Column by column, because a frame for every arm costs more than all of its numbers.
    columns = {str(name): _plain(results.rows[name]) for name in results.rows}
    places = results.rows.groupby("arm", sort=False).indices
    factors = factor_fields(results.plan)
    lines = [{"kind": STUDY, "study": _study(results)}, _oracle(results)]
    lines += [
        _arm(results, s, verdicts, factors) | _runs(results, columns, places.get(s.id, ())) for s in summaries
    ]
    widest = dict.fromkeys(field for line in lines[:1:-1] for field in line)
    fields = list(dict.fromkeys([*_FIXED, *widest, *lines[1]]))
    return [{field: line.get(field, "") for field in fields} for line in lines]


def factor_fields(plan: dict[str, Any]) -> dict[str, str]:
    """Factor -> its column in the file: its own name, with `level.` before it where that is taken."""
    outputs = [f"{output}." for output in plan["outputs"]]
    taken = {*RUN_COLUMNS, *_FIXED, *_COUNTS, *VERDICTS, *OF_RUNS.values(), SEEDS, "levels"}
    found: dict[str, str] = {}
    for factor in plan["factors"]:
        name = factor
        while name in taken or name.startswith(("healthy_share.", "seconds.", *outputs)):
            name = f"level.{name}"
        taken.add(name)
        found[factor] = name
    return found


def order_of_arms(plan: dict[str, Any]) -> list[str]:
    """The arms' ids in their order, as far as what is declared says so: it leaves out who does not apply."""
    return list((plan.get("compare") or {}).get("arms") or ())


def _study(results: Results) -> str:
    """The plan and what else the tables need, without what the arms' own lines say."""
    listed = results.plan["arms"]
    # A spreadsheet may sort lines: ids are told where nothing else in the plan has the order of all arms.
    told_anyway = order_of_arms(results.plan) == [arm["id"] for arm in listed]
    own = set(_TOLD) - (set() if told_anyway else {"id"})
    arms = [{key: value for key, value in arm.items() if key not in own} for arm in listed]
    plan = {**results.plan, "arms": arms}
    told = {"plan": plan, "protocols": results.protocols, "outside": results.outside}
    return json.dumps(told, ensure_ascii=True, separators=(",", ":"))


def _oracle(results: Results) -> dict[str, str]:
    line = {"kind": ORACLE, "name": "oracle (real data)"}
    return line | {f"{output}.final.mean": number(score) for output, score in results.oracle.items()}


def _arm(results: Results, summary: Summary, verdicts: list[str], factors: dict[str, str]) -> dict[str, str]:
    line = {
        "kind": ARM if summary.reason is None else DECLINED,
        "arm": text(summary.id),
        "name": text(summary.name),
        "reason": text(summary.reason),
        "baseline": str(summary.id == results.plan.get("baseline")).lower(),
    }
    for factor, field in factors.items():
        line[field] = text(summary.levels.get(factor))
    line |= {"planned": str(summary.planned), "ended": str(summary.ended)}
    line |= {"pending": str(len(summary.unfinished))}
    line |= {verdict: str(summary.verdicts.get(verdict, 0)) for verdict in verdicts}
    low, high = wilson(summary.healthy, summary.ended) or (None, None)
    line |= {"healthy_share.low": number(low), "healthy_share.high": number(high)}
    for verdict, rate in summary.rates.items():
        line |= {f"{verdict}.p": number(rate.p), f"{verdict}.p_holm": number(rate.p_holm)}
    line |= {"seconds.mean": number(summary.seconds.mean if summary.seconds.n else None)}
    for output, cell in summary.cells.items():
        line |= {f"{output}.{field}": value for field, value in _cell(cell).items()}
    return line


def _cell(cell: Cell) -> dict[str, str]:
    fields = {"n": str(cell.final.n), "unscored": str(cell.unscored)}
    fields |= interval("final", cell.final) | interval("best", cell.best) | interval("area", cell.area)
    numbers = {"median": cell.median, "iqm": cell.iqm, "sd": cell.spread}
    numbers |= {"sd.scoring": cell.noise.evaluation, "sd.seeds": cell.noise.seeds}
    gap = cell.difference
    fields |= interval("difference", None if gap is None else gap.interval)
    fields |= {"difference.pairs": "" if gap is None else str(gap.interval.n)}
    fields |= {"difference.left_out": "" if gap is None else str(gap.left_out)}
    numbers |= {"difference.sd": cell.deviation, "p": cell.p, "p_holm": cell.p_holm, "d_z": cell.d_z}
    numbers |= {"detectable.d_z": cell.detectable, "detectable": cell.detectable_difference}
    numbers |= {"rank": cell.rank}
    fields |= {name: number(value) for name, value in numbers.items()}
    fields |= interval("improvement", None if cell.improvement is None else cell.improvement.interval)
    return fields | {"leads": str(cell.leads).lower(), "tied_with_leader": str(cell.tied).lower()}


def _runs(results: Results, columns: dict[str, list[Any]], places: Iterable[int]) -> dict[str, str]:
    """The values of an arm's runs, which are at `places`, in the order of seeds."""
    at = [int(place) for place in places]
    rows = {name: [values[place] for place in at] for name, values in columns.items()}
    used = sorted({name for value in rows["protocol"] if value is not None for name in str(value).split()})
    line = {"protocol": text(" ".join(used)) if used else ""}
    line |= {SEEDS: ";".join(whole(seed) for seed in rows["seed"])}
    line |= {OF_RUNS[name]: texts(rows[name]) for name in TEXTS}
    line |= {OF_RUNS[name]: _several(rows[name], whole) for name in WHOLE}
    line |= {OF_RUNS[name]: _several(rows[name], number) for name in NUMBERS}
    for output in results.plan["outputs"]:
        for suffix, kind in SUFFIXES.items():
            written = whole if kind == "Int64" else number
            line[f"{output}.{suffix}.values"] = _several(rows[f"{output}.{suffix}"], written)
    return line


def _several(column: Iterable[Any], written: Any) -> str:
    return ";".join(map(written, column))


def _plain(column: pd.Series[Any]) -> list[Any]:
    """The values, None where there is none."""
    missing = column.isna().tolist()
    return [None if gone else value for value, gone in zip(column.tolist(), missing, strict=True)]
