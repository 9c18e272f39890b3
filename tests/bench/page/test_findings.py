"""What an interval suggests and its test does not show is neither claimed nor denied."""

from __future__ import annotations

from page_studies import study

from bench.note import note
from bench.page.answer import answer
from bench.page.effects import told
from bench.page.findings import asked, findings
from bench.page.render import page
from bench.reports._summary import summarise
from bench.rows import Results

LOW, HIGH = [5.0, 5.5, 4.5, 5.0], [1.0, 1.4, 0.6, 1.1]
"""Four seeds: the interval of their difference excludes 0, and p is 2/2^4 at best."""
OPEN = [5.1, 5.3, 4.6, 4.9]


def said(results: Results, kind: str) -> list[str]:
    return [one.text for one in answer(results, summarise(results)) if one.kind == kind]


def kinds(results: Results) -> list[str]:
    return [one.kind for one in findings(asked(results), summarise(results), "a0")]


def test_an_interval_beyond_zero_beside_a_large_p_is_suggestive() -> None:
    found = study(LOW, HIGH, OPEN)
    assert kinds(found) == ["suggestive", "undecided"]
    assert said(found, "suggestive") == [
        "Suggestive, not shown (the interval excludes 0, but the test corrected for 2 comparisons does not "
        "reach .05): arm-1 (−4.0 [−4.1, −3.8], p = .250)."
    ]
    assert all("arm-1" not in text for text in said(found, "undecided"))
    assert said(found, "lead") == [
        "For none of 2 arms is a difference from the baseline arm-0 (score 5.0 [4.4, 5.6]) shown."
    ]
    alone = study(LOW, HIGH)
    assert said(alone, "lead") == [
        "For the only other arm no difference from the baseline arm-0 (score 5.0 [4.4, 5.6]) is shown."
    ]
    assert "but the test does not reach .05" in said(alone, "suggestive")[0]


def test_beside_claims_the_first_sentence_does_not_deny_what_is_suggestive() -> None:
    """Seven seeds: 2/2^7 twice is below .05, and 8/2^7, two small seeds being free to turn, is not."""
    found = study([0.0] * 7, [8.0] * 7, [4.0] * 5 + [-0.5, -1.0])
    assert kinds(found) == ["better", "suggestive"]
    assert said(found, "lead") == [
        "1 of 2 arms beats the baseline arm-0 (score 0.0 [0.0, 0.0]); for 1 no difference is shown."
    ]


def test_the_page_and_the_note_of_mlflow_say_it_too() -> None:
    found = study(LOW, HIGH, OPEN)
    assert "Suggestive, not shown" in note(found)
    shown = page(found)
    assert '<div class="suggestive"><dt>◇ Suggestive</dt>' in shown


def test_ranks_that_point_the_other_way_suggest_nothing() -> None:
    """Ahead of the baseline wherever it has a score, and behind it by failing in most seeds."""
    found = study([5.0] * 7, [9.0] * 3 + ["diverged"] * 4)
    assert kinds(found) == ["withheld"]


def test_the_best_mean_is_told_with_the_health_of_its_runs() -> None:
    """Silent where all are healthy; else nobody learns only later that the best arm collapsed."""
    ways = {0: "collapsed", 1: "collapsed"}
    assert said(study(LOW, HIGH, direction="lower", verdicts=ways), "best") == [
        "The lowest mean, 1.0, is that of arm-1 (none of its 4 runs is healthy)."
    ]
    tied = study(HIGH, LOW, LOW, verdicts={1: "collapsed"})
    assert said(tied, "best") == [
        "The highest mean, 5.0, is that of arm-1 and arm-2 (4 of their 8 runs are healthy)."
    ]
    assert said(study(HIGH, LOW), "best") == ["The highest mean, 5.0, is that of arm-1."]


def test_effects_of_factors_are_marked_as_exploratory_in_the_answer() -> None:
    levels = [{"one": one, "other": other} for one in ("off", "on") for other in ("off", "on")]
    found = study([1.0, 1.1, 0.9, 1.0, 1.2, 1.1], *[[9.0, 9.1, 9.2, 8.9, 9.0, 9.3]] * 3)
    found.plan["factors"] = {"one": ["off", "on"], "other": ["off", "on"]}
    found.plan["design"] = "factorial"
    for arm, own in zip(found.plan["arms"], levels, strict=True):
        arm["levels"] = own
    effects = told(found)
    assert effects is not None and effects.headlines
    assert "<dt>Factors, exploratory</dt>" in page(found)


def test_the_table_of_runs_says_by_which_count_verdicts_judge() -> None:
    plain = study(LOW, HIGH)
    about = plain.plan["outputs"]["score"]
    outputs = {**plain.plan["outputs"], "modes": about, "modes_10pct": {**about, "label": "modes ≥ 10 %"}}
    both = study(LOW, HIGH, outputs=outputs)
    assert "tenth of its share" not in page(plain)
    runs = page(both).partition('<section id="runs"')[2]
    assert "only from a tenth of its share on: that is the output “modes ≥ 10 %”" in runs
