"""The answer says what the numbers bear out, and nothing else."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from page_studies import study
from scipy import stats

from bench.page.answer import answer
from bench.page.caveats import caveats, declaration
from bench.page.wording import KINDS, Named, Sentence
from bench.reports._summary import summarise
from bench.rows import Results

CLAIMS = ("better", "worse", "differs")
BY_FAILURES = ("ahead", "behind")
CLAIMING = (" raise", " lower ", " lowers ", " beat", "worse than", " differs from", " differ from")


def told(results: Results) -> list[Sentence]:
    """All that the top of the page says."""
    summaries = summarise(results)
    return [*answer(results, summaries), *caveats(results, summaries)]


def of_kind(results: Results, kind: str) -> list[str]:
    return [sentence.text for sentence in told(results) if sentence.kind == kind]


def claimed(results: Results) -> dict[int, str]:
    """Place of every arm about which a difference is claimed -> the kind of claim."""
    return {
        part.index: sentence.kind
        for sentence in told(results)
        if sentence.kind in (*CLAIMS, *BY_FAILURES)
        for part in sentence.parts
        if isinstance(part, Named)
    }


def test_a_gain_is_told_with_its_size_interval_p_and_health() -> None:
    """Eight seeds of 0 against eight of 8: the interval is a point, p is 2/2^8, Holm doubles it."""
    found = study([0.0] * 8, [8.0] * 8, [0.0] * 8, verdicts={0: "collapsed"})
    assert of_kind(found, "better") == [
        "arm-1 raises score by 8.0 [8.0, 8.0] to 8.0 (p = .016, Holm over 2 comparisons); "
        "8 of 8 runs healthy."
    ]
    assert of_kind(found, "lead") == [
        "1 of 2 arms beats the baseline arm-0 (score 0.0 [0.0, 0.0]); 1 cannot be told apart from it."
    ]
    assert of_kind(found, "undecided") == [
        "No difference that 8 seeds can show: arm-2 (+0.0 [+0.0, +0.0], p = 1.000)."
    ]
    assert of_kind(found, "failures") == ["8 of 24 runs did not end healthy: all 8 runs of arm-0 collapsed."]


def test_lower_is_better_where_the_output_says_so() -> None:
    """The same numbers are a loss under one direction, a gain under the other, and neither without one."""
    scores = [5.0, 5.5, 4.5, 5.0, 5.2, 4.8, 5.1, 4.9], [1.0, 1.4, 0.6, 1.1, 1.2, 0.8, 1.3, 0.9]
    kinds = {way: claimed(study(*scores, direction=way)).get(1) for way in ("lower", "higher", "none")}
    assert kinds == {"lower": "better", "higher": "worse", "none": "differs"}
    (text,) = of_kind(study(*scores, direction="lower"), "better")
    assert text.startswith("arm-1 lowers score by 4.0 [3.9, 4.0] to 1.0 (p = .008)"), text


def test_arms_with_the_same_numbers_share_a_sentence() -> None:
    (text,) = of_kind(study([0.0] * 8, [8.0] * 8, [8.0] * 8), "better")
    assert text.startswith("arm-1 and arm-2 raise score by 8.0 [8.0, 8.0] to 8.0 each")


def test_survivors_do_not_win() -> None:
    """An arm that is better where it survives and often does not: no gain is claimed, the reason is given."""
    failing: list[Any] = [9.0] * 12 + ["diverged"]
    found = study([5.0] * 13, failing)
    assert not claimed(found)
    assert "flatters whoever failed" in of_kind(found, "withheld")[0]
    often = study([5.0] * 10, [9.0] * 8 + ["diverged"] * 2)
    assert not claimed(often), "it loses the seeds in which it fails"
    assert "missing from the intervals, not from the test" in of_kind(often, "suggestive")[0]
    assert claimed(study([9.0] * 8 + ["diverged"] * 2, [5.0] * 10)) == {}, "nor does a baseline of survivors"
    assert claimed(study([9.0] * 10, [5.0] * 8 + ["diverged"] * 2)) == {1: "worse"}, "a loss in spite of them"


def test_mixed_protocols_rank_nobody() -> None:
    found = study([0.0] * 8, [8.0] * 8, protocols=2)
    kinds = {sentence.kind for sentence in answer(found, summarise(found))}
    assert kinds == {"mixed"}


def test_nothing_is_answered_before_runs_end_and_after_all_failed() -> None:
    assert of_kind(study(["pending"] * 3, ["pending"] * 3), "nothing") == [
        "No run has ended yet: there is no answer."
    ]
    failed = study(["failed"] * 3, ["diverged"] * 3)
    assert "no arm can be ranked" in of_kind(failed, "nothing")[0]
    assert of_kind(failed, "failures") == [
        "6 of 6 runs did not end healthy: all 3 runs of arm-1 diverged; all 3 runs of arm-0 failed."
    ]


def test_what_is_unfinished_is_provisional() -> None:
    (text,) = of_kind(study([1.0, 2.0, "pending"], [1.0, 3.0, 4.0]), "provisional")
    assert text.startswith("Provisional: 1 of 6 runs have not ended")
    assert not of_kind(study([1.0, 2.0], [1.0, 3.0]), "provisional")


def test_a_baseline_without_scores_and_a_study_of_one_arm_compare_nothing() -> None:
    assert "no difference to it has a size" in of_kind(study(["failed"] * 3, [1.0] * 3), "lead")[0]
    assert of_kind(study([1.0, 2.0]), "lead") == ["There is one arm, arm-0: nothing to compare it with."]
    assert "no baseline" in of_kind(study([1.0, 2.0], [2.0, 3.0], baseline=None), "lead")[0]


def test_an_arm_of_failures_is_behind_and_one_without_beside_them_ahead() -> None:
    """Eight seeds lost, or won, by failing alone: p is 2/2^8, and the page says it as the table does."""
    found = study([5.0] * 8, ["diverged"] * 8, [5.0] * 8)
    assert claimed(found) == {1: "behind"}
    assert of_kind(found, "lead")[0].startswith("1 of 2 arms is worse than the baseline arm-0")
    assert of_kind(found, "behind") == [
        "arm-1 comes after the baseline (p = .016, Holm over 2 comparisons): who is first in each seed, runs "
        "without a score last; 8 of 8 runs have none. Too few scores to say by how much."
    ]
    assert claimed(study(["diverged"] * 8, [5.0] * 8)) == {1: "ahead"}
    few = study([5.0] * 4, ["diverged"] * 4)
    assert not claimed(few) and "(p = .125)" in of_kind(few, "unmeasured")[0]
    assert not any("no test" in sentence.text for sentence in told(few))


def test_a_baseline_that_does_not_apply_is_not_said_to_be_missing() -> None:
    whole = study([1.0, 1.0], [1.0, 2.0], [2.0, 3.0])
    whole.plan["arms"][0] |= {"reason": "it needs targets", "runs": []}
    found = replace(whole, rows=whole.rows[whole.rows["arm"] != "a0"])
    assert of_kind(found, "lead") == ["The baseline does not apply: nothing is compared."]
    assert not of_kind(found, "unknown")


def test_few_seeds_are_said_to_be_few() -> None:
    """n seeds reach 2/2^n at best: five cannot pass .05, six can, for two comparisons seven."""
    assert of_kind(study([0.0] * 5, [8.0] * 5), "few") == [
        "5 seeds are too few to conclude: no p can fall below .05; 6 seeds could."
    ]
    assert not claimed(study([0.0] * 5, [8.0] * 5))
    assert "7 seeds could" in of_kind(study([0.0] * 5, [8.0] * 5, [7.0] * 5), "few")[0]
    assert of_kind(study([0.0], [8.0]), "few") == [
        "One seed: no interval, no test, no conclusion about the arms."
    ]
    assert of_kind(study([0.0] * 6, [8.0] * 6), "power") and not of_kind(study([0.0] * 6, [8.0] * 6), "few")


def test_alpha_is_the_declared_one() -> None:
    scores = [0.0] * 6, [8.0] * 6
    assert claimed(study(*scores)) == {1: "better"}
    assert claimed(study(*scores, compare={"alpha": 0.01})) == {}


def test_the_declaration_stands_or_is_departed_from_or_was_never_made() -> None:
    plan = study([1.0], [2.0]).plan
    assert declaration(plan).text == (
        "Before the first run: score, higher is better; 1 comparison (every arm against the baseline); "
        "α = .05."
    )
    later = {**plan, "compare": {**plan["compare"], "alpha": 0.1, "seeds": [0, 1]}}
    assert declaration(later).kind == "departed"
    assert declaration(later).text.endswith("alpha was 0.05, is 0.1; 1 seed added (1).")
    assert declaration(study([1.0], declared=False).plan).kind == "undeclared"
    old = {key: value for key, value in plan.items() if key not in ("compare", "declared")}
    assert declaration(old).kind == "undeclared"


score = st.floats(-1e3, 1e3, allow_nan=False).map(lambda value: round(value, 2))
arm = st.lists(
    st.one_of(score, score, score, st.sampled_from(["diverged", "failed", "pending"])), min_size=9, max_size=9
)


@settings(max_examples=40, deadline=None)
@given(
    arms=st.lists(arm, min_size=1, max_size=3),
    shifts=st.lists(st.sampled_from([0.0, 0.0, 5e3, -5e3]), min_size=4, max_size=4),
    direction=st.sampled_from(["higher", "lower", "none"]),
    protocols=st.sampled_from([1, 1, 1, 2]),
)
def test_no_claim_without_an_interval_beyond_zero_and_a_small_p(
    arms: list[list[Any]], shifts: list[float], direction: str, protocols: int
) -> None:
    """Whatever the scores and failures: held against SciPy's t interval and its exact permutation test."""
    moved = [
        [value if isinstance(value, str) else value + shift for value in scores]
        for scores, shift in zip(arms, shifts, strict=False)
    ]
    found = study(*moved, direction=direction, protocols=protocols)
    said = told(found)
    claims = claimed(found)
    assert protocols == 1 or not claims
    tested = {index: gaps(moved[index], moved[0]) for index in range(1, len(moved))}
    family = sum(len(values) > 1 for values in tested.values())
    for index, kind in claims.items():
        values = tested[index]
        if kind in BY_FAILURES:
            wins, losses = firsts(moved[index], moved[0])
            assert stats.binomtest(wins, wins + losses).pvalue <= 0.05
            assert len(values) < 2 and kind == ("ahead" if wins > losses else "behind")
            continue
        if np.ptp(values) > 0:
            low, high = stats.t.interval(0.95, len(values) - 1, np.mean(values), stats.sem(values))
            assert low > 0 or high < 0, "an interval that covers 0 is no finding"
        p = stats.permutation_test((values,), np.mean, permutation_type="samples", n_resamples=np.inf).pvalue
        assert p <= 0.05, "no correction makes p smaller"
        if family == 1:
            assert p < 0.05
        gain = bool(np.mean(values) > 0) == (direction == "higher")
        assert kind == ("differs" if direction == "none" else "better" if gain else "worse")
    for sentence in said:
        assert sentence.kind in KINDS and sentence.text
        words = "".join(part for part in sentence.parts if isinstance(part, str))
        if not claims and sentence.kind in (
            "lead",
            "suggestive",
            "undecided",
            "withheld",
            "best",
            "mixed",
            "nothing",
        ):
            assert not any(word in words for word in CLAIMING), words


def gaps(ours: list[Any], theirs: list[Any]) -> Any:
    """Differences of the seeds that both have."""
    pairs = zip(ours, theirs, strict=True)
    return np.array(
        [one - other for one, other in pairs if not isinstance(one, str) and not isinstance(other, str)]
    )


def firsts(ours: list[Any], theirs: list[Any]) -> tuple[int, int]:
    """Seeds that one side survives and the other does not, of those where both ended."""
    ended = [(one, other) for one, other in zip(ours, theirs, strict=True) if "pending" not in (one, other)]
    lost = [(isinstance(one, str), isinstance(other, str)) for one, other in ended]
    return sum(other and not one for one, other in lost), sum(one and not other for one, other in lost)


@pytest.mark.parametrize("arms", [7, 30])
def test_sentences_stay_short_however_many_arms_and_however_long_their_names(arms: int) -> None:
    names = [f"arm {index} " + "x" * 300 + f" {index}" for index in range(arms)]
    found = study(*[[float(index % 3), 1.0, 2.0] for index in range(arms)], names=names)
    for sentence in told(found):
        assert len(sentence.text) < 1500
        assert all(len(part.short) <= 64 for part in sentence.parts if isinstance(part, Named))


def test_only_declared_comparisons_are_tested() -> None:
    """Of a family of listed arms the others are not tested, and p is corrected for those of the family."""
    found = study([0.0] * 6, [8.0] * 6, [7.0] * 6, compare={"family": ["a1"]})
    assert claimed(found) == {1: "better"}
    assert of_kind(found, "unasked") == [
        "arm-2 is not among the comparisons that were declared, so not tested."
    ]
    assert not claimed(study([0.0] * 6, [8.0] * 6, [7.0] * 6)), "for two comparisons six seeds are too few"
    pairs = study([0.0] * 7, [8.0] * 7, [7.0] * 7, compare={"family": "all_pairs"})
    assert claimed(pairs) == {1: "better", 2: "better"}
    assert "Holm over 3 comparisons" in of_kind(pairs, "better")[0]


def test_an_arm_that_always_fails_is_behind() -> None:
    """No pair has two scores, and yet every seed says who is better: eight of eight, p = 2/2^8."""
    found = study([8.0] * 8, ["diverged"] * 8)
    assert claimed(found) == {1: "behind"}
    assert of_kind(found, "behind") == [
        "arm-1 comes after the baseline (p = .008): who is first in each seed, runs without a score last; "
        "8 of 8 runs have none. Too few scores to say by how much."
    ]
    assert of_kind(found, "lead")[0].startswith("1 of 1 arm is worse than the baseline arm-0")


def test_nothing_is_claimed_where_means_and_ranks_disagree() -> None:
    """Better in 23 of 29 seeds, far worse in five, failed in one: p is of the 23, the mean of the five."""
    base = [100.0 + 0.01 * (seed % 7) for seed in range(29)]
    gaps = [0.1] * 23 + [-100.0 + seed for seed in range(5)]
    found = study(base, [*(score + gap for score, gap in zip(base, gaps, strict=False)), "diverged"])
    cell = summarise(found)[1].cells["score"]
    assert cell.difference is not None and (cell.difference.interval.high or 0.0) < 0.0, "worse on average"
    assert cell.p_holm is not None and cell.p_holm < 0.05, "and better in more seeds than chance allows"
    assert claimed(found) == {} and len(of_kind(found, "withheld")) == 1


def test_a_difference_over_some_of_the_seeds_says_so() -> None:
    """The baseline fails in two of ten: the arm is better in every seed, by as much as eight of them tell."""
    found = study([0.0] * 8 + ["diverged"] * 2, [8.0] * 10)
    assert of_kind(found, "better") == [
        "arm-1 raises score by 8.0 [8.0, 8.0] to 8.0 (p = .002); 8 seeds have both scores; "
        "10 of 10 runs healthy."
    ]
