"""The inception score: torch-fidelity's number, finite in the corners, of everything that classifies."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from bench.features.extractor import INCEPTION, Wanted, joint_log_probabilities, load_extractor
from bench.features.pixels import to_uint8
from bench.metrics.inception_score import InceptionScore, of_parts
from bench.metrics.scorer import Scorer
from bench.registries import METRICS
from gan.data.digits import Digits
from gan.data.ring import Ring
from gan.data.stacked_digits import StackedDigits
from gan.recipe import Choice


def _logits(n: int, classes: int = 10, scale: float = 4.0) -> Tensor:
    return scale * torch.randn(n, classes, generator=torch.Generator().manual_seed(n)).double()


def _naive(logits: Tensor) -> float:
    """Sample after sample and class after class, from the formula."""
    p = [[float(v) for v in row] for row in logits.softmax(dim=1)]
    marginal = [sum(row[k] for row in p) / len(p) for k in range(len(p[0]))]
    kl = [sum(v * np.log(v / marginal[k]) for k, v in enumerate(row) if v > 0.0) for row in p]
    return float(np.exp(sum(kl) / len(kl)))


@pytest.mark.parametrize(("n", "splits"), [(103, 10), (10, 10), (57, 1), (30, 7)])
def test_parts_are_torch_fidelitys(n: int, splits: int) -> None:
    """The same random parts, even where they are of unequal size; mean and spread over them."""
    from torch_fidelity.metric_isc import isc_features_to_metric

    expected = isc_features_to_metric(_logits(n), splits=splits)
    found = of_parts(_logits(n), 10, splits)
    assert np.mean(found) == pytest.approx(expected["inception_score_mean"], rel=1e-12)
    assert np.std(found) == pytest.approx(expected["inception_score_std"], rel=1e-9, abs=1e-12)


def test_one_part_is_the_formula() -> None:
    """Against a loop in plain Python."""
    assert of_parts(_logits(40), 10, 1) == [pytest.approx(_naive(_logits(40)), rel=1e-10)]


def test_fewer_samples_than_parts_are_finite() -> None:
    """torch-fidelity averages empty parts and returns NaN without a word; here a part holds one sample."""
    assert of_parts(_logits(3), 10, 10) == [pytest.approx(1.0)] * 3


def test_certain_predictions_are_finite() -> None:
    """Probabilities that underflow: torch-fidelity has 0 · ln 0, NaN; the value is the number of classes."""
    from torch_fidelity.metric_isc import isc_features_to_metric

    certain = 1e4 * torch.eye(10, 12).double()
    assert np.isnan(isc_features_to_metric(certain, splits=1)["inception_score_mean"]), "the trap is there"
    assert of_parts(certain, 12, 1) == [pytest.approx(10.0)]
    assert of_parts(certain[:1].expand(20, -1), 12, 1) == [pytest.approx(1.0)], "one class"


def test_the_joint_classes_of_a_stack_share_all_probability() -> None:
    """A thousand probabilities an image, one in sum."""
    joint = joint_log_probabilities(_logits(30, 30), 10).exp()
    assert joint.shape == (30, 1000)
    torch.testing.assert_close(joint.sum(dim=1), torch.ones(30).double())


def test_it_is_blind_to_collapse_inside_classes() -> None:
    """One image a class, over and over, scores no worse than real images do."""
    data = Digits()
    scorer = Scorer.of(data, data.load(Path()), [Choice.of(METRICS, "inception_score")], 800)
    extractor = load_extractor(Wanted("ganbench-digits"))
    sure = extractor(to_uint8(scorer.held_out)).logits.softmax(dim=1)
    prototypes = scorer.held_out[sure.argmax(dim=0)]
    (collapsed,) = [scorer.score(prototypes[torch.arange(800) % 10])["inception_score"]]
    assert collapsed > scorer.oracle()["inception_score"]
    ceiling = scorer.outputs["inception_score"].ceiling
    assert ceiling is not None and collapsed <= ceiling == 10.0


def test_it_needs_classes() -> None:
    """Points and extractors without logits are declined; what classifies has its number of classes."""
    assert "points" in (InceptionScore().fits(Ring()) or "")
    assert "does not classify" in (InceptionScore(extractor="clip-vit-b-32").fits(Digits()) or "")
    assert InceptionScore(extractor=INCEPTION).fits(Digits()) is None
    assert InceptionScore().outputs(StackedDigits())[0].ceiling == 1000.0
    assert InceptionScore(extractor=INCEPTION).outputs(Digits())[0].ceiling == 1008.0


def test_a_part_scores_no_more_than_it_has_samples_and_that_is_said() -> None:
    """Certain and all different, m samples score m; a caution names what to ask for where m is too small."""
    certain = 1e4 * torch.eye(10).double()
    assert of_parts(certain, 10, 2) == [pytest.approx(5.0)] * 2
    (alone,) = InceptionScore(splits=10_000).cautions(Digits(), 300, False)
    assert "leaves 1 sample a part" in alone and "`splits: 30` or fewer" in alone
    assert InceptionScore(splits=30).cautions(Digits(), 300, False) == []
    (stacked,) = InceptionScore().cautions(StackedDigits(), 2500, False)
    assert "250 samples a part" in stacked and "1,000 classes" in stacked and "`splits: 2`" in stacked
    (few,) = InceptionScore(splits=1).cautions(StackedDigits(), 900, False)
    assert "`samples: 1000` or more" in few


def test_it_says_what_it_does_not_see() -> None:
    """As the primary metric, and with photographs' classes on digits."""
    assert InceptionScore().cautions(Digits(), 2000, False) == []
    assert "inside classes" in InceptionScore().cautions(Digits(), 2000, True)[0]
    assert "photographs" in InceptionScore(extractor=INCEPTION).cautions(Digits(), 2000, False)[0]
