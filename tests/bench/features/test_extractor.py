"""Extractors: float64 out, one name one function, stacks are their channels."""

from __future__ import annotations

import hashlib
import math
import warnings
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from bench.features.arithmetic import full_precision
from bench.features.extractor import (
    BUNDLED,
    INCEPTION,
    Wanted,
    WeightsError,
    automatic,
    classes_of,
    is_stacked,
    knows_modes,
    labels,
    load_extractor,
    misfit,
)
from bench.features.own_classifier import Description, OwnClassifier, serialised
from bench.features.pixels import to_float, to_uint8
from gan.data.digits import Digits, load_digits
from gan.data.grid import Grid
from gan.data.mnist import Mnist
from gan.data.stacked_digits import StackedDigits
from gan.data.stacked_mnist import StackedMnist

SHAPES = {
    "ganbench-digits": (1, 8, 8),
    "ganbench-digits-stacked": (3, 8, 8),
    "ganbench-mnist": (1, 28, 28),
    "ganbench-mnist-stacked": (3, 28, 28),
}


def _noise(n: int, shape: tuple[int, ...]) -> Tensor:
    return torch.randint(0, 256, (n, *shape), generator=torch.Generator().manual_seed(0)).to(torch.uint8)


@pytest.mark.parametrize("name", BUNDLED)
def test_features_leave_in_float64_whatever_the_default_is(name: str) -> None:
    """torch-fidelity averages in the dtype it is given, and float32 means are not good enough."""
    channels = SHAPES[name][0]
    features = load_extractor(Wanted(name))(_noise(5, SHAPES[name]))
    assert features.values.dtype == features.logits.dtype == torch.float64
    assert features.values.shape == (5, 64 * channels)
    assert features.logits.shape == (5, 10 * channels)


def test_features_do_not_depend_on_how_many_images_are_read_together() -> None:
    """Batches only save memory: an image keeps its features to float32 rounding."""
    extractor, images = load_extractor(Wanted("ganbench-digits")), _noise(130, (1, 8, 8))
    together, alone = extractor(images).values, extractor(images[100:]).values
    torch.testing.assert_close(together[100:], alone, rtol=1e-4, atol=1e-5)


def test_a_stack_has_the_features_of_its_channels_side_by_side() -> None:
    """Three digits in one image are read as three images."""
    images = _noise(4, (3, 8, 8))
    stacked = load_extractor(Wanted("ganbench-digits-stacked"))(images).values
    grey = load_extractor(Wanted("ganbench-digits"))
    for channel in range(3):
        expected = grey(images[:, channel : channel + 1]).values
        torch.testing.assert_close(stacked[:, 64 * channel : 64 * (channel + 1)], expected)


def test_the_class_of_a_stack_is_the_number_its_digits_spell() -> None:
    """Class 100 a + 10 b + c, as the data's priors are ordered; confidence is the product."""
    images, digits = load_digits()
    x = to_uint8(images[[7, 1, 4]]).reshape(1, 3, 8, 8)
    logits = load_extractor(Wanted("ganbench-digits-stacked"))(x).logits
    number, confidence = labels(logits)
    assert number.item() == 100 * digits[7] + 10 * digits[1] + digits[4]
    each = [labels(part)[1].item() for part in logits.split(10, dim=1)]
    assert confidence.item() == pytest.approx(each[0] * each[1] * each[2])


@given(st.integers(2, 30), st.data())
def test_labels_of_any_number_of_classes(classes: int, data: st.DataObject) -> None:
    """One channel of K logits: the class is the largest one, its confidence the softmax's."""
    logits = torch.tensor(data.draw(st.lists(st.floats(-20.0, 20.0), min_size=classes, max_size=classes)))
    number, confidence = labels(logits.double()[None], classes)
    assert logits[number] == logits.max()
    weights = [math.exp(value) for value in logits.tolist()]
    assert confidence.item() == pytest.approx(max(weights) / sum(weights), rel=1e-5)


@given(st.lists(st.integers(0, 9), min_size=1, max_size=3), st.floats(0.0, 30.0))
def test_labels_read_the_largest_logit_of_each_channel(digits: list[int], height: float) -> None:
    """One logit of `height` over nine zeros has probability e^h / (e^h + 9) in each channel."""
    logits = torch.zeros(1, 10 * len(digits), dtype=torch.float64)
    for channel, digit in enumerate(digits):
        logits[0, 10 * channel + digit] = height + 1e-6
    number, confidence = labels(logits)
    assert number.item() == int("".join(str(digit) for digit in digits))
    single = 1.0 / (1.0 + 9.0 * torch.tensor(-height - 1e-6, dtype=torch.float64).exp().item())
    assert confidence.item() == pytest.approx(single ** len(digits), rel=1e-6)


def test_auto_is_the_bundled_classifier_of_the_data_or_inception() -> None:
    """Choosing by hand is possible, choosing wrong by default is not."""
    assert automatic(Digits()) == "ganbench-digits"
    assert automatic(Mnist()) == "ganbench-mnist"
    assert automatic(StackedDigits()) == "ganbench-digits-stacked"
    assert automatic(StackedMnist()) == "ganbench-mnist-stacked"
    assert automatic(Grid()) == INCEPTION
    assert not knows_modes(INCEPTION) and classes_of(INCEPTION) == 0, "photographs'"
    for data in (Digits(), Mnist(), StackedDigits(), StackedMnist()):
        assert misfit(automatic(data), data.shape) is None, "what auto chooses fits"


@pytest.mark.parametrize(
    ("name", "shape", "reason"),
    [
        ("ganbench-digits", (1, 28, 28), "ganbench-digits reads images of 1 x 8 x 8 pixels"),
        ("ganbench-mnist-stacked", (1, 28, 28), "3 x 28 x 28"),
        (INCEPTION, (2, 32, 32), "2 channels"),
        (INCEPTION, (2,), "points"),
        ("ganbench-digit", (1, 8, 8), "did you mean 'ganbench-digits'"),
        ("inception", (3, 8, 8), "did you mean 'inception-v3-compat'"),
    ],
)
def test_what_cannot_be_read_has_a_reason(name: str, shape: tuple[int, ...], reason: str) -> None:
    """The reason appears in the plan before anything trains."""
    found = misfit(name, shape)
    assert found is not None
    assert reason in found


def test_bundled_extractors_refuse_other_weights() -> None:
    """A setting that would do nothing is an error."""
    with pytest.raises(WeightsError, match="bundled"):
        load_extractor(Wanted("ganbench-digits", "other.safetensors"))


def test_an_autocast_region_of_the_caller_changes_nothing() -> None:
    """Half precision is for training; scores are read in full."""
    extractor, images = load_extractor(Wanted("ganbench-digits")), _noise(8, (1, 8, 8))
    expected = extractor(images).values
    with torch.autocast("cpu", dtype=torch.bfloat16):
        assert torch.equal(extractor(images).values, expected)


def test_convolutions_on_a_gpu_are_not_rounded_and_the_callers_settings_come_back() -> None:
    """TF32 keeps ten bits, and would make a score depend on the device."""
    cudnn = torch.backends.cudnn

    def settings() -> tuple[bool, bool, bool, str]:
        return (cudnn.allow_tf32, cudnn.benchmark, cudnn.deterministic, torch.get_float32_matmul_precision())

    before = settings()
    with warnings.catch_warnings():
        # Asking for CUDA's autocast on a machine without one.
        warnings.simplefilter("ignore")
        with full_precision("cuda:0"):
            assert not cudnn.allow_tf32
    assert settings() == before


def _own(path: Path, channels: int = 1, side: int = 8, classes: int = 3) -> Path:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        network = OwnClassifier(channels, side, classes)
    names = tuple(f"class {index}" for index in range(classes))
    path.write_bytes(serialised(network, Description(channels, side, names, 1.0, {})))
    return path


def test_a_users_own_classifier_is_an_extractor(tmp_path: Path) -> None:
    """Named without its folder, known by the hash of its file, with as many classes as it tells apart."""
    path = _own(tmp_path / "own.safetensors", 3, 9, 5)
    assert misfit(str(path), (3, 9, 9)) is None
    extractor = load_extractor(Wanted(str(path)))
    assert extractor.name == "own.safetensors"
    assert extractor.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert extractor.classes == classes_of(str(path)) == 5
    assert knows_modes(str(path)) and not is_stacked(str(path))
    images = _noise(300, (3, 9, 9))
    found = extractor(images)
    assert (found.values.shape, found.logits.shape) == ((300, 64), (300, 5))
    assert found.values.dtype == found.logits.dtype == torch.float64
    torch.manual_seed(0)
    values, logits = OwnClassifier(3, 9, 5)(to_float(images))
    torch.testing.assert_close(found.values, values.double(), rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(found.logits, logits.double(), rtol=1e-4, atol=1e-5)


def test_a_users_own_classifier_that_does_not_fit_has_a_reason(tmp_path: Path) -> None:
    """Before anything trains: another shape, another file, no file; and weights of weights."""
    path = _own(tmp_path / "own.safetensors")
    assert misfit(str(path), (1, 28, 28)) == "own.safetensors reads images of 1 x 8 x 8 pixels"
    assert "points" in str(misfit(str(path), (2,)))
    assert "none.safetensors" in str(misfit(str(tmp_path / "none.safetensors"), (1, 8, 8)))
    path.write_bytes(b"?")
    assert "is not a classifier" in str(misfit(str(path), (1, 8, 8)))
    with pytest.raises(WeightsError, match="its own weights"):
        load_extractor(Wanted(str(path), "other.pth"))


@pytest.mark.parametrize("name", BUNDLED)
def test_bundled_extractors_tell_ten_classes_a_channel_apart(name: str) -> None:
    """What `labels` needs to know of logits, and how many modes that makes."""
    extractor = load_extractor(Wanted(name))
    logits = extractor(_noise(2, SHAPES[name])).logits
    assert extractor.classes == 10
    assert knows_modes(name) and classes_of(name) == 10 ** SHAPES[name][0]
    assert is_stacked(name) == (SHAPES[name][0] == 3)
    assert labels(logits, extractor.classes)[0].max() < 10 ** SHAPES[name][0]


def test_features_that_are_not_finite_are_the_extractors_fault() -> None:
    """Bytes are always finite: a generator must not be called diverged for broken weights."""
    extractor = load_extractor(Wanted("ganbench-digits"))
    for broken in (torch.nan, torch.inf):
        sick = replace(
            extractor, function=lambda x, to=broken: (x.flatten(1).double() * to, x.new_zeros(5, 0))
        )
        with pytest.raises(WeightsError, match="ganbench-digits gives features that are not finite"):
            sick(_noise(5, (1, 8, 8)))
