"""The comparison as flat records at full precision, for files that programs read."""

from __future__ import annotations

from bench.reports._summary import Cell, Summary, summarise
from bench.rows import Results, factor_column
from bench.stats import Interval, wilson
from bench.verdict import VERDICTS


def records(results: Results) -> list[dict[str, str]]:
    """The oracle first, then every arm in the plan's order; the same fields in each, empty where unknown."""
    summaries = summarise(results)
    seen = {verdict for summary in summaries for verdict in summary.verdicts}
    verdicts = [*VERDICTS, *sorted(seen - set(VERDICTS))]
    lines = [_oracle(results), *(_arm(results, summary, verdicts) for summary in summaries)]
    fields = list(dict.fromkeys(field for line in lines[::-1] for field in line))
    return [{field: line.get(field, "") for field in fields} for line in lines]


def _oracle(results: Results) -> dict[str, str]:
    line = {"kind": "oracle", "arm": "", "name": "oracle (real data)"}
    return line | {f"{output}.final.mean": repr(score) for output, score in results.oracle.items()}


def _arm(results: Results, summary: Summary, verdicts: list[str]) -> dict[str, str]:
    line = {
        "kind": "arm" if summary.reason is None else "not applicable",
        "arm": summary.id,
        "name": summary.name,
        "reason": summary.reason or "",
        "baseline": str(summary.id == results.plan.get("baseline")).lower(),
        "protocol": " ".join(_protocols(results, summary.id)),
    }
    for factor in results.plan["factors"]:
        line[factor_column(factor)] = summary.levels.get(factor, "")
    line |= {"planned": str(summary.planned), "ended": str(summary.ended)}
    line |= {"pending": str(len(summary.unfinished))}
    line |= {verdict: str(summary.verdicts.get(verdict, 0)) for verdict in verdicts}
    low, high = wilson(summary.healthy, summary.ended) or (None, None)
    line |= {"healthy_share.low": _text(low), "healthy_share.high": _text(high)}
    line |= {"seconds.mean": _text(summary.seconds.mean if summary.seconds.n else None)}
    for output, cell in summary.cells.items():
        line |= {f"{output}.{field}": value for field, value in _cell(cell).items()}
    return line


def _cell(cell: Cell) -> dict[str, str]:
    fields = {"n": str(cell.final.n), "unscored": str(cell.unscored)}
    fields |= _interval("final", cell.final) | _interval("best", cell.best)
    if cell.difference is not None:
        fields |= _interval("difference", cell.difference.interval)
        fields |= {"difference.pairs": str(cell.difference.interval.n)}
        fields |= {"difference.left_out": str(cell.difference.left_out)}
    else:
        names = ("mean", "low", "high", "pairs", "left_out")
        fields |= {f"difference.{name}": "" for name in names}
    fields |= {"p": _text(cell.p), "p_holm": _text(cell.p_holm)}
    return fields | {"leads": str(cell.leads).lower(), "tied_with_leader": str(cell.tied).lower()}


def _interval(name: str, value: Interval) -> dict[str, str]:
    mean = value.mean if value.n else None
    return {
        f"{name}.mean": _text(mean),
        f"{name}.low": _text(value.low),
        f"{name}.high": _text(value.high),
    }


def _protocols(results: Results, arm: str) -> list[str]:
    used = results.rows.loc[results.rows["arm"] == arm, "protocol"].dropna()
    return sorted({name for value in used for name in str(value).split()})


def _text(value: float | None) -> str:
    return "" if value is None else repr(float(value))
