"""How often verdicts raise false alarms, and what they miss: `python tests/calibration.py`.

For each bundled data set and many random splits, pools of real samples (never those that scores are held
against, resampled, with mild noise) are scored and judged like the end of a run; so are pools that were
spoiled in known ways (tests/failures.py). Writes the tables of docs/verdicts.md. MNIST's sets need its test
split.
"""

from __future__ import annotations

import argparse
import datetime
import json
import os
import re
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from itertools import cycle
from pathlib import Path
from typing import Any

# Each process is one of several, and the repository need not be installed.
os.environ.setdefault("OMP_NUM_THREADS", "1")
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import torch
from failures import FAILURES, MILD, Pool, healthy
from speed import hardware
from torch import Tensor

from bench.limits import LIMITS
from bench.metrics._split import split
from bench.metrics.scorer import Scorer
from bench.registries import METRICS
from bench.stats import wilson
from bench.verdict import History, of_scores, verdict
from gan.build import component
from gan.data._stacked import drawn
from gan.data.base import Data, Samples
from gan.data.digits import load_digits
from gan.data.mnist import load_mnist
from gan.recipe import Choice
from gan.registry import DATA

BUNDLED: dict[str, Choice] = {
    "ring": Choice.of(DATA, "ring"),
    "grid": Choice.of(DATA, "grid"),
    "digits": Choice.of(DATA, "digits"),
    "stacked_digits": Choice.of(DATA, "stacked_digits"),
    "mnist": Choice.of(DATA, "mnist", split="test"),
    "stacked_mnist": Choice.of(DATA, "stacked_mnist", split="test"),
}
WATCHED = ("modes", "precision_recall", "support", "memorisation")
"""The metrics that verdicts read."""
SAMPLES = 2000
FEW = (100, 250)
"""Fewer samples, of which only the false alarms are counted."""
EVALUATIONS = 10
"""Of a history."""


@dataclass(frozen=True)
class Job:
    """One data set with one split."""

    data: str
    seed: int
    pools: int
    trials: int
    """Pools of each failure."""
    root: str
    samples: int = SAMPLES
    """Of a pool, if so many are held out."""


def run(job: Job) -> dict[str, Any]:
    """Score all pools of one split."""
    torch.set_num_threads(1)
    data = component("data", BUNDLED[job.data])
    samples = data.load(Path(job.root))
    scorer = Scorer.of(data, samples, [Choice.of(METRICS, name) for name in WATCHED], job.samples, job.seed)
    pool = pool_of(data, samples, job, scorer.n)
    scripted = {"healthy": (healthy, job.pools)} | {
        name: (failure, job.trials) for name, failure in (FAILURES | MILD).items()
    }
    looks = {
        name: [scorer.look(failure(pool, scorer.n)) for _ in range(trials)]
        for name, (failure, trials) in scripted.items()
    }
    return {
        **asdict(job),
        "n": scorer.n,
        "scores": {name: [look.scores for look in found] for name, found in looks.items()},
        "held": {name: [look.held for look in found] for name, found in looks.items()},
        "oracle": scorer.oracle(),
    }


def pool_of(data: Data, samples: Samples, job: Job, n: int) -> Pool:
    """The held-out samples of a split, labelled; without those of the oracle where there are others."""
    modes = modes_of(data, samples, Path(job.root))
    parts, labels = (split(x, job.seed, samples.groups) for x in (samples.x, modes))
    first = n if len(parts.held_out) >= 2 * n else 0
    scale = 0.02 if samples.sigma is None else 0.1 * samples.sigma
    generator = torch.Generator().manual_seed(1000 + job.seed)
    return Pool(parts.held_out[first:], labels.held_out[first:], parts.train, scale, generator)


def modes_of(data: Data, samples: Samples, root: Path) -> Tensor:
    """The true mode of every sample, N x C."""
    if samples.centres is not None:
        return torch.cdist(samples.x, samples.centres).argmin(dim=1, keepdim=True)
    base = load_digits() if data.classifier == "digits" else load_mnist(root, "test", download=False)
    labels = base[1]
    if data.shape[0] == 1:
        return labels[:, None]
    triples, _ = drawn(labels, len(samples.x), seed=0)
    assert torch.equal(samples.x[:5, 0], base[0][triples[:5, 0], 0]), "the triples are drawn in another way"
    return labels[triples]


def measure(jobs: list[Job], record: Path, processes: int) -> None:
    """Append what each job finds to `record`, a line each; jobs that have a line already are left out."""
    keys = ("data", "seed", "pools", "trials", "samples")
    known = [{key: line[key] for key in keys} for line in lines_of(record)]
    left = [job for job in jobs if {k: v for k, v in asdict(job).items() if k != "root"} not in known]
    with ProcessPoolExecutor(processes) as executor, record.open("a", encoding="utf-8") as file:
        for result in executor.map(run, left):
            file.write(json.dumps(result) + "\n")
            file.flush()
            print(result["data"], result["seed"], result["n"], flush=True)


def lines_of(record: Path) -> list[dict[str, Any]]:
    """What has been measured so far."""
    if not record.exists():
        return []
    return [json.loads(line) for line in record.read_text(encoding="utf-8").splitlines()]


def judged(record: Path) -> dict[str, dict[str, Any]]:
    """Data set -> n, scenario -> verdict -> count over all splits, and the same of fewer samples."""
    found: dict[str, dict[str, Any]] = {}
    few: dict[str, dict[int, Counter[str]]] = {}
    for line in lines_of(record):
        if line["samples"] != SAMPLES:
            names = (of_scores(one, line["oracle"], line["n"]).name for one in line["scores"]["healthy"])
            few.setdefault(line["data"], {}).setdefault(line["n"], Counter()).update(names)
            continue
        entry = found.setdefault(line["data"], {"n": line["n"], "counts": {}})
        for name, scores in line["scores"].items():
            names = (of_scores(one, line["oracle"], line["n"]).name for one in scores)
            entry["counts"].setdefault(name, Counter()).update(names)
        for name, made in HISTORIES.items():
            names = (verdict(history, line["oracle"], line["n"]).name for history in made(line))
            entry["counts"].setdefault(name, Counter()).update(names)
    return {name: {**entry, "few": few.get(name, {})} for name, entry in found.items()}


def steady(line: dict[str, Any]) -> list[History]:
    """Healthy pools, each in one history only."""
    looks = list(zip(line["scores"]["healthy"], line["held"]["healthy"], strict=True))
    return [history(looks[i : i + EVALUATIONS]) for i in range(0, len(looks) - EVALUATIONS + 1, EVALUATIONS)]


def restless(line: dict[str, Any]) -> list[History]:
    """As `steady`, but at every second evaluation every other mode is away."""
    name = "alternate modes lost"
    lost = cycle(zip(line["scores"][name], line["held"][name], strict=True))
    found = []
    for made in steady(line):
        whole = zip(made.scores, made.held, strict=True)
        looks = [(scores, held) for (_, scores), (_, held) in whole]
        found.append(history([next(lost) if i % 2 else look for i, look in enumerate(looks)]))
    return found


def history(looks: Sequence[tuple[Any, str]]) -> History:
    """A run that gave these scores, and held these modes, at one evaluation after the other."""
    return History(
        scores=[(step, scores) for step, (scores, _) in enumerate(looks)],
        held=[(step, held) for step, (_, held) in enumerate(looks)],
    )


HISTORIES = {"healthy histories": steady, "modes come and go": restless}
"""Made of pools that were scored once; a run of `EVALUATIONS` each."""


def share(counts: Counter[str]) -> str:
    """Judged other than healthy, in per cent, and the first letter of the commonest verdict."""
    total = sum(counts.values())
    if not total:
        return "–"
    text = f"{100.0 * (total - counts['healthy']) / total:.1f}".removesuffix(".0")
    other, _ = max(
        ((name, n) for name, n in counts.items() if name != "healthy"), default=("", 0), key=_second
    )
    return f"{text} {other[:1]}".strip()


def false_alarms(counts: Counter[str]) -> str:
    """As `share`, with the upper end of its 95 % interval."""
    interval = wilson(counts.total() - counts["healthy"], counts.total())
    return share(counts) + (f" (< {100.0 * interval[1]:.1f})" if interval else "")


def _healthy(entry: dict[str, Any]) -> int:
    """How many healthy histories there are."""
    return int(entry["counts"]["healthy histories"].total())


def _second(pair: tuple[str, int]) -> int:
    return pair[1]


def limits_table() -> str:
    """The thresholds as Markdown."""
    words = {
        "oracle": "at most {share:g} × the oracle's",
        "samples": "at most {share:g} × the smaller of N and the oracle's",
        "excess": "at least {share:g} above the oracle's",
    }
    lines = ["| verdict | read from | crossed at | from N |", "| --- | --- | --- | ---: |"]
    for limit in LIMITS:
        outputs = ", else ".join(f"`{name}`" for name in limit.outputs)
        crossed = words[limit.against].format(share=limit.share)
        enough = limit.enough
        fewest = f"{enough.samples}, {enough.a_mode} a mode" if enough.a_mode else str(enough.samples)
        lines.append(f"| {limit.symptom} | {outputs} | {crossed} | {fewest} |")
    return "\n".join(lines) + "\n"


def calibration_tables(found: dict[str, dict[str, Any]]) -> str:
    """False alarms and detection as Markdown."""
    names = [name for name in BUNDLED if name in found]
    about = hardware(torch.device("cpu"))
    lines = [
        f"{about['cpu']}, torch {about['torch']}, {datetime.datetime.now(datetime.UTC).date().isoformat()}.",
        "",
        "| | " + " | ".join(names) + " |",
        "| --- |" + " ---: |" * len(names),
        "| N | " + " | ".join(f"{found[name]['n']:,}" for name in names) + " |",
    ]
    total = [sum(found[name]["counts"]["healthy"].values()) for name in names]
    lines.append("| healthy pools | " + " | ".join(f"{n:,}" for n in total) + " |")
    cells = [false_alarms(found[name]["counts"]["healthy"]) for name in names]
    lines.append("| **false alarms, %** | " + " | ".join(cells) + " |")
    lines.append("| healthy histories | " + " | ".join(f"{_healthy(found[name]):,}" for name in names) + " |")
    cells = [false_alarms(found[name]["counts"]["healthy histories"]) for name in names]
    lines.append("| **false alarms, %** | " + " | ".join(cells) + " |")
    for n in sorted({n for name in names for n in found[name]["few"]}):
        pools = [found[name]["few"].get(n, Counter()) for name in names]
        lines.append(f"| pools of {n} | " + " | ".join(f"{one.total():,}" for one in pools) + " |")
        lines.append("| **false alarms, %** | " + " | ".join(map(false_alarms, pools)) + " |")
    detected = [*FAILURES, "modes come and go"]
    spoiled = [found[name]["counts"]["class dropped"].total() for name in names]
    lines.append("| pools of each failure | " + " | ".join(f"{n:,}" for n in spoiled) + " |")
    for title, scenarios in (("detected, %", detected), ("mild failures, %", list(MILD))):
        lines.append(f"| **{title}** |" + " |" * len(names))
        for scenario in scenarios:
            cells = [share(found[name]["counts"][scenario]) for name in names]
            lines.append(f"| {scenario} | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def insert(text: str, name: str, content: str) -> str:
    """`text` with what stands between the marks of `name` replaced. Raises ValueError without marks."""
    pattern = re.compile(rf"(<!-- {name} -->\n).*?(<!-- end -->)", re.DOTALL)
    if not pattern.search(text):
        raise ValueError(f"there is no place for {name!r}")
    return pattern.sub(lambda found: found.group(1) + content + found.group(2), text)


def main() -> None:
    """Measure, print, and write what was asked for."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--data", nargs="+", choices=list(BUNDLED), default=list(BUNDLED))
    parser.add_argument("--data-root", default="data", help="folder of MNIST's files")
    parser.add_argument("--splits", type=int, default=20)
    parser.add_argument("--pools", type=int, default=50, help="healthy pools a split")
    parser.add_argument("--trials", type=int, default=10, help="pools of each failure a split")
    parser.add_argument("--first-seed", type=int, default=200, help="of the splits")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--document", type=Path, help="file whose tables are to be replaced")
    parser.add_argument("--record", type=Path, help="keep every score here, and go on from what is here")
    chosen = parser.parse_args()
    jobs = [
        Job(name, chosen.first_seed + index, chosen.pools, trials, chosen.data_root, samples)
        for name in chosen.data
        for samples, trials in ((SAMPLES, chosen.trials), *((few, 0) for few in FEW))
        for index in range(chosen.splits)
    ]
    with tempfile.TemporaryDirectory() as folder:
        record = chosen.record or Path(folder) / "scores.jsonl"
        measure(jobs, record, chosen.processes)
        tables = calibration_tables(judged(record))
    print(tables)
    if chosen.document:
        text = insert(chosen.document.read_text(encoding="utf-8"), "limits", limits_table())
        chosen.document.write_text(insert(text, "calibration", tables), encoding="utf-8")


if __name__ == "__main__":
    main()
