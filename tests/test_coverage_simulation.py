"""What docs/statistics.md claims is so, and the script that measures it measures rightly.

A rate counts as shown where its exact interval of 99.99 % (`Share.bounds`) lies within the claim.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
from calibration import insert
from coverage_simulation import ARMS, FACTORIALS, SEEDS, TABLES, main
from house import ROOT
from scipy import stats
from simulated_scores import SHAPES, SYMMETRIC, TIED, chance_of_win, gain_of_even, study
from simulated_studies import factorial_alarms, family, overview_alarms, reachable, survivors
from simulations import (
    Share,
    bootstrap_coverage,
    improvement_coverage,
    noise,
    null_p,
    power,
    rate_test,
    skewed_p,
    t_coverage,
    uniformity,
    wilson_coverage,
)

from bench.stats import mean_interval

PAGE = ROOT / "docs" / "statistics.md"


def rng() -> np.random.Generator:
    """The same draws for every test, and others than the page's."""
    return np.random.default_rng(7)


def test_bounds_are_those_of_clopper_and_pearson() -> None:
    """Without a hit the upper end u solves (1 - u)^n = 0.00005."""
    low, high = Share(0, 100).bounds
    assert low == 0.0 and (1.0 - high) ** 100 == pytest.approx(0.00005)


@pytest.mark.parametrize(("shape", "lost"), [("half collapse", 0.5), ("a tenth collapses", 0.1)])
def test_simulated_coverage_is_the_exact_one_where_that_can_be_added_up(shape: str, lost: float) -> None:
    """Of n seeds k collapse with binomial chance, and k alone decides whether the interval covers."""
    n, exact = 5, 0.0
    for k in range(n + 1):
        found = mean_interval(np.array([-8.0] * k + [0.0] * (n - k)))
        assert found.low is not None and found.high is not None
        exact += stats.binom.pmf(k, n, lost) * (found.low <= -8.0 * lost <= found.high)
    low, high = t_coverage(f"8 modes or 0, {shape}", n, 3000, rng()).covers.bounds
    assert low <= exact <= high


def test_bootstraps_are_given_a_point_where_all_values_are_equal() -> None:
    """As Student's interval is: of no width, and right only if the value is."""
    found = bootstrap_coverage("all the same", 5, 20, rng())
    assert {(one.covers.hits, one.covers.of, one.width) for one in found.values()} == {(20, 20, 0.0)}


def test_uniformity_sees_what_is_not_uniform() -> None:
    """Each value once is uniform; p-values that are too small are not, and exceed their level."""
    steps = np.arange(1, 17) / 16.0
    chi, excess = uniformity(np.tile(steps, 20), 5)
    assert chi == 1.0 and excess == 0.0
    chi, excess = uniformity(np.ceil(np.tile(steps, 20) * 8.0) / 16.0, 5)
    assert chi < 1e-6 and excess == pytest.approx(0.5)


@pytest.mark.parametrize("rate", [0.0, 0.1, 0.4, 0.45])
def test_an_even_arm_wins_half_of_all_pairs(rate: float) -> None:
    """However often it fails: its other runs make up for it."""
    assert chance_of_win(gain_of_even(rate), rate) == pytest.approx(0.5)
    assert gain_of_even(0.4) == pytest.approx(3.0), "the example: 3 FID better, 40 % of the runs fail"


@pytest.mark.parametrize("shape", ["normal", "lognormal"])
def test_differences_to_a_shared_baseline_correlate_by_half(shape: str) -> None:
    """What two differences share is one of the two terms of each."""
    scores = study(rng(), 2, 200_000, shape, effect=1.0)
    differences = scores[1:] - scores[0]
    assert differences.var(axis=1) == pytest.approx([2.0, 2.0], rel=0.1)
    assert np.corrcoef(differences)[0, 1] == pytest.approx(0.5, abs=0.05)
    assert differences.mean(axis=1) == pytest.approx([0.0, -1.0], abs=0.02)


def test_rates_are_added_up_exactly() -> None:
    """Of 6 discordant seeds only 6 to 0 has p <= .05; of 5 runs at a rate of half only 0 and 5 miss it."""
    assert rate_test(6, 0.5, 0.5) == pytest.approx(2.0 / 2**6)
    assert wilson_coverage(5, 0.5)[0] == pytest.approx(1.0 - 2.0 / 2**5)


@pytest.mark.parametrize("name", TABLES)
def test_a_table_is_the_same_on_every_run_and_on_the_page(name: str) -> None:
    """With the same generator; the page has its columns, and its rows in its order."""
    written = TABLES[name](8, np.random.default_rng(1))
    assert TABLES[name](8, np.random.default_rng(1)) == written
    found = PAGE.read_text(encoding="utf-8").partition(f"<!-- {name} -->\n")[2].partition("<!-- end -->")[0]
    header, _, *rows = written.splitlines()
    assert found.startswith(f"{header}\n"), "run `nox -s coverage`"
    measured = [line.split(" | ")[0] for line in found.splitlines()[2:]]
    assert measured == [line.split(" | ")[0] for line in rows], "run `nox -s coverage`"


def test_the_script_replaces_only_what_it_was_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    page = tmp_path / "page.md"
    page.write_text("<!-- measured -->\n<!-- end -->\n<!-- power -->\n<!-- end -->\n<!-- rates -->\nx\n")
    arguments = ["--repetitions", "10", "--only", "power", "--document", str(page)]
    monkeypatch.setattr(sys, "argv", ["coverage_simulation.py", *arguments])
    main()
    text = page.read_text()
    assert "with 10 repetitions" in text and "| 12 | 0.89 |" in text and text.endswith("<!-- rates -->\nx\n")
    assert "smallest detectable d_z" in capsys.readouterr().out


def test_the_page_has_a_place_for_every_table() -> None:
    text = PAGE.read_text(encoding="utf-8")
    for name in ("measured", *TABLES):
        insert(text, name, "")


def test_the_readme_leads_to_the_page() -> None:
    assert "](docs/statistics.md)" in (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.mark.slow
@pytest.mark.parametrize("n", SEEDS)
def test_intervals_of_normal_differences_cover_what_they_claim(n: int) -> None:
    """94 to 96 % of the time."""
    low, high = t_coverage("normal", n, 20_000, rng()).covers.bounds
    assert low > 0.94 and high < 0.96


@pytest.mark.slow
@pytest.mark.parametrize("n", [3, 5, 10])
def test_bootstrap_intervals_of_a_few_seeds_cover_less(n: int) -> None:
    """Which is why they are not used: not even 93 % where Student's cover 95 %."""
    for found in bootstrap_coverage("normal", n, 4000, rng()).values():
        assert found.covers.bounds[1] < 0.93


@pytest.mark.slow
@pytest.mark.parametrize("shape", ["exponential", "lognormal, σ = 1", "8 modes or 0, a tenth collapses"])
def test_intervals_of_skewed_differences_cover_less(shape: str) -> None:
    """As the page warns; and a symmetric heavy tail does no harm."""
    assert t_coverage(shape, 5, 20_000, rng()).covers.bounds[1] < 0.91
    assert t_coverage("Student-t, 3 degrees of freedom", 5, 20_000, rng()).covers.bounds[0] > 0.94
    assert SHAPES[shape].mean != 0.0


@pytest.mark.slow
@pytest.mark.parametrize("n", [5, 6, 8, 10])
@pytest.mark.parametrize("shape", SYMMETRIC)
def test_p_values_are_uniform_where_nothing_is_to_be_found(shape: str, n: int) -> None:
    """Every value that the test can give is as likely as any other; with ties it only errs less often."""
    p = null_p(shape, n, 20_000, rng())
    chi, excess = uniformity(p, n)
    assert chi > 1e-4 or shape in TIED
    # Dvoretzky, Kiefer and Wolfowitz with Massart's constant, one-sided, at 1 in 10,000.
    assert excess < np.sqrt(np.log(1e4) / (2.0 * len(p)))


@pytest.mark.slow
def test_random_flips_keep_the_level_too() -> None:
    """Beyond 20 pairs patterns of signs are drawn."""
    p = null_p("normal", 22, 300, rng())
    assert stats.kstest(p, "uniform").pvalue > 1e-4


@pytest.mark.slow
def test_skewed_differences_of_mean_zero_are_no_null_hypothesis() -> None:
    """The test is about symmetry: it rejects more often than 5 % there, as the page says."""
    p = skewed_p("exponential", 10, 10_000, rng())
    assert Share(int((p <= 0.05).sum()), len(p)).bounds[0] > 0.05


@pytest.mark.slow
@pytest.mark.parametrize("shape", ["normal", "lognormal"])
@pytest.mark.parametrize("n", [10, 12])
def test_family_wise_error_is_kept(n: int, shape: str) -> None:
    """At most 5 % of studies of 15 arms that do nothing find anything; uncorrected more than a quarter do."""
    found = family(ARMS, n, shape, 0.0, 6000, rng())
    assert reachable(ARMS, n) and found.corrected.bounds[1] <= 0.05
    assert found.corrected.hits > 0, "or it could not have failed"
    assert found.uncorrected.bounds[0] > 0.25


@pytest.mark.slow
def test_a_real_effect_is_found_beside_fourteen_that_are_none() -> None:
    """A large one; with nine seeds nothing could be."""
    found = family(ARMS, 12, "normal", 3.0, 1000, rng())
    assert found.found.bounds[0] > 0.9 and found.corrected.bounds[0] <= 0.05
    assert family(ARMS, 9, "normal", 9.0, 100, rng()).found.hits == 0 and not reachable(ARMS, 9)


@pytest.mark.slow
@pytest.mark.parametrize("n", [10, 16])
def test_an_arm_that_often_fails_does_not_win(n: int) -> None:
    """3 FID better where it does not fail, in 60 % of its runs: half of all pairs are won, no more."""
    found = survivors(n, 3.0, 0.4, 2000, rng())
    assert found["mean of survivors is lower"].bounds[0] > 0.95, "the mean of survivors would be fooled"
    assert found["p of survivors ≤ .05"].bounds[0] > 0.2, "and so would its test"
    assert found["bold: lower, none failed"].bounds[1] <= 0.05
    assert found["p of ranks ≤ .05"].bounds[1] <= 0.05
    assert found["P(improvement) above .5"].bounds[1] <= 0.06, "its interval is a little short, says the page"


@pytest.mark.slow
def test_an_arm_that_never_fails_can_win() -> None:
    """Otherwise the rules above would be kept by saying nothing."""
    found = survivors(16, 3.0, 0.0, 500, rng())
    for rule in ("bold: lower, none failed", "P(improvement) above .5", "p of ranks ≤ .05"):
        assert found[rule].bounds[0] > 0.5, rule


@pytest.mark.slow
@pytest.mark.parametrize(("gain", "rate"), [(0.0, 0.0), (3.0, 0.0), (3.0, 0.4)])
def test_intervals_of_the_probability_of_improvement_cover_with_many_seeds(gain: float, rate: float) -> None:
    """At 30 seeds 90 to 97 %, whatever chance says; at 10 at least 85 %."""
    many, few = (improvement_coverage(n, gain, rate, 2000, rng())[0].bounds for n in (30, 10))
    assert many[0] > 0.90 and many[1] < 0.97
    assert few[0] > 0.85


@pytest.mark.slow
@pytest.mark.parametrize("n", [5, 10, 30])
def test_intervals_and_tests_of_rates_keep_their_level(n: int) -> None:
    """Wilson's covers 95 % on average over all rates, and never less than 83 %; McNemar's errs in 5 %."""
    covered = [wilson_coverage(n, rate)[0] for rate in np.arange(1, 100) / 100.0]
    assert np.mean(covered) == pytest.approx(0.95, abs=0.01) and min(covered) > 0.83
    assert all(rate_test(n, rate, rate) <= 0.05 for rate in (0.05, 0.25, 0.5))


@pytest.mark.slow
def test_components_of_noise_are_recovered() -> None:
    """Their variances on average, where neither is hidden by the other."""
    found = noise(2.0, 0.5, 10, 4, 20_000, rng())
    assert found.seeds == pytest.approx(2.0, rel=0.01) and found.evaluation == pytest.approx(0.5, rel=0.01)


@pytest.mark.slow
@pytest.mark.parametrize("n", [2, 3, 5, 10])
def test_the_detectable_effect_is_detected(n: int) -> None:
    """By the interval, in four of five studies."""
    low, high = power(n, 20_000, rng())[0].bounds
    assert low <= 0.8 <= high


@pytest.mark.slow
@pytest.mark.parametrize(("levels", "n", "response"), FACTORIALS)
def test_factorial_analysis_keeps_its_level(levels: tuple[int, ...], n: int, response: str) -> None:
    """Over seeds that respond alike every test does; where they do not, only those over seeds do."""
    found = factorial_alarms(levels, n, response, 5000, rng())
    assert found.main_contrast.bounds[0] <= 0.05 and found.interaction_contrast.bounds[0] <= 0.05
    if response.startswith("alike"):
        assert found.main.bounds[0] <= 0.05 and found.interaction.bounds[0] <= 0.05
        assert found.any_holm.bounds[0] <= 0.05
    elif response == "unlike to A":
        assert found.main.bounds[0] > 0.08, "the page warns of it"


@pytest.mark.slow
def test_the_overview_keeps_its_level() -> None:
    """Friedman's chi-square and Nemenyi's critical difference are cautious."""
    for found in overview_alarms(6, 10, 2000, rng()):
        assert found.bounds[0] <= 0.05
