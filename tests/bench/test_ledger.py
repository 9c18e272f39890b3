"""What a journal says so far: the last and the best scores of a run, and what it has come to."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.journal import Journal
from bench.ledger import Ledger
from gan.recipe import digest

OUTPUTS = {
    "up": {"direction": "higher"},
    "down": {"direction": "lower"},
    "aside": {"direction": "none"},
}
values = st.floats(-1e6, 1e6)
series = st.dictionaries(
    st.integers(1, 50), st.fixed_dictionaries(dict.fromkeys(OUTPUTS, values)), min_size=1, max_size=8
)


def ledger(scores: dict[int, dict[str, float | None]]) -> Ledger:
    """Of a study of one run, "r", with these scores."""
    found = Ledger(Journal(Path("there-is-no-such-journal")))
    found.take({"type": "study", "protocol": {"n_fake": 100}})
    for step, metrics in scores.items():
        found.take({"type": "score", "run": "r", "step": step, "metrics": metrics})
    return found


@given(series)
def test_final_and_best(scores: dict[int, dict[str, float | None]]) -> None:
    """Final is the last step's; best is the first of the best; without a direction it is the last."""
    end = ledger(scores).ending({"run": "r"}, OUTPUTS)
    steps = sorted(scores)
    assert end["final"] == scores[steps[-1]]
    for name, better in (("up", max), ("down", min)):
        best = better(scores[step][name] for step in steps)  # type: ignore[type-var]
        assert end["best"][name] == best
        assert end["best_step"][name] == next(step for step in steps if scores[step][name] == best)
    assert (end["best_step"]["aside"], end["best"]["aside"]) == (steps[-1], scores[steps[-1]]["aside"])


@given(series, st.integers(1, 60))
def test_what_diverged_has_no_final_score(scores: dict[int, dict[str, float | None]], step: int) -> None:
    """A run that diverged was good once, perhaps, but it ended nowhere."""
    end = ledger(scores).ending({"run": "r", "diverged": step}, OUTPUTS)
    assert (end["verdict"], end["onset"]) == ("diverged", step)
    assert set(end["final"].values()) == {None}
    assert None not in end["best"].values()


@given(series)
def test_what_failed_has_no_final_score(scores: dict[int, dict[str, float | None]]) -> None:
    """An error is the verdict, whatever the scores before it."""
    end = ledger(scores).ending({"run": "r"}, OUTPUTS, "OSError: no")
    assert (end["verdict"], end["reason"]) == ("failed", "OSError: no")
    assert set(end["final"].values()) == {None}


def test_a_score_that_is_not_finite() -> None:
    """Samples that cannot be scored are a divergence from that evaluation on, and never the best."""
    nothing = dict.fromkeys(OUTPUTS)
    end = ledger({10: {"up": 1.0, "down": 1.0, "aside": 1.0}, 20: nothing, 30: nothing}).ending(
        {"run": "r"}, OUTPUTS
    )
    assert (end["verdict"], end["onset"]) == ("diverged", 20)
    assert end["best_step"] == dict.fromkeys(OUTPUTS, 10)


def test_a_run_without_a_score() -> None:
    """A run that failed before its first evaluation has an end like any other, made of nothing."""
    end = ledger({}).ending({"run": "r"}, OUTPUTS, "died")
    for part in ("final", "best", "best_step", "area", "noise"):
        assert end[part] == dict.fromkeys(OUTPUTS)


def test_limits_know_how_many_samples_the_plan_scores() -> None:
    """Copies that are chance among 100 samples are none among 2,000."""
    found = ledger({10: {"copied": 0.3}})
    found.take({"type": "oracle", "scores": {"copied": 0.01}})
    assert found.ending({"run": "r"}, {})["verdict"] == "healthy"
    found.take({"type": "study", "protocol": {"n_fake": 2000}})
    assert found.ending({"run": "r"}, {})["verdict"] == "memorised"


def test_repeats_change_nothing() -> None:
    """The first score of a step and the first end of a run stand; the last plan and start do."""
    found = ledger({10: {"up": 1.0}})
    found.take({"type": "score", "run": "r", "step": 10, "metrics": {"up": 2.0}})
    for verdict in ("healthy", "failed"):
        found.take({"type": "end", "run": "r", "verdict": verdict})
        found.take({"type": "study", "name": verdict})
        found.take({"type": "start", "run": "r", "cohort": verdict})
    assert found.scores["r"] == {10: {"up": 1.0}}
    assert found.ended["r"]["verdict"] == "healthy"
    assert found.study is not None and found.study["name"] == "failed"
    assert found.started["r"]["cohort"] == "failed"


def test_which_protocols_a_run_was_scored_with() -> None:
    """What its scores say; where they say nothing, the plan in force; a repeat of a score is none."""
    one, other = {"n_real": 100}, {"n_real": 200}
    found = Ledger(Journal(Path("there-is-no-such-journal")))
    found.take({"type": "study", "protocol": one})
    found.take({"type": "score", "run": "old", "step": 10, "metrics": {}})
    found.take({"type": "score", "run": "new", "step": 10, "metrics": {}, "protocol": digest(one)})
    found.take({"type": "start", "run": "begun"})
    found.take({"type": "study", "protocol": other})
    found.take({"type": "score", "run": "old", "step": 10, "metrics": {}, "protocol": digest(other)})
    found.take({"type": "score", "run": "new", "step": 20, "metrics": {}, "protocol": digest(other)})
    assert found.protocols_of == {"old": {digest(one)}, "new": {digest(one), digest(other)}}
    assert found.protocols == {digest(one): one, digest(other): other}
    assert found.protocol == digest(other)


@given(series)
def test_evaluation_noise(scores: dict[int, dict[str, float | None]]) -> None:
    """It is the standard deviation over the final samples and others of the same state."""
    final = scores[max(scores)]
    others = [{"up": 1.0, "down": 2.0, "aside": 3.0}, {"up": 5.0, "down": 2.0, "aside": None}]
    end = ledger(scores).ending({"run": "r", "resampled": others}, OUTPUTS)
    assert end["noise"]["up"] == pytest.approx(np.std([final["up"], 1.0, 5.0], ddof=1))
    assert end["noise"]["aside"] == pytest.approx(np.std([final["aside"], 3.0], ddof=1)), (
        "what is known of it"
    )
    assert set(ledger(scores).ending({"run": "r"}, OUTPUTS)["noise"].values()) == {None}


@given(series)
def test_the_area_is_the_average_over_training(scores: dict[int, dict[str, float | None]]) -> None:
    """Of a run that ended; of one that diverged there is none."""
    end = ledger(scores).ending({"run": "r"}, OUTPUTS)
    steps = sorted(scores)
    for name in OUTPUTS:
        values = [scores[step][name] for step in steps]
        span = steps[-1] - steps[0]
        expected = np.trapezoid(values, steps) / span if span else values[0]
        assert end["area"][name] == pytest.approx(expected, rel=1e-9, abs=1e-6)
    assert set(ledger(scores).ending({"run": "r", "diverged": 3}, OUTPUTS)["area"].values()) == {None}


def test_what_scoring_took() -> None:
    """The seconds of a run's evaluations add up; a repeat after a resumption counts once."""
    found = ledger({})
    for step, seconds in ((10, 1.5), (20, 2.0), (20, 9.0)):
        score = {"up": 1.0, "down": 1.0, "aside": 1.0}
        found.take({"type": "score", "run": "r", "step": step, "metrics": score, "seconds": seconds})
    assert found.ending({"run": "r"}, OUTPUTS)["scoring_seconds"] == 3.5


def test_training_that_is_over_is_not_remembered(tmp_path: Path) -> None:
    """Logs are kept of runs that may go on (begun, or failed) and of no others; scores are kept of all."""
    journal = Journal(tmp_path / "journal.jsonl")
    for run in ("going", "failed", "done"):
        journal.append({"type": "start", "run": run})
        journal.append({"type": "train", "run": run, "step": 5, "metrics": {"d_loss": 1.0}})
        journal.append({"type": "score", "run": run, "step": 5, "metrics": {"fid": 1.0}, "protocol": "p"})
    journal.append({"type": "end", "run": "done", "verdict": "healthy"})
    journal.append({"type": "end", "run": "failed", "verdict": "failed"})
    ledger = Ledger(journal)
    assert ledger.logs == {run: {5: {"d_loss": 1.0}} for run in ("going", "failed")}
    assert set(ledger.scores) == {"going", "failed", "done"}
