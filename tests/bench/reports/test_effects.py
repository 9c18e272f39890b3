"""The effects of a study, from its rows to the section of its report."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from factor_studies import study
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.reports._effects import effects, effects_section
from bench.rows import Results

FACTORS = {"loss": ["hinge", "wasserstein"], "r1": ["off", "gamma=0.3"]}
NOISE = np.random.default_rng(3).normal(size=(50, 9))


def score(levels: Mapping[str, str], seed: int) -> float:
    """r1 helps wasserstein by 5, and hinge not; seeds differ by more than that."""
    wasserstein, r1 = levels["loss"] == "wasserstein", levels["r1"] != "off"
    return 30 + 4 * seed - 5.0 * (wasserstein and r1) + 0.5 * float(NOISE[seed, 2 * wasserstein + r1])


def test_an_interaction_is_found_in_a_study() -> None:
    found = effects(study(FACTORS, score))
    assert (found.output, found.refused, found.ranks) == ("fid", None, None)
    assert found.scores is not None and found.scores.lines[2].factors == ("loss", "r1")
    assert found.scores.lines[2].p_holm < 0.001
    assert any(
        " with wasserstein" in sentence and "lowers FID by 5" in sentence for sentence in found.sentences
    )
    assert found.notes[-1].startswith("Residuals: Shapiro-Wilk p")


def test_the_section_says_it_all_in_markdown() -> None:
    text = "\n".join(effects_section(study(FACTORS, score)))
    assert text.startswith("## Effects of the factors on FID ↓\n\n- ")
    assert "| effect | df | F | p | p (Holm) | partial η² | estimate |" in text
    assert "| r1: gamma=0.3 − off | 1, 15 |" in text and "| loss × r1 | 1, 15 |" in text
    assert "corrected for 3 effects" in text and "blocked by seed (4 arms, 6 seeds)" in text
    assert text == "\n".join(effects_section(study(FACTORS, score))), "the same lines twice"


@given(st.permutations(range(24)), st.floats(-50, 50), st.integers(0, 99))
@settings(max_examples=15, deadline=None)
def test_rows_seeds_and_what_seeds_share_do_not_matter(order: list[int], shift: float, seed: int) -> None:
    """The order of the rows, a constant, an offset of each seed: the same lines and estimates."""
    plain = study(FACTORS, score)
    rows = plain.rows.copy()
    offsets = np.random.default_rng(seed).normal(0, 20, 6)
    rows["fid.final"] += shift + offsets[rows["seed"].to_numpy(dtype=int)]
    moved = effects(replace(plain, rows=rows.iloc[order]))
    reference = effects(plain)
    assert effects(replace(plain, rows=plain.rows.iloc[order])) == reference, (
        "the order of the rows changes nothing"
    )
    assert moved.scores is not None and reference.scores is not None
    for one, other in zip(moved.scores.lines, reference.scores.lines, strict=True):
        assert one.p == pytest.approx(other.p, rel=1e-6, abs=1e-12)
    for a, b in zip(moved.scores.simple, reference.scores.simple, strict=True):
        assert (a.interval.mean, a.interval.low) == pytest.approx((b.interval.mean, b.interval.low), abs=1e-8)
    assert moved.sentences == reference.sentences


def failing(share: int) -> Results:
    """The arm with both, otherwise much better, diverges in the first seeds."""

    def end(levels: Mapping[str, str], seed: int) -> float | str:
        both = levels["loss"] == "wasserstein" and levels["r1"] != "off"
        return "diverged" if both and seed < share else score(levels, seed)

    return study(FACTORS, end, seeds=8)


def test_failures_cost_whole_seeds_and_bring_the_ranks() -> None:
    found = effects(failing(2))
    assert found.scores is not None and found.scores.seeds == 6
    assert found.ranks is not None and found.ranks.seeds == 8, "nothing is dropped from the ranks"
    assert [line.factors for line in found.ranks.lines] == [("loss",), ("r1",)], "main effects only"
    assert any("2 of 8 seeds left out as a whole" in note for note in found.notes)
    assert any("favours arms that fail" in note for note in found.notes)
    assert "On ranks:" in effects_section(failing(2))


def test_notes_say_of_which_analysis_they_speak_in_the_order_of_the_tables() -> None:
    """A seed lost to a failure is lost to the scores alone, one that has not ended to the ranks too."""

    def end(levels: Mapping[str, str], seed: int) -> float | str:
        worst = levels["loss"] == "wasserstein" and levels["r1"] == "off"
        return (
            "diverged" if worst and seed < lost else "pending" if worst and seed == 7 else score(levels, seed)
        )

    for lost, first in ((2, "Scores and ranks: 1 of 8"), (5, "Scores: 5 of 8 seeds left out as a whole")):
        found = effects(study(FACTORS, end, seeds=8))
        notes = [note for note in found.notes if not note.startswith("Tests of factors")]
        assert notes[0].startswith(first)
        heads = [note.partition(": ")[0] for note in notes]
        assert heads == sorted(heads, key=["Scores and ranks", "Scores", "Ranks"].index)
        assert any("1 of 8 seeds left out: not all" in note for note in notes if "anks: " in note)
        assert not any("left out as a whole" in note for note in notes if not note.startswith("Scores: "))
        text = "\n".join(effects_section(study(FACTORS, end, seeds=8)))
        sizes = (
            "(scores: 4 arms, 5 seeds; ranks: 4 arms, 7 seeds)" if lost == 2 else "(ranks: 4 arms, 7 seeds)"
        )
        assert sizes in text


def test_factors_by_themselves_say_which_of_them_lost_seeds() -> None:
    """A failure with one factor changed costs the others nothing."""

    def end(levels: Mapping[str, str], seed: int) -> float | str:
        if levels["r1"] != "off":
            return "pending"
        return "failed" if levels["loss"] != "hinge" and seed == 1 else score(levels, seed)

    found = effects(study(FACTORS, end, design="add_one"))
    assert found.scores is not None and list(found.scores.levels) == ["loss"]
    assert any(note.startswith("Scores: loss: 1 of 6 seeds left out as a whole") for note in found.notes)
    assert any(
        note.startswith("Scores: r1: Not analysed. Seeds with every score: 0 of 6") for note in found.notes
    )


def test_too_many_failures_leave_the_ranks_alone() -> None:
    """Which do not reward an arm for the seeds in which it survived."""
    found = effects(failing(5))
    assert found.scores is None and found.refused is not None and "Only 3 of 8 seeds" in found.refused
    assert found.ranks is not None and found.sentences
    assert not any("lowers FID by" in sentence for sentence in found.sentences)
    assert all("rank (1 is best) of FID" in sentence for sentence in found.sentences)
    loss = next(contrast for contrast in found.ranks.main if contrast.factor == "loss")
    wins = 3 / 8 * (1 - 2) + 5 / 8 * (4 - 2)
    assert loss.interval.mean > -1 and wins > 0, "more last places than first ones"
    text = "\n".join(effects_section(failing(5)))
    assert "No analysis of the scores: Only 3 of 8 seeds" in text and "share the last place" in text


def test_without_a_better_direction_failures_cannot_be_ranked() -> None:
    found = effects(study(FACTORS, lambda levels, seed: "failed", direction="none"))
    assert (found.scores, found.ranks, found.sentences) == (None, None, ())
    assert any("cannot be ranked" in note for note in found.notes)


def test_higher_is_better_where_it_is_said() -> None:
    """Rank 1 is the best: the arm with the highest scores, or with the lowest."""

    def end(levels: Mapping[str, str], seed: int) -> float | str:
        return (
            "diverged"
            if levels["loss"] == "hinge" and seed == 0
            else 9.0 + seed * (levels["loss"] == "hinge")
        )

    # wasserstein minus hinge: last in the seed where hinge fails not, first of two where it fails.
    for direction, gap in (("higher", (7 * 1 - 1) / 8), ("lower", -1.0)):
        found = effects(study({"loss": FACTORS["loss"]}, end, seeds=8, direction=direction))
        assert found.ranks is not None
        assert found.ranks.main[0].interval.mean == gap


def test_scores_that_never_vary_have_no_f() -> None:
    """A study that ends with all modes or none in every seed, as the quickstart does."""
    arms = study(
        FACTORS, lambda levels, seed: 8.0 * (levels["loss"] == "hinge" or levels["r1"] != "off"), seeds=8
    )
    found = effects(arms)
    assert found.scores is not None and {line.f for line in found.scores.lines} == {None}
    assert any("raises FID by 8.0 \\[8.0, 8.0\\]" in line for line in effects_section(arms))
    nothing = effects(study(FACTORS, lambda levels, seed: 8.0))
    assert [line.p for line in nothing.scores.lines] == [1.0] * 3  # type: ignore[union-attr]
    assert all(sentence.startswith("No effect of") for sentence in nothing.sentences)


ALONE = dict.fromkeys([("hinge", "off"), ("hinge", "gamma=0.3"), ("wasserstein", "off")], "no")
REFUSED = {
    "one seed": (study(FACTORS, score, seeds=1), "One seed"),
    "one arm": (study(FACTORS, score, declined=ALONE), "Fewer than two arms"),
    "no arm": (
        study(FACTORS, score, declined={**ALONE, ("wasserstein", "gamma=0.3"): "no"}),
        "Fewer than two",
    ),
    "no factor": (study({"loss": ["hinge"]}, lambda levels, seed: 1.0), "Fewer than two arms"),
    "nothing has ended": (study(FACTORS, lambda levels, seed: "pending"), "takes two"),
    "mixed protocols": (replace(study(FACTORS, score), protocols={"p": {}, "q": {}}), "different protocols"),
}


@pytest.mark.parametrize(("results", "reason"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_analysed_is_refused_in_words(results: Results, reason: str) -> None:
    found = effects(results)
    assert found.scores is None and found.refused is not None and reason in found.refused
    lines = effects_section(results)
    assert not any(one == other == "" for one, other in pairwise(lines)), "one blank line between blocks"
    assert any(reason in line for line in lines) and not any(line.startswith("| effect") for line in lines)


def test_named_arms_are_one_factor() -> None:
    names = ["GAN", "WGAN|GP", "DCGAN"]
    found = study(
        {"arm": names},
        lambda levels, seed: float(3 * (at := names.index(levels["arm"]))) + 0.1 * NOISE[seed, at],
    )
    text = "\n".join(effects_section(found))
    assert "WGAN\\|GP instead of GAN raises FID by 2.9" in text, "and a name is harmless"
    assert "| · DCGAN − GAN |" in text and "×" not in text


def test_log_normal_scores_are_told_and_not_switched() -> None:
    rng = np.random.default_rng(0)
    found = effects(study(FACTORS, lambda levels, seed: float(np.exp(rng.normal(0, 1.5))), seeds=12))
    (note,) = [note for note in found.notes if note.startswith("Residuals")]
    assert "not normal" in note and "the log scale would suit this output better" in note
    assert "The analysis is not on it." in note


def test_the_declared_comparison_chooses_output_and_alpha() -> None:
    plain = study(
        FACTORS, lambda levels, seed: 0.8 * (levels["r1"] != "off") + NOISE[seed, hash_of(levels)], seeds=12
    )
    loose, strict = (
        effects(replace(plain, plan={**plain.plan, "compare": {"metric": "fid", "alpha": alpha}}))
        for alpha in (0.9, 1e-9)
    )
    assert any("raises" in sentence for sentence in loose.sentences)
    assert not any("raises" in sentence for sentence in strict.sentences)


def hash_of(levels: Mapping[str, str]) -> int:
    return 2 * (levels["loss"] == "hinge") + (levels["r1"] == "off")
