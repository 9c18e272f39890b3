"""FID: torch-fidelity's number, on images through its own command line, and a fair one when collapsed."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from given_features import bank_of, correlated, nuclear, samples_of, score
from random_networks import inception
from torch import Tensor

from bench.features.extractor import INCEPTION, Wanted, load_extractor, register
from bench.features.pixels import to_uint8
from bench.metrics.fid import Fid, expected_distance
from bench.metrics.scorer import Scorer
from bench.registries import METRICS
from gan.data.base import Data, Samples
from gan.data.digits import Digits
from gan.data.mnist import Mnist
from gan.data.ring import Ring
from gan.data.spiral import Spiral
from gan.data.stacked_digits import StackedDigits
from gan.recipe import Choice

Fidelity = Callable[..., dict[str, float]]


def _scorer(data: Data, n: int, *names: str, **options: object) -> Scorer:
    choices = [Choice.of(METRICS, name, **options) for name in names]
    return Scorer.of(data, data.load(Path()), choices, n)


def _noisy(x: Tensor, scale: float = 0.3) -> Tensor:
    return x + scale * torch.randn(x.shape, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize("data", [Digits(), StackedDigits(size=1200)], ids=["digits", "stacked"])
def test_it_is_what_torch_fidelitys_command_line_prints(data: Data, fidelity: Fidelity) -> None:
    """The same samples as PNG folders, with our extractor registered: equal FID and KID."""
    scorer = _scorer(data, 500, "fid", "kid")
    reference = scorer._bank.reference.images.float() / 127.5 - 1.0
    generated = _noisy(scorer.held_out)
    name = scorer.protocol()["metrics"]["fid"]["extractor"]
    theirs = fidelity(generated, reference, name, "--kid", "--kid-subset-size", "500")
    ours = scorer.score(generated)
    assert ours["fid"] == pytest.approx(theirs["frechet_inception_distance"], rel=1e-3)
    assert ours["kid"] == pytest.approx(theirs["kernel_inception_distance_mean"], rel=1e-3)


def test_a_grey_extractor_refuses_colour() -> None:
    """torch-fidelity decodes PNGs to RGB; three unequal channels are not one grey image."""
    from torch_fidelity.registry import FEATURE_EXTRACTORS_REGISTRY

    register()
    module = FEATURE_EXTRACTORS_REGISTRY["ganbench-digits"]("ganbench-digits", ["64"])
    grey = torch.randint(0, 256, (4, 1, 8, 8)).to(torch.uint8)
    expected = load_extractor(Wanted("ganbench-digits"))(grey).values
    assert torch.equal(module(grey.expand(-1, 3, -1, -1))[0], expected)
    with pytest.raises(ValueError, match="unequal channels"):
        module(torch.cat([grey, grey, 255 - grey], dim=1))


def test_the_registered_stack_classifies_into_a_thousand() -> None:
    """Its joint logits have the class and confidence that the mode count uses."""
    from torch_fidelity.registry import FEATURE_EXTRACTORS_REGISTRY

    from bench.features.extractor import labels

    register()
    name = "ganbench-digits-stacked"
    images = to_uint8(StackedDigits(size=50).load(Path()).x)
    (joint,) = FEATURE_EXTRACTORS_REGISTRY[name](name, ["logits"], unknown_option=1)(images)
    classes, confidence = labels(load_extractor(Wanted(name))(images).logits)
    assert torch.equal(joint.argmax(dim=1), classes)
    torch.testing.assert_close(joint.softmax(dim=1).amax(dim=1), confidence)


def test_collapsed_images_have_the_closed_form() -> None:
    """All samples equal: FID is |μ_r - x|² + tr Σ_r, and torch-fidelity's eigenvalues are not asked."""
    scorer = _scorer(Digits(), 500, "fid")
    one = scorer.held_out[:1].expand(scorer.n, -1, -1, -1)
    extractor = scorer._bank.extractor(Wanted("ganbench-digits"))
    real = scorer._bank.reference.features(extractor).values
    point = extractor(to_uint8(one[:1])).values[0]
    expected = ((real.mean(0) - point) ** 2).sum() + real.var(0).sum()
    assert scorer.score(one)["fid"] == pytest.approx(expected.item(), rel=1e-6)


def test_fewer_samples_than_features_is_never_negative() -> None:
    """The reference against itself is 0, where other forms give a small negative number."""
    scorer = _scorer(Digits(), 30, "fid")
    itself = scorer._bank.reference.images.float() / 127.5 - 1.0
    assert 0.0 <= scorer.score(itself)["fid"] < 1e-6


def test_the_reference_scores_zero_and_worse_samples_score_more() -> None:
    """More noise, fewer classes: each is farther from the data than the oracle is."""
    scorer = _scorer(Digits(), 898, "fid")
    x = scorer.held_out
    oracle = scorer.oracle()["fid"]
    assert scorer.score(scorer._bank.reference.images.float() / 127.5 - 1.0)["fid"] < 1e-3 * oracle
    by_noise = [scorer.score(_noisy(x, scale))["fid"] for scale in (0.2, 0.4, 0.8)]
    assert oracle < by_noise[0] < by_noise[1] < by_noise[2]
    few = x[torch.arange(len(x)) % 5]
    assert scorer.score(few)["fid"] > 10 * oracle


def test_points_have_their_own_output_that_is_no_headline() -> None:
    """Losing every other mode of a ring leaves mean and covariance, hence this distance, in place."""
    data = Ring()
    samples: Samples = data.load(Path())
    scorer = Scorer.of(data, samples, [Choice.of(METRICS, "fid")], 2000)
    assert not scorer.outputs["frechet"].headline
    assert samples.centres is not None
    half = samples.centres[torch.arange(2000) % 4 * 2] + 0.02 * torch.randn(
        2000, 2, generator=torch.Generator().manual_seed(0)
    )
    shifted = scorer.held_out + torch.tensor([0.3, 0.4])
    scores = [scorer.score(x)["frechet"] for x in (half, shifted)]
    assert scores[0] < 0.01, "half of the modes lost, and hardly a trace"
    assert scores[1] == pytest.approx(0.25, abs=0.06), "a shift by 0.5 costs its square"


def test_a_wrong_extractor_is_a_reason() -> None:
    """It appears in the plan, before anything trains."""
    assert "1 x 28 x 28" in (Fid(extractor="ganbench-mnist").fits(Digits()) or "")
    assert "did you mean" in (Fid(extractor="inception").fits(Digits()) or "")
    assert Fid(extractor=INCEPTION).fits(Digits()) is None


@pytest.mark.slow
def test_inception_is_torch_fidelitys_command_line_too(tmp_path: Path, fidelity: Fidelity) -> None:
    """The published extractor, from a file of weights, on RGB images: equal FID."""
    weights = inception(tmp_path / "inception.pth")
    before = torch.get_rng_state()
    data = StackedDigits(size=48)
    scorer = _scorer(data, 24, "fid", extractor=INCEPTION, weights=str(weights))
    generated = _noisy(scorer.held_out)
    ours = scorer.score(generated)["fid"]
    assert torch.equal(before, torch.get_rng_state()), "building the network draws from a fork"
    assert str(weights) not in json.dumps(scorer.protocol()), "a protocol holds hashes, not paths"
    reference = scorer._bank.reference.images.float() / 127.5 - 1.0
    theirs = fidelity(generated, reference, INCEPTION, "--feature-extractor-weights-path", str(weights))
    assert ours > 0.0
    assert ours == pytest.approx(theirs["frechet_inception_distance"], rel=1e-3)


@pytest.mark.parametrize("metric", [Fid(extractor="anything"), Fid(weights="a.pth")], ids=["name", "weights"])
def test_points_have_no_extractor(metric: Fid) -> None:
    """An option that could only be ignored is refused: points are compared without any extractor."""
    assert Fid().fits(Ring()) is None
    assert "leave out" in str(metric.fits(Ring()))


FULL = correlated(300, 32, 0), correlated(300, 32, 1, 1.5, 3.0)
DEAD = tuple(side * (torch.arange(32) > 5) for side in FULL)


@pytest.mark.parametrize(("real", "fake"), [FULL, DEAD], ids=["full rank", "dead features"])
def test_it_is_exact_whichever_form_is_taken(real: Tensor, fake: Tensor) -> None:
    """torch-fidelity's, or where a covariance is singular the exact one."""
    assert score(Fid(), fake, real)["fid"] == pytest.approx(nuclear(real, fake), rel=1e-10, abs=1e-8)


def test_at_full_rank_it_is_torch_fidelitys_number() -> None:
    """From torch-fidelity's own statistics of the same float64 features."""
    from torch_fidelity.metric_fid import fid_features_to_statistics, fid_statistics_to_metric

    real, fake = FULL
    statistics = [fid_features_to_statistics(side) for side in (fake, real)]
    expected = fid_statistics_to_metric(*statistics, verbose=False)["frechet_inception_distance"]
    assert score(Fid(), fake, real)["fid"] == pytest.approx(expected, rel=1e-12)


def test_the_floor_is_what_fresh_real_samples_score() -> None:
    """The expectation of FID between two independent sets, from one pool of twice their size."""
    fresh = [nuclear(correlated(200, 16, 2 * seed), correlated(200, 16, 2 * seed + 1)) for seed in range(20)]
    floors = [expected_distance(correlated(400, 16, 100 + seed)) for seed in range(8)]
    assert np.mean(floors) == pytest.approx(np.mean(fresh), rel=0.1)


def test_the_floor_falls_as_one_over_n() -> None:
    """The bias of FID: twice the samples, half of it."""
    floors = [
        np.mean([expected_distance(correlated(2 * n, 16, seed)) for seed in range(8)])
        for n in (250, 500, 1000)
    ]
    assert floors[0] / floors[1] == pytest.approx(2.0, rel=0.15)
    assert floors[1] / floors[2] == pytest.approx(2.0, rel=0.15)


def test_the_floor_is_computed_once_and_the_excess_is_above_it() -> None:
    """From both the reference and the held-out samples; the caller's random numbers stay where they are."""
    real, held_out, fake = correlated(300, 8, 0), correlated(300, 8, 1), correlated(300, 8, 2, 1.2)
    bank, before = bank_of(real, held_out), torch.get_rng_state()
    scores = Fid().score(bank, samples_of(fake))
    assert list(scores) == [output.name for output in Fid().outputs(Digits())]
    assert scores["fid_floor"] == expected_distance(torch.cat([real, held_out])), "the same at every call"
    assert scores["fid_excess"] == scores["fid"] - scores["fid_floor"] > 0.0
    assert len(bank._known) == 1, "what is remembered of the real samples"
    bank._known.update(dict.fromkeys(bank._known, 7.0))
    assert Fid().score(bank, samples_of(fake))["fid_floor"] == 7.0
    assert torch.equal(before, torch.get_rng_state())
    assert [output.headline for output in Fid().outputs(Digits())] == [True, False, False]


def test_on_points_there_is_no_floor() -> None:
    """The distance of raw coordinates describes, and nothing else is reported."""
    assert [output.name for output in Fid().outputs(Ring())] == ["frechet"]


def test_it_says_where_its_numbers_mislead() -> None:
    """Photographs' features on digits, points as the primary metric, fewer samples than features."""
    assert Fid().cautions(Digits(), 2000, True) == []
    for name, said in ((INCEPTION, "Inception's features"), ("clip-vit-b-32", "clip-vit-b-32's features")):
        (caution,) = Fid(extractor=name).cautions(Mnist(), 10_000, False)
        assert said in caution and "leave out `extractor`" in caution
    assert Fid().cautions(Ring(), 2000, False) == []
    assert "make `modes` the primary" in Fid().cautions(Ring(), 2000, True)[0]
    assert Fid().cautions(Digits(), 65, True) == []
    assert "`samples: 320`" in Fid().cautions(Digits(), 64, True)[0]
    assert "192 features" in Fid().cautions(StackedDigits(), 150, False)[0]
    assert "2,048 features" in Fid(extractor=INCEPTION).cautions(Digits(), 2000, False)[1]


def test_it_asks_for_no_more_samples_than_the_data_holds_out() -> None:
    """Half of the data or 10,000, which is less than five times Inception's features."""
    assert "`samples: 898`" in Fid().cautions(StackedDigits(size=1796), 150, False)[0]
    inception = Fid(extractor=INCEPTION)
    assert "`samples: 10000`" in inception.cautions(Mnist(), 2000, False)[1]
    few = inception.cautions(Digits(), 898, False)[1]
    assert "ask for" not in few and "read it against its floor only" in few


def test_the_number_of_features_is_known_without_loading_an_extractor() -> None:
    """As the bundled classifiers have it."""
    from bench.features.extractor import BUNDLED, FIDELITY
    from bench.metrics.fid import _WIDTHS

    assert set(FIDELITY) <= set(_WIDTHS)
    for name in BUNDLED:
        side, channels = 28 if "mnist" in name else 8, 3 if "stacked" in name else 1
        values = load_extractor(Wanted(name))(torch.zeros(2, channels, side, side, dtype=torch.uint8)).values
        assert values.shape[1] == _WIDTHS.get(name, 64)


def test_the_caution_on_points_names_a_metric_that_fits_them() -> None:
    """Modes of a ring can be counted, those of a spiral cannot."""
    for data, better in ((Ring(), "modes"), (Spiral(), "precision_recall")):
        (caution,) = Fid().cautions(data, 2000, primary=True)
        assert f"make `{better}` the primary" in caution
        assert METRICS.load(better)().fits(data) is None
