"""Results of studies that never ran, for tests of the page: any scores, names and declarations."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from bench.rows import Results, tabulate
from bench.tracking import Record, Recorded
from gan.recipe import digest

Score = float | str
"""A final score; or a verdict, of a run that has none: `diverged`, `pending`."""
HOSTILE = (
    "<script>document.title='owned'</script>",
    "</script><img src=x onerror=\"document.title='owned'\">",
    "' onmouseover='document.title=1' \" autofocus onfocus=\"document.title=2",
    "_%&#{}~^\\ {{ 7 * 7 }} {% raw %} &lt;b&gt; <!-- ]]> </style>",
    "emoji \N{GRINNING FACE} \N{RIGHT-TO-LEFT OVERRIDE}backwards \x00 \x1b[31m",
    "long " + "x" * 300,
)


def study(
    *arms: Sequence[Score],
    names: Sequence[str] = (),
    direction: str = "higher",
    compare: dict[str, Any] | None = None,
    declared: bool = True,
    protocols: int = 1,
    verdicts: dict[int, str] | None = None,
    **changes: Any,
) -> Results:
    """A study's results; the first arm is the baseline.

    Args:
        arms: Each arm's final scores by seed.
        names: Of the arms, as far as they go.
        direction: The better end of the one output.
        compare: What differs from the usual declaration.
        declared: Whether it was declared before the first run.
        protocols: Ways in which the runs were scored, in turns.
        verdicts: Arm -> verdict of its scored runs, where that is not `healthy`.
        **changes: Parts of the plan.
    """
    seeds, ways = list(range(len(arms[0]))), [{"samples": 1000 + way} for way in range(protocols)]
    said = {"metric": "score", "direction": direction, "family": "all_vs_baseline", "alpha": 0.05}
    said |= {"baseline": "a0", "arms": [f"a{index}" for index in range(len(arms))], "seeds": seeds}
    said |= compare or {}
    plan = {
        "name": "a study",
        "question": "Which arm?",
        "path": "a study.yaml",
        "design": "add_one",
        "factors": {"trick": [f"level {index}" for index in range(len(arms))]},
        "seeds": seeds,
        "baseline": "a0",
        "primary": "score",
        "compare": {**said, "digest": digest(said)},
        **({"declared": {**said, "digest": digest(said)}} if declared else {}),
        "outputs": {"score": _output("score", direction), "fid": _output("FID", "lower")},
        "protocol": ways[0],
        "arms": [
            {
                "id": f"a{index}",
                "name": names[index] if index < len(names) else f"arm-{index}",
                "levels": {"trick": f"level {index}"},
                "reason": None,
                "runs": [{"id": f"a{index}-{seed}", "seed": seed} for seed in seeds],
            }
            for index in range(len(arms))
        ],
        **changes,
    }
    records = [
        _record(index, seed, value, digest(ways[seed % protocols]), (verdicts or {}).get(index, "healthy"))
        for index, scores in enumerate(arms)
        for seed, value in enumerate(scores)
        if value != "pending"
    ]
    told = {digest(way): way for way in ways}
    return tabulate(Recorded(plan, told, {"score": 8.0}, tuple(records)))


def recorded(results: Results) -> Results:
    """The same results as MLflow would give them."""
    rows = results.rows.copy()
    rows["mlflow_run"] = [f"run{place}" for place in range(len(rows))]
    return replace(results, rows=rows, experiment="7", server="http://127.0.0.1:5000")


def _output(label: str, direction: str) -> dict[str, Any]:
    return {"label": label, "direction": direction, "digits": 1, "ceiling": None, "headline": True}


def _record(arm: int, seed: int, value: Score, protocol: str, verdict: str) -> Record:
    scored = not isinstance(value, str)
    metrics = {"score.final": value, "score.best": value, "fid.final": value} if scored else {}
    return Record(
        run_id=f"a{arm}-{seed}",
        arm=f"a{arm}",
        seed=seed,
        verdict=verdict if scored else str(value),
        onset=None if scored else 500,
        reason=None if scored else "it grew beyond all bounds",
        protocol=protocol,
        hardware="a machine",
        date="2026-01-02",
        metrics={**metrics, "seconds": 10.0 * (arm + 1), "scoring_seconds": 1.0},
    )
