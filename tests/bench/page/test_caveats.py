"""What failed is told, the worst first, and nothing of it is left unnamed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from page_studies import study

from bench.page.caveats import failures
from bench.reports._summary import Summary, summarise


def ended(*verdicts: dict[str, int], names: Sequence[str] = ()) -> str:
    """The sentence about arms whose runs ended so."""
    blank = summarise(study(*[[1.0, 2.0]] * len(verdicts), names=names))
    arms: list[Summary] = [replace(arm, verdicts=told) for arm, told in zip(blank, verdicts, strict=True)]
    (sentence,) = failures(arms)
    return sentence.text


def test_runs_without_a_generator_come_before_collapses_however_many() -> None:
    assert ended({"healthy": 1, "collapsed": 9}, {"diverged": 10}, {"healthy": 9, "failed": 1}) == (
        "20 of 30 runs did not end healthy: all 10 runs of arm-1 diverged; 1 of 10 runs of arm-2 failed; "
        "9 of 10 runs of arm-0 collapsed."
    )


def test_of_the_others_the_most_frequent_end_comes_first() -> None:
    assert ended({"healthy": 9, "collapsed": 1}, {"undertrained": 4, "healthy": 6}) == (
        "5 of 20 runs did not end healthy: 4 of 10 runs of arm-1 ended undertrained; "
        "1 of 10 runs of arm-0 collapsed."
    )


def test_what_is_summed_up_still_names_every_verdict_with_its_number() -> None:
    """Six groups and more: the smallest are counted by verdict, and all together are all sick runs."""
    arms = [{"collapsed": 20 - index, "undertrained": index} for index in range(1, 9)]
    text = ended(*arms, {"diverged": 20})
    assert text.startswith("180 of 180 runs did not end healthy: all 20 runs of arm-8 diverged; 19 of 20 ")
    assert text.endswith("; 90 more: 54 collapsed, 36 undertrained.")
    assert 20 + 19 + 18 + 17 + 16 + 54 + 36 == 180
    alike = ended(*[{"healthy": 9 - index, "oscillating": 1 + index} for index in range(6)])
    assert alike.endswith("; 1 more kept oscillating.")


def test_groups_of_arms_with_commas_are_sentences_of_their_own() -> None:
    """A semicolon cannot stand between arms and between groups."""
    text = ended(
        {"collapsed": 3}, {"collapsed": 3}, {"healthy": 2, "diverged": 1}, names=("A", "A, clipped", "B")
    )
    assert text == (
        "7 of 9 runs did not end healthy. 1 of 3 runs of B diverged. "
        "All 3 runs of each of A; and A, clipped collapsed."
    )
