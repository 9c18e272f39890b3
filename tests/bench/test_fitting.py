"""What the components say about a study's metrics: defaults, misfits, cautions."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from bench import fitting
from bench.announce import study_event
from bench.fitting import cautions_of
from bench.metrics.named import metric_of
from bench.metrics.scorer import Scorer
from bench.plan import Plan, plan, scoring
from bench.registries import METRICS
from bench.study import StudyError, parse
from bench.study_keys import DEFAULT_METRICS
from gan.data.base import Data
from gan.data.digits import Digits
from gan.data.grid import Grid
from gan.data.ring import Ring
from gan.data.stacked_digits import StackedDigits
from gan.recipe import Choice

TEXT = "question: q\nbase: {data: %s, steps: 10}\nseeds: 2\n"
OUTPUTS = {"x": {"metric": "fid", "headline": True, "direction": "lower"}}


def planned(text: str) -> Plan:
    return plan(parse(text, Path("x.yaml")))


class Declines:
    """A metric that fits no data."""

    def fits(self, data: Data) -> str:
        return "it is too early"


class Warns:
    """A metric that repeats what it is asked."""

    def fits(self, data: Data) -> None:
        return None

    def cautions(self, data: Data, n: int, primary: bool) -> list[str]:
        return [f"{type(data).__name__}, {n}, {primary}", "again"]

    def outputs(self, data: Data) -> tuple[()]:
        return ()

    def modes_counted(self, data: Data) -> None:
        return None


def pretend(monkeypatch: pytest.MonkeyPatch, **fakes: type) -> None:
    """Put other components behind some names of metrics, options left out."""
    real = fitting.metric_of

    def metric_of(choice: Choice) -> Any:
        return fakes[choice.name]() if choice.name in fakes else real(choice)

    monkeypatch.setattr(fitting, "metric_of", metric_of)


@pytest.mark.parametrize("data", ["ring", "digits", "stacked_digits"])
def test_a_study_without_metrics_is_one_that_lists_the_default_ones(data: str) -> None:
    """Run ids, scoring and conclusions are the same, so that writing the list out changes nothing."""
    silent = planned(TEXT % data)
    names = [metric.name for metric in silent.study.metrics]
    assert names == list(DEFAULT_METRICS), "all of them fit every bundled data set"
    written = planned(TEXT % data + f"metrics: [{', '.join(names)}]\n")
    assert silent == written
    assert [run.id for run in silent.runs] == [run.id for run in written.runs]
    assert silent.study.primary == "modes", "the first"
    assert planned(TEXT % data + "primary: fid\n").study.primary == "fid"


def test_default_metrics_that_do_not_fit_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first that fits is primary; one that is asked for by name and does not fit is a mistake."""
    pretend(monkeypatch, modes=Declines)
    study = planned(TEXT % "ring").study
    assert [metric.name for metric in study.metrics] == list(DEFAULT_METRICS[1:])
    assert study.primary == "fid"
    with pytest.raises(StudyError, match=r"^x.yaml:4:10: metric modes does not fit the data ring: it is too"):
        planned(TEXT % "ring" + "primary: modes\n")
    with pytest.raises(StudyError, match=r"^x.yaml:4:11: metric modes does not fit the data ring: it is too"):
        planned(TEXT % "ring" + "metrics: [modes, fid]\n")


def test_data_that_no_default_metric_fits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Then a study has to name what it is scored by."""
    pretend(monkeypatch, **dict.fromkeys(DEFAULT_METRICS, Declines))
    with pytest.raises(StudyError, match="no default metric fits the data ring; name some under `metrics`"):
        planned(TEXT % "ring")


def test_cautions_are_asked_of_every_metric(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the data, the samples a score and whether it is primary; they travel in the study's event."""
    pretend(monkeypatch, modes=Warns, fid=Warns)
    found = planned(TEXT % "ring" + "metrics: [fid, modes]\nsamples: 77\n")
    expected = ("fid: Ring, 77, True", "fid: again", "modes: Ring, 77, False", "modes: again")
    assert found.cautions == expected
    event = study_event(found, OUTPUTS, {})
    assert event["cautions"] == list(expected)


def test_a_caution_changes_no_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is a remark, and no part of any run's id."""
    before = planned(TEXT % "ring" + "metrics: [modes]\n")
    pretend(monkeypatch, modes=Warns)
    after = planned(TEXT % "ring" + "metrics: [modes]\n")
    assert after.cautions and before.arms == after.arms and scoring(before.study) == scoring(after.study)


@pytest.mark.parametrize(
    ("data", "samples", "warned"),
    [("stacked_digits", 2500, True), ("stacked_digits", 10_000, False), ("digits", 2500, False)],
)
def test_a_thousand_modes_are_not_counted_with_few_samples(data: str, samples: int, warned: bool) -> None:
    found = planned(TEXT % data + f"metrics: [modes]\nsamples: {samples}\n").cautions
    assert [caution.partition(" ")[0] for caution in found] == ["modes:"] * warned
    assert all("samples: 10000" in caution for caution in found), "it says what to ask for instead"


def test_more_samples_than_are_held_out_are_not_asked_for() -> None:
    found = planned(TEXT % "{grid: {side: 32}}" + "metrics: [modes]\nsamples: 9000\n").cautions
    assert found[0].endswith("even real data does not reach 1,024; compare with the oracle")


def test_cautions_know_how_many_samples_are_really_scored() -> None:
    """Of the 1,797 digits 898 are held out, fewer than KID's subsets take, whatever the study asks for."""
    found = planned(TEXT % "digits" + "metrics: [{kid: {subsets: 100}}]\nsamples: 2500\n")
    assert found.samples == 898
    assert any(caution.startswith("kid: ") and "898" in caution for caution in found.cautions)
    assert planned(TEXT % "ring" + "samples: 2500\n").samples == 2500


THIN = "thinned modes, modes that come and go"


@pytest.mark.parametrize(
    ("data", "options", "blind", "ask"),
    [
        ("ring", "samples: 150\n", "copies", "ask for `samples: 200` or more"),
        ("ring", "samples: 110\nmetrics: [modes]\n", THIN, "ask for `samples: 200` or more"),
        ("ring", "samples: 90\nmetrics: [modes]\n", f"lost modes, {THIN}", "ask for `samples: 200` or more"),
        ("ring", "samples: 90\nmetrics: [support]\n", "", ""),
        ("ring", "samples: 200\n", "", ""),
        ("grid", "samples: 374\n", THIN, "ask for `samples: 375` or more"),
        ("grid", "samples: 375\n", "", ""),
        ("{ring: {modes: 49}}", "samples: 735\n", "", ""),
        ("stacked_digits", "samples: 150\nmetrics: [modes]\n", "", ""),
        ("stacked_digits", "samples: 149\nmetrics: [modes]\n", THIN, "ask for `samples: 200` or more"),
        (
            "{grid: {side: 32}}",
            "samples: 11000\n",
            THIN,
            "that takes 15,360, and 10,000 are all that are held out",
        ),
    ],
)
def test_few_samples_say_what_no_verdict_looks_for(data: str, options: str, blind: str, ask: str) -> None:
    """Real data crosses these limits by chance, so they are silent, and that is said before the run."""
    found = planned(TEXT % data + options)
    told = [caution for caution in found.cautions if caution.startswith("verdicts: ")]
    few = f"verdicts: {found.samples:,} samples are too few to look for {blind}; {ask}"
    assert told == ([few] if blind else [])


def test_a_set_of_samples_has_no_modes_that_come_and_go() -> None:
    """It is no history."""
    metrics = [Choice.of(METRICS, "modes")]
    last = cautions_of(metrics, "modes", Grid(), 300, followed=False)[-1]
    assert (
        last == "verdicts: 300 samples are too few to look for thinned modes; ask for `samples: 375` or more"
    )


@pytest.mark.parametrize("data", [Ring(), Grid(), Digits(), StackedDigits(size=2000)])
def test_what_is_told_before_a_run_is_what_its_verdict_says(data: Data) -> None:
    """The number of samples in the rarest mode is known to a hair from the number of modes alone."""
    choice = Choice.of(METRICS, "modes")
    scorer = Scorer.of(data, data.load(Path()), [choice], 400)
    kinds = metric_of(choice).modes_counted(data)
    held = scorer.look(scorer.held_out).held
    assert kinds is not None and held is not None
    assert len(held) == kinds * (3 if isinstance(data, StackedDigits) else 1)
    assert scorer.oracle()["rarest_expected"] == pytest.approx(400 / kinds, rel=0.05)


def test_planning_does_not_import_torch_until_it_asks_the_components() -> None:
    """A mistake in a study's file is reported at once."""
    program = "import sys, bench.plan, bench.study; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


@pytest.mark.parametrize(("every", "fits"), [(4, True), (5, False)])
def test_an_optimiser_is_not_scored_half_way_through_its_step(every: int, fits: bool) -> None:
    """Extragradient's odd rounds are trials; the arms beside it are not concerned."""
    arms = "arms: {plain: {}, ahead: {optimizer: extragradient, updates: simultaneous}}\n"
    plain, ahead = planned(TEXT % "ring" + arms + f"evaluate_every: {every}\n").arms
    assert plain.reason is None
    assert (ahead.reason is None) == fits
    assert fits or "set evaluate_every to a multiple of 2" in str(ahead.reason)
