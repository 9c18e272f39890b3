"""The bundled classifiers: pinned weights, and good enough to count classes with."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from bench.features.classifier import SHA256, SIDES, WeightsChanged, load_classifier, weights_path
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
