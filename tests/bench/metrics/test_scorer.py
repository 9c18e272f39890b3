"""The scorer: one split, one N, nothing of the caller's touched, nothing that diverged scored."""

from __future__ import annotations

import dataclasses
import json
import random
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.features.pixels import NotFinite
from bench.metrics.scorer import Scorer
from bench.registries import METRICS
from gan.data.base import Data, Samples
from gan.data.digits import Digits, load_digits
from gan.data.errors import DataError
from gan.data.ring import Ring
from gan.data.stacked_digits import StackedDigits
from gan.recipe import Choice

ROOT = Path()


def _choices(*names: str) -> list[Choice]:
    return [Choice.of(METRICS, name) for name in names]


def _scorer(data: Data, *names: str, n: int = 500, seed: int = 0) -> Scorer:
    return Scorer.of(data, data.load(ROOT), _choices(*names), n, seed)


NAMES = ("modes", "fid", "precision_recall", "support", "memorisation", "one_nn")
DIGITS = _scorer(Digits(), *NAMES)
RING = _scorer(Ring(), *NAMES)


@given(st.integers(4, 60), st.integers(2, 100), st.integers(0, 5))
@settings(max_examples=30, deadline=None)
def test_reference_and_oracle_are_disjoint_and_of_one_size(size: int, n: int, seed: int) -> None:
    """Every real sample is in one of them at most, no run trains on the oracle's, and n is at most half."""
    data = Ring(size=size)
    samples = data.load(ROOT)
    marked = Samples(
        torch.arange(2.0 * size).reshape(size, 2), samples.priors, samples.centres, samples.sigma
    )
    scorer = Scorer.of(data, marked, _choices("modes"), n, seed)
    reference = {float(row[0]) for row in scorer._bank.reference.points}
    oracle = {float(row[0]) for row in scorer.held_out}
    assert scorer.n == min(n, size // 2) == len(reference) == len(oracle)
    assert not reference & oracle
    trained_on = {float(row[0]) for row in scorer.train}
    assert reference <= trained_on and not trained_on & oracle


def test_the_data_is_permuted_before_it_is_split() -> None:
    """Files are ordered (MNIST's test split begins with the easier half): halves in order do not compare."""
    data = Digits()
    samples = data.load(ROOT)
    ordered = Samples(samples.x[load_digits()[1].argsort()], samples.priors)
    scorer = Scorer.of(data, ordered, _choices("fid"), 500)
    assert scorer.oracle()["fid"] < 3 * DIGITS.oracle()["fid"], "an ordered file scores like a shuffled one"


def test_another_evaluation_seed_is_another_split() -> None:
    """And the same seed the same, to the last bit."""
    assert _scorer(Ring(), *NAMES, seed=1).oracle() != RING.oracle()
    assert _scorer(Digits(), *NAMES).oracle() == DIGITS.oracle()


def test_data_that_cannot_be_scored_is_nobodys_reference() -> None:
    """Not finite, or too far out to have scores: that is the data's fault, and no run's verdict."""
    data = Ring(size=100)
    samples = data.load(ROOT)
    far = dataclasses.replace(samples, x=samples.x.double() * 1e160)
    with pytest.raises(DataError, match="scored against itself, 10 of 10 samples"):
        Scorer.of(data, far, _choices("fid"), 10).oracle()
    samples.x[3, 1] = torch.inf
    with pytest.raises(DataError, match="1 of 100 samples are not finite"):
        Scorer.of(data, samples, _choices("modes"), 10)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
@pytest.mark.parametrize("scorer", [DIGITS, RING], ids=["digits", "ring"])
def test_one_sample_that_is_not_finite_stops_the_score(scorer: Scorer, value: float) -> None:
    """It is a verdict (diverged), never a number: as a pixel NaN would be black and score well."""
    x = scorer.held_out.clone()
    x[17].view(-1)[1] = value
    with pytest.raises(NotFinite, match="1 of 500"):
        scorer.score(x)


def test_points_beyond_what_can_be_squared_have_diverged() -> None:
    """Their distance is not a number that a table can hold."""
    x = RING.held_out.double()
    x[7] = 1e151
    with pytest.raises(NotFinite, match="1 of 500 samples are farther"):
        RING.score(x)
    x[7] = 1e150
    assert RING.score(x)["precision"] > 0.9, "all the others are where they were"


def test_images_out_of_range_are_clamped() -> None:
    """Pixels brighter than white are white."""
    x = torch.where(DIGITS.held_out > 0, 1.0, -1.0)
    assert DIGITS.score(1.7 * x) == DIGITS.score(x)


def test_another_number_of_samples_is_refused() -> None:
    """FID falls with N, so scores at different N do not compare."""
    with pytest.raises(ValueError, match="500"):
        DIGITS.score(DIGITS.held_out[:499])
    with pytest.raises(ValueError, match="8, 8"):
        DIGITS.score(torch.zeros(500, 1, 9, 9))


@pytest.mark.parametrize("scorer", [DIGITS, RING], ids=["digits", "ring"])
@pytest.mark.parametrize("cached", [False, True])
def test_scoring_leaves_the_caller_as_it_was(
    scorer: Scorer, cached: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Evaluating more often must not change the training run that is evaluated."""
    if not cached:
        monkeypatch.setenv("GANBENCH_CACHE", str(tmp_path))
    x = scorer.held_out.clone().requires_grad_(True)
    data = scorer._bank.data
    samples = data.load(ROOT)
    before = (torch.get_rng_state(), np.random.get_state()[1].copy(), random.getstate())
    settings_before = (torch.is_grad_enabled(), torch.get_num_threads(), torch.get_default_dtype())
    scorer.score(x)
    Scorer.of(data, samples, _choices(*NAMES), 500).oracle()
    assert torch.equal(before[0], torch.get_rng_state())
    assert np.array_equal(before[1], np.random.get_state()[1])
    assert before[2] == random.getstate()
    assert settings_before == (torch.is_grad_enabled(), torch.get_num_threads(), torch.get_default_dtype())
    assert x.requires_grad and x.grad is None


def test_a_network_is_scored_as_it_stands() -> None:
    """Neither its training mode nor its parameters' gradients are touched."""
    network = torch.nn.Sequential(torch.nn.Linear(2, 2), torch.nn.BatchNorm1d(2), torch.nn.Dropout())
    RING.score(network(RING.held_out))
    assert all(module.training for module in network.modules())
    assert all(p.requires_grad and p.grad is None for p in network.parameters())


@pytest.mark.parametrize("scorer", [DIGITS, RING], ids=["digits", "ring"])
def test_the_same_samples_have_the_same_scores(scorer: Scorer) -> None:
    """To the last bit, whatever the global settings are and whatever else was scored in between."""
    x = scorer.held_out + 0.1
    first = scorer.score(x)
    torch.set_default_dtype(torch.float64)
    try:
        torch.rand(3)
        scorer.oracle()
        assert scorer.score(x) == first
        with torch.inference_mode():
            assert scorer.score(x) == first
    finally:
        torch.set_default_dtype(torch.float32)


def test_scoring_does_not_change_the_samples() -> None:
    """They may be the caller's buffer."""
    x = 3.0 * DIGITS.held_out
    kept = x.clone()
    DIGITS.score(x)
    assert torch.equal(x, kept)


def test_the_order_of_samples_does_not_matter() -> None:
    """A score is of a set."""
    order = torch.randperm(500, generator=torch.Generator().manual_seed(3))
    first, second = DIGITS.oracle(), DIGITS.score(DIGITS.held_out[order])
    assert second == pytest.approx(first, rel=1e-5)


def test_the_outputs_are_what_score_returns() -> None:
    """In order, so that a table can be laid out before anything has run."""
    for scorer in (DIGITS, RING):
        assert list(scorer.oracle()) == list(scorer.outputs)


def test_the_protocol_says_what_a_score_depends_on() -> None:
    """Plain values, so that it can be recorded and compared; the hash is the shipped file's."""
    from bench.features.classifier import SHA256

    protocol = DIGITS.protocol()
    assert json.loads(json.dumps(protocol)) == protocol
    assert protocol["n_real"] == protocol["n_fake"] == 500
    assert protocol["split_seed"] == 0
    assert protocol["metrics"]["fid"]["extractor"] == "ganbench-digits"
    assert protocol["metrics"]["fid"]["weights_sha256"] == SHA256["digits"]
    assert set(protocol["versions"]) == {"torch", "torch-fidelity", "numpy", "scipy"}
    assert protocol != RING.protocol()


def test_other_images_under_the_same_name_are_another_protocol() -> None:
    """Files of one name may hold MNIST or Fashion-MNIST; points follow from options that are recorded."""
    samples = Digits().load(Path())
    other = dataclasses.replace(samples, x=samples.x.flip(-1))
    choices = [Choice.of(METRICS, "modes")]
    protocols = [Scorer.of(Digits(), data, choices, 100).protocol() for data in (samples, other, samples)]
    assert protocols[0] != protocols[1] and protocols[0] == protocols[2]
    assert RING.protocol()["images_sha256"] is None


def test_no_digit_of_a_held_out_stack_is_in_a_training_stack() -> None:
    """The scorer asks for the split that keeps groups whole: recombined training digits are nothing new."""
    data = StackedDigits(size=400)
    scorer = Scorer.of(data, data.load(Path()), [Choice.of(METRICS, "modes")], 100)
    seen, unseen = (
        {tuple(digit.flatten().tolist()) for digit in part.flatten(0, 1)}
        for part in (scorer.train, scorer.held_out)
    )
    assert not seen & unseen


def test_what_does_not_fit_is_refused_with_its_reason() -> None:
    """KID is of features, and points have none."""
    with pytest.raises(ValueError, match=r"metric kid: .*points"):
        _scorer(Ring(), "kid")


def test_too_little_data_and_repeated_metrics_are_refused() -> None:
    """A covariance needs two samples; one column cannot hold two numbers."""
    with pytest.raises(ValueError, match="at least 2"):
        _scorer(Ring(), "fid", n=1)
    with pytest.raises(DataError, match="cannot be split"):
        _scorer(Ring(size=3), "fid")
    with pytest.raises(ValueError, match="twice"):
        _scorer(Ring(), "fid", "fid")


def test_points_are_scored_without_importing_torch_fidelity() -> None:
    """Its import takes longer than a small run's evaluations together."""
    code = (
        "import sys; from pathlib import Path\n"
        "from bench.metrics.scorer import Scorer; from bench.registries import METRICS\n"
        "from gan.data.ring import Ring; from gan.recipe import Choice\n"
        "metrics = [Choice.of(METRICS, name) for name in ('modes', 'fid')]\n"
        "print(Scorer.of(Ring(), Ring().load(Path()), metrics, 100).oracle()['frechet'] > 0)\n"
        "print(sorted({'torch_fidelity', 'torchvision', 'mlflow', 'sklearn'} & set(sys.modules)))\n"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.split("\n")[:2] == ["True", "[]"]
