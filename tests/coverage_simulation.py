"""How often intervals cover and tests err: `python tests/coverage_simulation.py`.

Draws studies whose truth is known, has `bench.stats` judge them, and counts. Writes the tables of
docs/statistics.md. The same numbers on every run: each table has a generator of its own.
"""

from __future__ import annotations

import argparse
import datetime
import os
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

# It is one process of several, and the repository need not be installed.
os.environ.setdefault("OMP_NUM_THREADS", "1")
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np
import scipy
from calibration import insert
from simulated_scores import RESPONSES, SHAPES, SYMMETRIC, TIED, Rng, chance_of_win, gain_of_even
from simulated_studies import (
    SURVIVOR_RULES,
    factorial_alarms,
    family,
    overview_alarms,
    reachable,
    survivors,
)
from simulations import (
    ALPHA,
    Share,
    bootstrap_coverage,
    improvement_coverage,
    iqm_coverage,
    noise,
    null_p,
    power,
    rate_test,
    skewed_p,
    t_coverage,
    uniformity,
    wilson_coverage,
)

from bench.stats import detectable_effect, smallest_p

SEED = 20261122
REPETITIONS = 20_000
ARMS = 15
"""Compared with one baseline."""
SEEDS = (3, 5, 10, 30)
FAILURES = ((0.0, None), (0.1, None), (0.2, None), (0.4, None), (0.0, 3.0), (0.2, 3.0), (0.6, 3.0))
"""Rates at which an arm fails, and how much better its other runs are; None: as much as makes it even."""
NOISES = ((2.0, 0.5, 5), (2.0, 0.5, 10), (2.0, 2.0, 5), (2.0, 2.0, 10), (0.0, 1.0, 5), (0.0, 1.0, 10))
"""Noise of seeds, of evaluation, and number of runs."""
SAMPLE_SETS = 4
"""The final score's and three fresh ones: what a study draws unless it says otherwise."""
FACTORIALS = (
    ((2, 2), 6, "alike"),
    ((2, 2), 10, "alike"),
    ((3, 2), 6, "alike"),
    ((2, 2, 2), 5, "alike"),
    ((2, 2), 6, "alike, lognormal noise"),
    ((2, 2), 6, "unlike to A"),
    ((2, 2, 2), 6, "unlike to A with B"),
)


def intervals(reps: int, rng: Rng) -> str:
    """Student-t beside two bootstraps, which are slower: a tenth as often."""
    rows = []
    for shape in SHAPES:
        for n in SEEDS:
            t = t_coverage(shape, n, reps, rng)
            others = bootstrap_coverage(shape, n, max(1, reps // 10), rng)
            found = [t, others["percentile"], others["BCa"]]
            shares = [f"**{percent(t.covers)}**", *(percent(one.covers) for one in found[1:])]
            rows.append([shape, n, *shares, *(f"{one.width:.2f}" for one in found)])
    header = "differences|n|**t covers, %**|percentile|BCa|t, mean width|percentile|BCa"
    return table(header, rows)


def p_values(reps: int, rng: Rng) -> str:
    """Of the sign-flip test where there is nothing to find."""
    rows = []
    for shape in SYMMETRIC:
        for n in (5, 6, 8, 10, 12):
            p = null_p(shape, n, reps, rng)
            chi, excess = uniformity(p, n)
            level = int(ALPHA / smallest_p(n)) * smallest_p(n)
            found = percent(Share(int((p <= ALPHA).sum()), reps))
            uniform = "ties" if shape in TIED else f"{chi:.3f}"
            rows.append([shape, n, f"{100 * level:.2f}", found, f"{100 * excess:+.2f}", uniform])
    drawn = null_p("normal", 25, max(1, reps // 40), rng)
    found = percent(Share(int((drawn <= ALPHA).sum()), len(drawn)))
    rows.append(["normal, random flips", 25, f"{100 * ALPHA:.2f}", found, "—", "—"])
    for shape in ("exponential", "lognormal, σ = 1"):
        for n in (6, 10, 15):
            p = skewed_p(shape, n, max(1, reps // 4), rng)
            found = percent(Share(int((p <= ALPHA).sum()), len(p)))
            rows.append([f"*not symmetric:* {shape}, mean 0", n, "—", found, "—", "—"])
    header = "differences|n|attainable, %|**p ≤ .05, %**|largest excess, points|uniform: p of χ²"
    return table(header, rows)


def families(reps: int, rng: Rng) -> str:
    """Of 15 arms, none of which differs from the baseline, or only the last."""
    rows = []
    for n in (6, 9, 10, 12):
        for shape in ("normal", "lognormal")[: 1 + reachable(ARMS, n)]:
            found = family(ARMS, n, shape, 0.0, max(1, reps // 2), rng)
            smallest = f"{min(1.0, ARMS * smallest_p(n)):.3f}"
            corrected = f"**{percent(found.corrected)}**" + ("" if reachable(ARMS, n) else " (out of reach)")
            rows.append([n, shape, "none", smallest, percent(found.uncorrected), corrected, "—"])
    for n in (10, 12, 14):
        for effect in (1.5, 3.0):
            found = family(ARMS, n, "normal", effect, max(1, reps // 10), rng)
            smallest = f"{ARMS * smallest_p(n):.3f}"
            one = f"d_z = {effect / np.sqrt(2.0):.1f}"
            shares = [percent(found.uncorrected), f"**{percent(found.corrected)}**", percent(found.found)]
            rows.append([n, "normal", one, smallest, *shares])
    header = "n|scores|one real effect|smallest p (Holm)|false alarms, uncorrected, %|**Holm, %**|found, %"
    return table(header, rows)


def failing(reps: int, rng: Rng) -> str:
    """An arm that fails at a rate, and is better where it does not."""
    rows = []
    for rate, gain in FAILURES:
        for n in (10, 16):
            better = gain_of_even(rate) if gain is None else gain
            found = survivors(n, better, rate, max(1, reps // 10), rng)
            truth = f"{chance_of_win(better, rate):.2f}"
            shares = [percent(found[rule]) for rule in SURVIVOR_RULES]
            rows.append([f"{100 * rate:.0f} %", f"{better:.1f}", truth, n, *shares])
    rules = "|".join(SURVIVOR_RULES)
    return table(f"fails|otherwise better by|true P(improvement)|n|{rules}", rows)


def rates(reps: int, rng: Rng) -> str:
    """Exact: nothing is drawn."""
    grid = np.arange(1, 100) / 100.0
    rows = []
    for n in (5, 10, 30):
        wilson, wald = np.array([wilson_coverage(n, float(rate)) for rate in grid]).T
        at = [f"{100 * wilson_coverage(n, rate)[0]:.1f}" for rate in (0.05, 0.1, 0.25, 0.5)]
        whole = [f"**{100 * wilson.mean():.1f}**", f"{100 * wilson.min():.1f}", f"{100 * wald.mean():.1f}"]
        rows.append([n, *at, *whole])
    covered = table("n|rate 5 %|10 %|25 %|50 %|**mean over rates**|lowest|*mean of Wald's*", rows)
    rows = [
        [n]
        + [f"{100 * rate_test(n, rate, rate):.1f}" for rate in (0.05, 0.2, 0.5)]
        + [f"{100 * rate_test(n, rate, 0.0):.1f}" for rate in (0.3, 0.6, 0.9)]
        for n in (5, 6, 10, 20)
    ]
    header = "n|same rate, 10 % of seeds differ: p ≤ .05, %|40 %|100 %|rates differ by 30 points|60|90"
    return covered + "\n" + table(header, rows)


def improvements(reps: int, rng: Rng) -> str:
    """The interval of the probability of improvement."""
    rows = []
    for rate, gain in ((0.0, 0.0), (0.0, 3.0), (0.4, 3.0)):
        for n in SEEDS:
            covers, none = improvement_coverage(n, gain, rate, max(1, reps // 10), rng)
            truth = f"{chance_of_win(gain, rate):.2f}"
            rows.append([truth, f"{100 * rate:.0f} %", n, f"**{percent(covers)}**", percent(none)])
    return table("true P(improvement)|fails|n|**covers, %**|no interval given, %", rows)


def medians(reps: int, rng: Rng) -> str:
    """The interval of the interquartile mean over data sets."""
    rows = [
        [strata, *(f"{percent(iqm_coverage(strata, n, max(1, reps // 20), rng))}" for n in (3, 5, 10))]
        for strata in (1, 4, 10)
    ]
    return table("data sets|3 runs on each: covers, %|5 runs|10 runs", rows)


def noises(reps: int, rng: Rng) -> str:
    """Components of noise, estimated."""
    rows = []
    for seeds, evaluation, n in NOISES:
        found = noise(seeds, evaluation, n, SAMPLE_SETS, max(1, reps // 2), rng)
        estimates = [f"**{found.seeds:.2f}**", f"{found.median_seeds:.2f}", f"**{found.evaluation:.2f}**"]
        rows.append([f"{seeds:g}", f"{evaluation:g}", n, *estimates, percent(found.none)])
    header = "seeds|evaluation|n|**seeds, estimated**|its median|**evaluation, estimated**|seeds 0, %"
    return table(header, rows)


def powers(reps: int, rng: Rng) -> str:
    """At the smallest detectable effect."""
    rows = []
    for n in (3, 5, 6, 8, 10, 12):
        t, flips = power(n, max(1, reps // 2), rng)
        rows.append([n, f"{detectable_effect(n):.2f}", f"**{percent(t)}**", percent(flips)])
    return table("n|smallest detectable d_z|**interval excludes 0, %**|sign-flip p ≤ .05, %", rows)


def factorials(reps: int, rng: Rng) -> str:
    """Analyses of variance of factors that do nothing."""
    rows = []
    for levels, n, response in FACTORIALS:
        assert response in RESPONSES
        found = factorial_alarms(levels, n, response, max(1, reps // 4), rng)
        shares = [found.main, found.main_contrast, found.interaction, found.interaction_contrast]
        design = " × ".join(map(str, levels))
        rows.append([design, n, response, *map(percent, shares), percent(found.any_holm)])
    header = "design|n|seeds respond|A: F, %|A: t over seeds|A × B: F|A × B: t over seeds|any F, Holm"
    return table(header, rows)


def overviews(reps: int, rng: Rng) -> str:
    """Friedman and Nemenyi where all arms are alike."""
    rows = []
    for arms in (3, 6, 16):
        for n in (5, 10):
            rows.append([arms, n, *map(percent, overview_alarms(arms, n, max(1, reps // 10), rng))])
    return table("arms|n|Friedman p ≤ .05, %|Nemenyi tells any two apart, %", rows)


TABLES: dict[str, Callable[[int, Rng], str]] = {
    "intervals": intervals,
    "p-values": p_values,
    "families": families,
    "failing": failing,
    "rates": rates,
    "improvement": improvements,
    "interquartile": medians,
    "noise": noises,
    "power": powers,
    "factorial": factorials,
    "overview": overviews,
}
"""Name of its place on the page -> what measures it."""


def percent(share: Share) -> str:
    """In per cent; a dash for a share of nothing."""
    return f"{100.0 * share.rate:.1f}" if share.of else "—"


def table(header: str, rows: Iterable[Sequence[object]]) -> str:
    """Markdown; cells of the header are divided by bars."""
    cells = header.split("|")
    lines = ["| " + " | ".join(cells) + " |", "| --- |" + " ---: |" * (len(cells) - 1)]
    lines += ["| " + " | ".join(map(str, row)) + " |" for row in rows]
    return "\n".join(lines) + "\n"


def measured(reps: int, date: str) -> str:
    """When, how often, with what."""
    versions = f"numpy {np.__version__}, scipy {scipy.__version__}"
    return f"Measured {date} with {reps:,} repetitions; {versions}.\n"


def main() -> None:
    """Measure, print, and write what was asked for."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--repetitions", type=int, default=REPETITIONS, help="of what is quick to simulate")
    parser.add_argument("--only", nargs="+", choices=list(TABLES), default=list(TABLES))
    parser.add_argument("--document", type=Path, help="file whose tables are to be replaced")
    chosen = parser.parse_args()
    today = datetime.datetime.now(datetime.UTC).date().isoformat()
    made = {"measured": measured(chosen.repetitions, today)}
    for place, (name, measure) in enumerate(TABLES.items()):
        if name in chosen.only:
            made[name] = measure(chosen.repetitions, np.random.default_rng([SEED, place]))
            print(f"{name}\n\n{made[name]}", flush=True)
    if chosen.document:
        text = chosen.document.read_text(encoding="utf-8")
        for name, content in made.items():
            text = insert(text, name, content)
        chosen.document.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
