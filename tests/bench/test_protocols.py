"""What differs between two ways of scoring, in words; and which runs would be scored in both."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from study_runs import planned, text

from bench.journal import Journal
from bench.ledger import Ledger
from bench.protocols import differences, mixture, refusal
from gan.recipe import digest

OLD, NEW = "42" * 32, "9c" * 32
BEFORE: dict[str, Any] = {
    "n_real": 100,
    "metrics": {
        "fid": {"extractor": "own.safetensors", "weights_sha256": OLD},
        "modes": {"weights_sha256": OLD, "shape": (1, 2)},
    },
    "versions": {"torch": "2.14.0", "numpy": "2.4.6"},
}


def changed(**values: Any) -> dict[str, Any]:
    """The same protocol with other values of these parts."""
    return BEFORE | {name: {**BEFORE[name], **value} for name, value in values.items()}


def ledger(*runs: str, study: dict[str, Any] = BEFORE) -> Ledger:
    """Of a study in which each of these runs has one score."""
    found = Ledger(Journal(Path("there-is-no-such-journal")))
    found.take({"type": "study", "protocol": study})
    for run in runs:
        found.take({"type": "score", "run": run, "step": 1, "metrics": {}, "protocol": digest(study)})
    return found


def test_equal_protocols_do_not_differ() -> None:
    """Nor does a protocol from itself after a trip through the journal, which knows no tuples."""
    assert differences(BEFORE, BEFORE) == []
    assert differences(changed(metrics={"modes": {"weights_sha256": OLD, "shape": [1, 2]}}), BEFORE) == []


def test_a_library_and_a_file() -> None:
    """A version stands by its library's name; a hash is shortened, with the metric that looks through it."""
    assert differences(BEFORE, changed(versions={"torch": "2.15.0"})) == ["torch: 2.14.0 -> 2.15.0"]
    other = changed(metrics={"modes": {**BEFORE["metrics"]["modes"], "weights_sha256": NEW}})
    assert differences(BEFORE, other) == ["weights_sha256 of modes: 424242424242… -> 9c9c9c9c9c9c…"]


def test_metrics_that_share_a_change_share_a_phrase() -> None:
    """One file through which several metrics look is said once."""
    metrics = {name: {**about, "weights_sha256": NEW} for name, about in BEFORE["metrics"].items()}
    (phrase,) = differences(BEFORE, changed(metrics=metrics))
    assert phrase.startswith("weights_sha256 of fid, modes: ")


def test_what_came_and_what_went() -> None:
    """A value that only one of the two has is held against `none`."""
    after = {**BEFORE, "split_seed": 0}
    assert differences(BEFORE, after) == ["split_seed: none -> 0"]
    assert differences(after, BEFORE) == ["split_seed: 0 -> none"]


def test_no_mixture() -> None:
    """Runs without a score, runs scored in this very way, and runs that are not asked about."""
    after = changed(versions={"torch": "2.15.0"})
    assert mixture(["a", "b"], ledger(), after) is None
    assert mixture(["a", "b"], ledger("a"), BEFORE) is None
    assert mixture(["b"], ledger("a"), after) is None


def test_a_mixture_is_refused_with_the_ways_out() -> None:
    """How many runs, what changed, and the three things that one can do."""
    found = mixture(["a", "b", "c"], ledger("a", "b"), changed(versions={"torch": "2.15.0"}))
    assert found == "2 of 3 planned runs were scored in another way (torch: 2.14.0 -> 2.15.0)"
    told = refusal(found)
    assert told.startswith(found) and "\n" not in told
    assert all(way in told for way in ("Restore", "--results", "study name", "--mix-protocols"))


def test_a_run_of_two_protocols_is_a_mixture_whichever_goes_on() -> None:
    """Going back to the first way of scoring does not undo the second."""
    after = changed(versions={"torch": "2.15.0"})
    found = ledger("a")
    found.take({"type": "study", "protocol": after})
    found.take({"type": "score", "run": "a", "step": 2, "metrics": {}, "protocol": digest(after)})
    assert "torch: 2.15.0 -> 2.14.0" in str(mixture(["a"], found, BEFORE))
    assert "torch: 2.14.0 -> 2.15.0" in str(mixture(["a"], found, after))


def test_other_metrics_are_other_runs() -> None:
    """A study that is asked for other metrics begins anew and is refused nothing."""
    one, other = (planned(text(metrics=metrics)).runs for metrics in ("modes", "fid"))
    found = ledger(*(run.id for run in one))
    assert mixture([run.id for run in other], found, changed(metrics={"fid": {}})) is None
    assert mixture([run.id for run in one], found, changed(metrics={"fid": {}})) is not None
