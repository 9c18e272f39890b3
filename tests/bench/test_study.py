"""What a study's file means."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from bench.study import Level, Study, parse
from gan.recipe import Choice
from gan.registry import LOSSES, MODELS, TRICKS

MINIMAL = "question: why\nbase: {data: ring}\nseeds: 3\nmetrics: [modes]\n"


def study(text: str, name: str = "x.yaml") -> Study:
    return parse(text, Path(name))


def labels(found: Study, factor: str) -> list[str]:
    return [level.label for level in found.factors[factor]]


def test_what_is_left_out_has_a_default() -> None:
    """A question, data, seeds and a metric are enough; the rest is resolved, not left open."""
    found = study(MINIMAL, "folder/my-study.yaml")
    assert (found.name, found.path) == ("my-study", Path("folder/my-study.yaml"))
    assert found.design == "factorial"
    assert found.factors == {}
    assert found.seeds == (0, 1, 2)
    assert (found.evaluate_every, found.samples, found.primary) == (500, 2500, "modes")
    assert found.base["loss"] == Choice.of(LOSSES, "non_saturating")
    assert found.base["steps"] == 5000
    assert found.base["generator_lr"] == found.base["discriminator_lr"] == 1e-3
    assert found.base["precision"] == "float32"


def test_metrics_may_be_left_open() -> None:
    """What is scored then depends on the data, which a study's own reading does not look at."""
    found = study(MINIMAL.replace("metrics: [modes]\n", ""))
    assert (found.metrics, found.metric_spots, found.primary) == ((), (), "")
    named = study(MINIMAL.replace("metrics: [modes]", "primary: fid"))
    assert (named.primary, named.primary_spot) == ("fid", (4, 10))


def test_evaluations_are_a_tenth_of_the_steps_but_at_least_one() -> None:
    """The default distance of evaluations follows the length of the base run."""
    assert study(MINIMAL.replace("ring", "ring, steps: 70")).evaluate_every == 7
    assert study(MINIMAL.replace("ring", "ring, steps: 3")).evaluate_every == 1


def test_one_rate_for_both() -> None:
    """`lr` is a shorthand for both learning rates, in the base and in factors."""
    found = study(MINIMAL.replace("ring", "ring, lr: 5e-4"))
    assert found.base["generator_lr"] == found.base["discriminator_lr"] == 5e-4
    assert "lr" not in found.base


def test_seeds_as_a_list() -> None:
    """A list is those seeds in that order; a whole float is a whole number."""
    assert study(MINIMAL.replace("seeds: 3", "seeds: [7, 2.0]")).seeds == (7, 2)


@pytest.mark.parametrize("word", ["off", "no", "NO", "false", "'off'", "Off"])
def test_words_for_off(word: str) -> None:
    """A trick is absent under any spelling of off, quoted or not."""
    assert study(MINIMAL + f"factors: {{r1: [{word}]}}").factors["r1"] == (Level("off", None),)


@pytest.mark.parametrize("word", ["on", "yes", "true", "{}", "'yes'"])
def test_words_for_on(word: str) -> None:
    """A trick that is on has its defaults."""
    default = Choice.of(TRICKS, "r1")
    assert study(MINIMAL + f"factors: {{r1: [{word}]}}").factors["r1"] == (Level("on", default),)


def test_labels() -> None:
    """A level reads as it was written, knobs in the order of the component's source."""
    found = study(
        MINIMAL
        + "factors:\n"
        + "  instance_noise: [off, {until: 0.5, sigma: 0.1}, on]\n"
        + "  loss: [hinge, wasserstein]\n"
        + "  optimizer: [adam, {adam: {beta1: 0}}]\n"
        + "  generator_lr: [1e-4, 0.1234567891]\n"
        + "  steps: [1000000, 2e3]\n"
        + "  model: [{mlp: {width: auto, depth: 3}}]\n"
    )
    assert labels(found, "instance_noise") == ["off", "sigma=0.1, until=0.5", "on"]
    assert labels(found, "loss") == ["hinge", "wasserstein"]
    assert labels(found, "optimizer") == ["adam", "adam(beta1=0)"]
    assert labels(found, "generator_lr") == ["0.0001", "0.1234567891"], "a label never rounds"
    assert labels(found, "steps") == ["1000000", "2000"]
    assert labels(found, "model") == ["mlp(width=auto, depth=3)"]


def test_knobs_have_the_type_of_their_component() -> None:
    """A whole number for a float knob becomes a float, and the other way round, so that equal is equal."""
    found = study(MINIMAL + "factors: {r1: [{gamma: 2}], model: [{mlp: {width: 64.0, depth: 1}}]}")
    gamma = found.factors["r1"][0].value
    width = found.factors["model"][0].value
    assert isinstance(gamma, Choice)
    assert isinstance(width, Choice)
    assert type(gamma.knobs["gamma"]) is float, "a knob that stays an int would be structure"
    assert type(width.knobs["width"]) is int
    assert width == Choice.of(MODELS, "mlp", width=64, depth=1)


def test_infinity_where_a_component_allows_it() -> None:
    """An infinite bound on gradients is a bound that never acts, so it is a value one may write."""
    level = study(MINIMAL + "factors: {clip_norm: [{bound: inf}]}").factors["clip_norm"][0]
    assert isinstance(level.value, Choice)
    assert level.value.knobs["bound"] == math.inf


def test_the_baseline_is_off_or_first() -> None:
    """Without a word about it, a trick's baseline is off and any other factor's is its first level."""
    found = study(MINIMAL + "factors: {r1: [on, off], loss: [hinge, minimax], ema: [on, {decay: 0.9}]}")
    chosen = {factor: level.label for factor, level in found.baseline.items()}
    assert chosen == {"r1": "off", "loss": "hinge", "ema": "on"}


def test_a_baseline_that_is_given() -> None:
    """A baseline is a level written as in the factor, by an equal value, or by its label."""
    factors = "factors: {r1: [on, off], loss: [{hinge: {}}, minimax], adam: []}".replace(", adam: []", "")
    for written in (
        "{r1: on, loss: minimax}",
        "{r1: {gamma: 1}, loss: minimax}",
        "{loss: {minimax: }, r1: 'on'}",
    ):
        found = study(MINIMAL + factors + f"\nbaseline: {written}\n")
        assert {name: level.label for name, level in found.baseline.items()} == {
            "r1": "on",
            "loss": "minimax",
        }


def test_metrics_with_options() -> None:
    """A metric takes options as a component takes knobs."""
    found = study(MINIMAL.replace("[modes]", "[modes, {fid: {extractor: auto}}]") + "primary: fid\n")
    assert [metric.name for metric in found.metrics] == ["modes", "fid"]
    assert found.primary == "fid"
    assert found.metric_spots == ((4, 11), (4, 18)), "what is found out later is reported at the right line"


def test_a_base_may_hold_tricks() -> None:
    """A base is a complete run, tricks included."""
    assert study(MINIMAL.replace("ring", "ring, r1: {gamma: 3}")).base["r1"] == Choice.of(
        TRICKS, "r1", gamma=3.0
    )


def test_a_schedule_in_the_place_of_a_number() -> None:
    """In a trick and in a learning rate; what is left out is filled in, so that equal is equal."""
    found = study(
        MINIMAL.replace("ring", "ring, generator_lr: {shape: cosine, start: 1e-3, end: 0}")
        + "factors: {instance_noise: [{sigma: {start: 0.3, end: 0, until: 0.5}}], lr: [{end: 0, start: 1}]}"
    )
    level = found.factors["instance_noise"][0].value
    assert isinstance(level, Choice)
    sigma = {"shape": "linear", "start": 0.3, "end": 0.0, "begin": 0.0, "until": 0.5, "count": 1.0}
    assert level.knobs["sigma"] == {**sigma, "warmup": 0.0}
    rate = {**sigma, "shape": "cosine", "start": 1e-3, "until": 1.0, "warmup": 0.0}
    assert found.base["generator_lr"] == rate and found.base["discriminator_lr"] == 1e-3
    assert labels(found, "lr") == ["linear(1→0)"]


@pytest.mark.parametrize(
    ("written", "label"),
    [
        ("{start: 0.3, end: 0}", "linear(0.3→0)"),
        ("{shape: cosine, start: 0.3, end: 0, until: 0.5}", "cosine(0.3→0, until=0.5)"),
        ("{shape: constant, start: 0.1234567891}", "constant(0.1234567891)"),
        ("{shape: constant, start: 0.1, warmup: 0.2}", "constant(0.1, warmup=0.2)"),
        ("{shape: step, start: 1, end: 0, count: 1}", "step(1→0)"),
        ("{shape: step, start: 1, end: 0, count: 3}", "step(1→0, count=3)"),
        ("{shape: cyclic, start: 1, end: 0, count: 1}", "cyclic(1→0, count=1)"),
        ("{shape: cyclic, start: 1, end: 0}", "cyclic(1→0)"),
        ("{shape: warmup, end: 1}", "warmup(0→1)"),
        ("{shape: warmup, end: 1, until: 1}", "warmup(0→1, until=1)"),
        ("{shape: geometric, start: 1, end: 1e-3, begin: 0.25}", "geometric(1→0.001, begin=0.25)"),
    ],
)
def test_labels_of_schedules(written: str, label: str) -> None:
    """Shape, ends, and whatever differs from the shape's defaults: no two schedules read alike."""
    found = study(MINIMAL + f"factors: {{instance_noise: [{{sigma: {written}}}]}}")
    assert labels(found, "instance_noise") == [f"sigma={label}"]
