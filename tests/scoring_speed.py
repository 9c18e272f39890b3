"""What a score costs, beside the same numbers computed in other ways: `python tests/scoring_speed.py`.

    direct      the default scores against hand-written torch (tests/direct_scores.py)
    fidelity    against torch-fidelity's calculate_metrics with its defaults, asked for the same
    metrics     every metric by itself, as a multiple of fid
    training    one evaluation as a share of 200 steps of training
    memory      what 10,000 samples take

Contestants take turns, as in tests/speed.py; reported is the median over the rounds of this one's time over
the reference's. The real side is in memory on both sides.
Needs torch, numpy, scipy, safetensors, torch-fidelity and this repository; with scikit-learn the digits are
real ones.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import torch

# The repository need not be installed on the machine that is measured.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from scoring_cases import CASES, CPU, QUICK, Line, Size, peak
from speed import hardware

from gan.memory import keep_freed_memory


def markdown(lines: Sequence[Line], where: dict[str, str | int]) -> str:
    """The table, with where it was measured."""
    text = [
        "; ".join(f"{key} {value}" for key, value in where.items()),
        "",
        "Cost: time over that of the case's first line, median and quartiles over rounds in which all take "
        "turns; of `evaluating`, the share of the whole run; of `memory`, megabytes above those before.",
        "",
        "| case | contestant | ms a score | cost (quartiles) | aim |",
        "| --- | --- | ---: | ---: | --- |",
    ]
    for line in lines:
        milliseconds = "" if line.milliseconds is None else f"{line.milliseconds:.1f}"
        cost = f"{line.cost:.0f} MB" if line.quartiles is None else f"**{line.cost:.3g}**"
        if line.quartiles is not None:
            cost += f" ({line.quartiles[0]:.3g} to {line.quartiles[1]:.3g})"
        text.append(f"| {line.case} | {line.contestant} | {milliseconds} | {cost} | {line.aim} |")
    return "\n".join(text) + "\n"


def arguments(words: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--case", action="append", choices=list(CASES), help="may be repeated")
    parser.add_argument("--threads", type=int, default=1, help="of the CPU, as a worker of a study has")
    parser.add_argument("--rounds", type=int, default=Size.rounds)
    parser.add_argument("--quick", action="store_true", help="a smoke run: the numbers mean nothing")
    parser.add_argument("--markdown", type=Path)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--peak", choices=("images", "points"), help=argparse.SUPPRESS)
    parser.add_argument("--peak-samples", type=int, default=Size.many, help=argparse.SUPPRESS)
    return parser.parse_args(words)


def main(words: Sequence[str] | None = None) -> None:
    """Measure, print, and write what was asked for."""
    chosen = arguments(words)
    torch.set_num_threads(chosen.threads)
    keep_freed_memory()  # as workers do, for both sides
    if chosen.peak:
        print(peak(chosen.peak, chosen.peak_samples))
        return
    size = QUICK if chosen.quick else Size(rounds=chosen.rounds)
    where = hardware(CPU)
    print(markdown([], where), end="", flush=True)
    lines: list[Line] = []
    for name in chosen.case or CASES:
        found = CASES[name](size)
        print("\n".join(markdown(found, where).splitlines()[6:]), flush=True)
        lines += found
    if chosen.markdown:
        chosen.markdown.write_text(markdown(lines, where), encoding="utf-8")
    if chosen.json:
        content = {"hardware": where, "lines": [asdict(line) for line in lines]}
        chosen.json.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
