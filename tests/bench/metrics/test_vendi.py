"""The Vendi score against the package of its authors, as a ratio, and inside classes."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from given_features import bank_of, correlated, logits_of, samples_of, score

from bench.metrics.vendi import Vendi, effective_number
from gan.data.digits import Digits
from gan.data.mnist import Mnist
from gan.data.ring import Ring


@pytest.mark.parametrize(("n", "d"), [(200, 16), (20, 64), (5, 5), (1, 3)])
def test_it_is_the_authors_package(n: int, d: int) -> None:
    """`score_dual` takes the D x D matrix, ours the smaller one."""
    from vendi_score import vendi

    x = correlated(n, d, 0, shift=0.3)
    assert effective_number(x) == pytest.approx(vendi.score_dual(x.numpy()), rel=1e-9)


def test_it_counts_what_is_different() -> None:
    """m orthogonal directions, equally often: m; however long the vectors are; samples without one aside."""
    x = torch.eye(7).double().repeat(5, 1) * torch.logspace(-200, 200, 35, dtype=torch.float64)[:, None]
    assert effective_number(x) == pytest.approx(7.0)
    assert effective_number(torch.cat([x, torch.zeros(9, 7).double()])) == pytest.approx(7.0)
    assert effective_number(x[:1].expand(50, -1)) == pytest.approx(1.0)
    assert effective_number(torch.zeros(5, 7).double()) == 1.0


def test_it_is_a_ratio_to_real_samples() -> None:
    """1 for the reference itself; the authors' two scores, divided."""
    from vendi_score import vendi

    real, fake = correlated(300, 16, 0), correlated(300, 16, 1)[:10].repeat(30, 1)
    expected = vendi.score_dual(fake.numpy()) / vendi.score_dual(real.numpy())
    assert score(Vendi(), fake, real)["vendi"] == pytest.approx(expected, rel=1e-9)
    assert list(score(Vendi(), real, real).values()) == pytest.approx([1.0, 1.0])


def test_within_classes_it_is_the_weighted_mean_of_their_ratios() -> None:
    """Class after class, with the authors' package; one that is never generated counts 0."""
    from vendi_score import vendi

    real, fake = correlated(400, 16, 0), correlated(900, 16, 1, 1.1)
    lost = int(logits_of(real).argmax(dim=1).mode().values)
    fake = fake[logits_of(fake).argmax(dim=1) != lost][:400]
    classes, theirs = logits_of(fake).argmax(dim=1), logits_of(real).argmax(dim=1)
    expected = 0.0
    for k in np.unique(theirs):
        share = float((theirs == k).double().mean())
        if bool((classes == k).any()):
            ours = vendi.score_dual(fake[classes == k].numpy())
            expected += share * ours / vendi.score_dual(real[theirs == k].numpy())
        else:
            assert k == lost and share > 0.1
    assert score(Vendi(), fake, real)["vendi_within"] == pytest.approx(expected, rel=1e-9)


def test_one_prototype_a_class_is_seen_inside_classes_only() -> None:
    """Far less over all classes together, whose differences hide what is lost inside them."""
    generator = torch.Generator().manual_seed(0)
    kinds = torch.arange(500) % 10
    real, prototypes = torch.randn(500, 32, generator=generator).double(), 12.0 * torch.eye(10, 32).double()
    logits = 20.0 * torch.eye(10).double()[kinds]
    bank = bank_of(real + prototypes[kinds], logits=logits)
    found = Vendi().score(bank, samples_of(prototypes[kinds], logits))
    assert found["vendi"] > 0.6 > 0.4 > found["vendi_within"]
    noisy = Vendi().score(bank, samples_of(1.5 * real + prototypes[kinds], logits))
    assert min(noisy.values()) > 1.0, "noise raises it: blind to quality"


def test_a_stack_is_taken_apart() -> None:
    """Three digits an image are three samples of one digit."""
    alone, stacked = correlated(300, 8, 0), correlated(300, 8, 0).reshape(100, 24)
    fake = correlated(300, 8, 1, 1.0, 0.5)
    expected = Vendi().score(bank_of(alone), samples_of(fake))["vendi_within"]
    bank = bank_of(stacked, logits=logits_of(alone).reshape(100, 30))
    found = Vendi().score(bank, samples_of(fake.reshape(100, 24), logits_of(fake).reshape(100, 30)))
    assert found["vendi_within"] == pytest.approx(expected, rel=1e-9)


def test_it_fits_images_and_knows_where_classes_are() -> None:
    """Points are declined with a reason; classes of photographs are not those of digits; it never ranks."""
    assert "cosine" in (Vendi().fits(Ring()) or "")
    assert [output.name for output in Vendi().outputs(Digits())] == ["vendi", "vendi_within"]
    assert [output.name for output in Vendi(extractor="vgg16").outputs(Mnist())] == ["vendi"]
    assert {(output.headline, output.direction) for output in Vendi().outputs(Digits())} == {(False, "none")}
    assert Vendi().cautions(Digits(), 2000, False) == []
    assert "noise" in Vendi().cautions(Digits(), 2000, True)[0]
