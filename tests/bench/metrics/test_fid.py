"""FID: torch-fidelity's number, on images through its own command line, and a fair one when collapsed."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from torch import Tensor

from bench.features.extractor import INCEPTION, Wanted, WeightsError, load_extractor, register
from bench.features.pixels import to_uint8
from bench.metrics.fid import Fid
from bench.metrics.scorer import Scorer
from bench.registries import METRICS
from gan.data.base import Data, Samples
from gan.data.digits import Digits
from gan.data.ring import Ring
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
    generated = _noisy(scorer._oracle)
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
    one = scorer._oracle[:1].expand(scorer.n, -1, -1, -1)
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
    x = scorer._oracle
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
    shifted = scorer._oracle + torch.tensor([0.3, 0.4])
    scores = [scorer.score(x)["frechet"] for x in (half, shifted)]
    assert scores[0] < 0.01, "half of the modes lost, and hardly a trace"
    assert scores[1] == pytest.approx(0.25, abs=0.06), "a shift by 0.5 costs its square"


def test_a_wrong_extractor_is_a_reason() -> None:
    """It appears in the plan, before anything trains."""
    assert "1 x 28 x 28" in (Fid(extractor="ganbench-mnist").fits(Digits()) or "")
    assert "did you mean" in (Fid(extractor="inception").fits(Digits()) or "")
    assert Fid(extractor=INCEPTION).fits(Digits()) is None


@pytest.mark.parametrize("content", [None, b"junk"], ids=["missing", "junk"])
def test_weights_that_cannot_be_read_are_named(content: bytes | None, tmp_path: Path) -> None:
    """One line that says which file and for what."""
    path = tmp_path / "weights.pth"
    if content:
        path.write_bytes(content)
    with pytest.raises(WeightsError, match=r"weights\.pth"):
        load_extractor(Wanted(INCEPTION, str(path)))


def test_weights_of_another_network_are_refused(tmp_path: Path) -> None:
    """They are tensors, but not Inception's."""
    path = tmp_path / "other.pth"
    torch.save({"weight": torch.zeros(3)}, path)
    with pytest.raises(WeightsError, match="not for inception-v3-compat"):
        load_extractor(Wanted(INCEPTION, str(path)))


def test_a_weights_file_that_would_run_code_is_not_opened(tmp_path: Path) -> None:
    """torch-fidelity unpickles whatever it is given, so it is given tensors only."""
    path, trace = tmp_path / "bad.pth", tmp_path / "trace"
    torch.save(_Malicious(trace), path)
    with pytest.raises(WeightsError, match="tensors only"):
        load_extractor(Wanted(INCEPTION, str(path)))
    assert not trace.exists()


class _Malicious:
    def __init__(self, trace: Path) -> None:
        self.trace = trace

    def __reduce__(self) -> tuple[Callable[[Path], None], tuple[Path]]:
        return (Path.touch, (self.trace,))


def _random_inception(path: Path) -> None:
    """Weights of the right form; scaled so that signals survive 94 layers without training."""
    from torch_fidelity.feature_extractor_inceptionv3 import FeatureExtractorInceptionV3

    class Untrained(FeatureExtractorInceptionV3):  # type: ignore[misc]
        def load_state_dict(self, *arguments: object, **options: object) -> None:
            """Keep the random initialisation."""

    torch.save({}, path)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        network = Untrained("random", ["2048"], feature_extractor_weights_path=str(path))
        for module in network.modules():
            if isinstance(module, torch.nn.Conv2d):
                torch.nn.init.kaiming_normal_(module.weight)
    torch.save(network.state_dict(), path)


@pytest.mark.slow
def test_inception_is_torch_fidelitys_command_line_too(tmp_path: Path, fidelity: Fidelity) -> None:
    """The published extractor, from a file of weights, on RGB images: equal FID."""
    weights = tmp_path / "inception.pth"
    _random_inception(weights)
    before = torch.get_rng_state()
    data = StackedDigits(size=48)
    scorer = _scorer(data, 24, "fid", extractor=INCEPTION, weights=str(weights))
    generated = _noisy(scorer._oracle)
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
