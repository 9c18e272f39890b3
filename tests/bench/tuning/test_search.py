"""Which runs come next, from the plan and the journal alone; no run here is trained."""

from __future__ import annotations

import math
import random
from pathlib import Path
from statistics import fmean

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from searches import TEXT, Killed, Pretended, end, planned, searched, study_event, timeless

from bench.journal import Journal
from bench.ledger import Ledger
from bench.plan import Plan, Run
from bench.tuning.search import foreseen, more, settled

PLAN = planned()


def rate(run: Run) -> float:
    """The nearer to 1e-3 the better."""
    found = run.recipe.discriminator_lr
    assert isinstance(found, float)
    return abs(math.log10(found) + 3.0)


def broken(run: Run) -> float | None:
    """Some runs have no score."""
    return None if int(run.id, 16) % 3 == 0 else rate(run)


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Ledger:
    return searched(PLAN, tmp_path_factory.mktemp("undisturbed"), broken)


def test_every_arm_gets_the_same_number_of_trials(undisturbed: Ledger) -> None:
    """Whatever its knobs; the first is what the study has set, and no two are the same."""
    assert undisturbed.trials.keys() == undisturbed.winners.keys() == {arm.id for arm in PLAN.arms}
    for arm in PLAN.arms:
        trials = undisturbed.trials[arm.id]
        assert sorted(trials) == list(range(7))
        assert [trials[number]["batch"] for number in range(7)] == [0, 0, 0, 1, 1, 1, 2]
        assert len({str(trial["knobs"]) for trial in trials.values()}) == 7
        first = {"generator_lr": 1e-3, "discriminator_lr": 1e-3}
        assert trials[0]["knobs"] == (first | {"r1.gamma": 1.0} if "r1" in arm.name else first)


def test_batches_of_all_arms_come_together(tmp_path: Path) -> None:
    """Three trials of each arm, three more, the last one, then two fresh seeds of each winner."""
    driver = Pretended(PLAN, Journal(tmp_path / "journal.jsonl"), rate)
    driver.run()
    assert [len(runs) for runs in driver.rounds] == [6, 6, 2, 4]
    assert [{run.seed for run in runs} for runs in driver.rounds] == [{100}, {100}, {100}, {0, 1}]
    assert [len(runs) for runs in foreseen(PLAN, driver.ledger)] == [6, 6, 2, 4]
    known = [{run.id for run in runs} for runs in foreseen(PLAN, driver.ledger)]
    assert known == [{run.id for run in runs} for runs in driver.rounds]
    assert more(PLAN, driver.ledger).runs == ()


def test_before_it_begins_as_many_runs_are_foreseen() -> None:
    """As stand-ins, none of which is ever a run: no journal has their ids."""
    nothing = Ledger(Journal(Path("nowhere.jsonl")))
    ahead = foreseen(PLAN, nothing)
    assert [len(runs) for runs in ahead] == [6, 6, 2, 4]
    nothing.take(study_event())
    assert not {run.id for run in more(PLAN, nothing).runs} & {run.id for runs in ahead for run in runs}


def test_the_winner_is_the_best_trial(undisturbed: Ledger) -> None:
    """By its final score, runs without one last; its knobs are those of the runs that the table is about."""
    after = settled(PLAN, undisturbed)
    for arm in after.arms:
        finals = {
            number: undisturbed.ended[trial["runs"][0]]["final"]["score"]
            for number, trial in undisturbed.trials[arm.id].items()
        }
        best = min(score for score in finals.values() if score is not None)
        won = undisturbed.winners[arm.id]
        assert finals[won["trial"]] == won["value"] == best
        for run in arm.runs:
            assert run.recipe.discriminator_lr == won["knobs"]["discriminator_lr"]
            assert float(run.params["discriminator_lr"]) == won["knobs"]["discriminator_lr"]
    assert [run.seed for run in after.runs] == [0, 0, 1, 1]


TOTAL = 2 + 2 * (2 * 7 + 7 + 1 + 2 * 2)
"""More events than a search of this study has."""


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.integers(0, TOTAL), min_size=1, max_size=3))
def test_a_search_that_is_killed_goes_on_as_if_it_had_not_been(
    undisturbed: Ledger, tmp_path_factory: pytest.TempPathFactory, deaths: list[int]
) -> None:
    """After any number of events, in the middle of a batch's trials too, and more than once."""
    journal = Journal(tmp_path_factory.mktemp("killed") / "journal.jsonl")
    for most in deaths:
        try:
            Pretended(PLAN, journal, broken, most).run()
        except Killed:
            continue
    found = Pretended(PLAN, journal, broken).run()
    for arm in PLAN.arms:
        one, other = (ledger.trials[arm.id] for ledger in (undisturbed, found))
        assert {n: timeless(trial) for n, trial in one.items()} == {n: timeless(t) for n, t in other.items()}
        assert timeless(undisturbed.winners[arm.id]) == timeless(found.winners[arm.id])
    assert undisturbed.ended.keys() == found.ended.keys()


def test_another_arm_or_another_seed_of_winners_changes_no_trial(undisturbed: Ledger, tmp_path: Path) -> None:
    """So that adding a level trains only what is new; more trials go on where the others ended."""
    wider = planned(TEXT.replace("r1: [off, on]", "r1: [off, on], instance_noise: [off, on]"))
    assert {arm.id for arm in PLAN.arms} <= {arm.id for arm in wider.arms}
    seeds = planned(TEXT.replace("seeds: 2", "seeds: 3"))
    assert [arm.id for arm in seeds.arms] == [arm.id for arm in PLAN.arms]
    longer = planned(TEXT.replace("trials: 7", "trials: 9"))
    found = searched(PLAN, tmp_path, broken)
    assert all(len(arm.runs) == 2 for arm in settled(longer, found).arms)
    ahead = more(longer, found)
    assert [event["number"] for event in ahead.events] == [7, 8, 7, 8]
    assert settled(longer, found).searched[PLAN.arms[0].id].winner is None


def test_what_failed_can_be_run_again(tmp_path: Path) -> None:
    """Then its batch is not over, and what comes after it waits."""
    found = searched(PLAN, tmp_path, rate)
    first = found.trials[PLAN.arms[0].id][0]["runs"][0]
    again = more(PLAN, found, {first})
    assert [run.id for run in again.runs] == [first] and not again.events


def test_an_arm_with_nothing_to_search_is_its_own_winner(tmp_path: Path) -> None:
    """Its runs are known from the start and train beside the first trials."""
    fixed = planned(TEXT.replace("factors: {r1: [off, on]}", "arms: {fixed: {lr: 1e-3}, tuned: {}}"))
    driver = Pretended(fixed, Journal(tmp_path / "journal.jsonl"), rate)
    driver.run()
    assert {run.seed for run in driver.rounds[0]} == {0, 1, 100}
    assert driver.ledger.trials.keys() == {fixed.arms[1].id}
    assert [run.params["generator_lr"] for run in fixed.arms[0].runs] == ["0.001", "0.001"]


def test_tuning_may_find_nothing_better(tmp_path: Path) -> None:
    """Then the winner's runs are those of the arm that was set to the same; they train once."""
    fixed = planned(TEXT.replace("factors: {r1: [off, on]}", "arms: {fixed: {lr: 1e-3}, tuned: {}}"))
    driver = Pretended(fixed, Journal(tmp_path / "journal.jsonl"), rate)
    driver.run()
    one, other = settled(fixed, driver.ledger).arms
    assert [run.id for run in one.runs] == [run.id for run in other.runs]
    assert [len(runs) for runs in driver.rounds] == [2 + 3, 3, 1]


def test_a_design_that_searches_nothing_is_one_round(tmp_path: Path) -> None:
    """All that has not ended."""
    whole = planned(TEXT.replace("design: search\nsearch: {trials: 7, batch: 3}\n", ""))
    ledger = Ledger(Journal(tmp_path / "journal.jsonl"))
    assert more(whole, ledger).runs == tuple(whole.runs) and settled(whole, ledger) is whole
    ledger.take(end(whole.runs[0].id, 1.0))
    assert more(whole, ledger).runs == tuple(whole.runs[1:])
    assert foreseen(whole, ledger) == [tuple(whole.runs)]


def test_picking_the_best_biases_no_score_of_the_table(tmp_path: Path) -> None:
    """Where scores are noise, the best of eight is far below its mean of 0, its fresh runs are not."""
    text = TEXT.replace("[off, on]", "[off]").replace("trials: 7, batch: 3", "trials: 8, sampler: random")
    plan = planned(text.replace("seeds: 2", "seeds: 5"))
    picked, fresh = [], []
    for salt in range(40):
        found = searched(plan, tmp_path / str(salt), lambda run, salt=salt: _noise(run, salt))  # type: ignore[misc]
        (won,) = found.winners.values()
        picked.append(won["value"])
        fresh += [found.ended[run.id]["final"]["score"] for run in settled(plan, found).runs]
    # The least of eight normal numbers is -1.42 on average; 200 fresh ones have a mean of 0 +- 0.071.
    assert fmean(picked) == pytest.approx(-1.42, abs=0.3)
    assert abs(fmean(fresh)) < 4 * 0.071


def _noise(run: Run, salt: int) -> float:
    return random.Random(f"{run.id} {salt}").gauss(0.0, 1.0)


def test_stand_ins_claim_nothing_that_is_searched() -> None:
    """Their parameters are those that all runs will have."""
    plan: Plan = PLAN
    for arm in plan.arms:
        names = {each.name for each in plan.searched[arm.id].space}
        assert all(names.isdisjoint(run.params) for run in arm.runs)
        assert arm.runs[0].params["loss"] == "non_saturating"
