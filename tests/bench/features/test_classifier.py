"""The bundled classifiers: pinned weights, and good enough to count classes with."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from bench.features.classifier import (
    BATCHES,
    SHA256,
    SIDES,
    Halved,
    WeightsChanged,
    load_classifier,
    weights_path,
)
from bench.features.pixels import to_float, to_uint8
from bench.features.train_classifier import serialised, train
from gan.data.digits import load_digits


@pytest.mark.parametrize("name", SIDES)
def test_a_file_with_another_hash_is_refused(name: str, tmp_path: Path) -> None:
    """One flipped bit makes other features, and with them scores that compare with nothing."""
    content = bytearray(weights_path(name).read_bytes())
    content[-1] ^= 1
    changed = tmp_path / "changed.safetensors"
    changed.write_bytes(bytes(content))
    with pytest.raises(WeightsChanged, match=SHA256[name]):
        load_classifier(name, changed)


@pytest.mark.parametrize("name", SIDES)
def test_the_shipped_weights_are_the_pinned_ones_and_small(name: str) -> None:
    """They load, frozen and in evaluation mode, without touching the caller's random numbers."""
    before = torch.get_rng_state()
    classifier = load_classifier(name)
    assert torch.equal(before, torch.get_rng_state()), "loading draws no random number"
    assert not classifier.training
    assert not any(p.requires_grad for p in classifier.parameters())
    assert weights_path(name).stat().st_size < 300_000, "a wheel should not grow by more"
    features, logits = classifier(torch.zeros(3, 1, SIDES[name], SIDES[name]))
    assert features.shape == (3, 64)
    assert logits.shape == (3, 10)


@pytest.mark.parametrize("shape", [(5, 3, 6, 6), (1, 1, 2, 10), (2, 4, 14, 4)])
def test_halving_is_max_pooling_bit_for_bit(shape: tuple[int, ...]) -> None:
    """The shipped weights were trained with `nn.MaxPool2d(2)`: the pixels are those it would keep."""
    x = torch.randn(shape).mul(4.0).round()  # with ties
    assert torch.equal(Halved()(x), torch.nn.MaxPool2d(2)(x))


@pytest.mark.parametrize("name", SIDES)
def test_features_do_not_depend_on_the_batch(name: str) -> None:
    """How many images are read at once is a matter of speed alone."""
    classifier, side = load_classifier(name), SIDES[name]
    x = torch.rand(2 * BATCHES[name] + 3, 1, side, side, generator=torch.Generator().manual_seed(0)) * 2 - 1
    parts = torch.cat([classifier(batch)[0] for batch in x.split(BATCHES[name])])
    torch.testing.assert_close(parts, classifier(x)[0], rtol=1e-5, atol=1e-6)


def test_digits_are_recognised() -> None:
    """At least 98 % of scikit-learn's digits, a fifth of which it never saw."""
    images, labels = load_digits()
    _, logits = load_classifier("digits")(to_float(to_uint8(images)))
    assert (logits.argmax(dim=1) == labels).double().mean() >= 0.98


def test_no_feature_is_dead() -> None:
    """A unit that is constant on the data would make the covariance singular."""
    images, _ = load_digits()
    features, _ = load_classifier("digits")(images)
    assert features.std(dim=0).min() > 0.05


def test_training_is_deterministic_and_leaves_the_callers_random_numbers() -> None:
    """The same images give the same bytes; the script's seed is its own."""
    images, labels = load_digits()
    images, labels = to_uint8(images)[:300], labels[:300]
    torch.manual_seed(7)
    before = torch.get_rng_state()
    first, accuracy = train(images, labels, epochs=10, shift=0)
    assert torch.equal(before, torch.get_rng_state()), "training forks the generator"
    torch.manual_seed(8)
    second, again = train(images, labels, epochs=10, shift=0)
    assert serialised(first) == serialised(second)
    assert accuracy == again
    assert accuracy > 0.7, "ten epochs on 240 images already beat chance (0.1) by far"


def test_features_are_scaled_without_changing_what_is_recognised() -> None:
    """On its training images the features have a total variance of one a unit."""
    images, labels = load_digits()
    classifier, _ = train(to_uint8(images), labels, epochs=1, shift=0)
    features, _ = classifier(images)
    assert features.var(dim=0).mean().item() == pytest.approx(1.0, rel=0.05)
