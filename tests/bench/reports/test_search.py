"""How the knobs of arms were chosen, below the table."""

from __future__ import annotations

from typing import Any

import pytest
from made_results import made

from bench.page.caveats import caveats
from bench.reports._search import found, searched, told
from bench.reports._summary import summarise
from bench.reports.comparison import markdown
from bench.reports.comparison_tex import tex
from bench.rows import Results


def results(**changes: Any) -> Results:
    """Three arms: one tuned, one not yet, one with nothing to search."""
    plain = made("s", {"a": [1.0, 2.0], "b": [2.0, 3.0], "c": [3.0, 4.0]})
    ids = [arm["id"] for arm in plain.plan["arms"]]
    arms = {
        ids[0]: {"space": {}, "trial": 7, "knobs": {"r1.gamma": 0.31, "discriminator_lr": 2e-4}},
        ids[1]: {"space": {}, "trial": None, "knobs": None},
    }
    search = {"trials": 20, "batch": 5, "sampler": "tpe", "seeds": [100], "arms": arms} | changes
    return made("s", {"a": [1.0, 2.0], "b": [2.0, 3.0], "c": [3.0, 4.0]}, search=search)


def test_every_report_says_how_knobs_were_chosen() -> None:
    """Once, with what was found."""
    given = results()
    page = " ".join(sentence.text for sentence in caveats(given, summarise(given)))
    for text in (markdown(given), tex(given).replace("{,}", ","), page):
        assert text.count("20 trials an arm, TPE, training seed 100, the best by final FID") == 1
    assert found(given.plan, {arm["id"] for arm in given.plan["arms"]}) == [
        "a: r1.gamma=0.31, discriminator_lr=0.0002 (trial 7 of 20)",
        "b: not chosen yet",
        "c: nothing was left to search",
    ]


def test_trial_0_is_what_the_study_sets() -> None:
    """A search that found nothing better says so."""
    given = results()
    given.plan["search"]["arms"][given.plan["arms"][0]["id"]]["trial"] = 0
    first = found(given.plan, {given.plan["arms"][0]["id"]})[0]
    assert first.endswith("(trial 0 of 20, as the study sets them)")


@pytest.mark.parametrize(("sampler", "words"), [("random", "random search"), ("cmaes", "cmaes")])
def test_a_sampler_is_called_as_people_call_it(sampler: str, words: str) -> None:
    """One of a later version by its own name."""
    assert f", {words}, training seeds 1, 2," in told(results(sampler=sampler, seeds=[1, 2]).plan)


def test_a_study_that_searched_nothing_says_nothing() -> None:
    """As before there was any search."""
    plain = made("s", {"a": [1.0, 2.0], "b": [2.0, 3.0]})
    assert searched(plain.plan, {"a"}) == [] and "chosen by search" not in markdown(plain)
