"""A user's own classifier: any square, any number of classes, and a file that says how to rebuild it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.torch import load_file, save_file

from bench.features.errors import WeightsError
from bench.features.own_classifier import SIDES, Description, OwnClassifier, describe, load, serialised


def _file(path: Path, channels: int = 1, side: int = 8, classes: tuple[str, ...] = ("a", "b")) -> Path:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        network = OwnClassifier(channels, side, len(classes))
    path.write_bytes(serialised(network, Description(channels, side, classes, 0.75, {"epochs": 3})))
    return path


@settings(max_examples=25)
@given(st.sampled_from([1, 3]), st.integers(*SIDES), st.integers(2, 40))
def test_every_size_is_read(channels: int, side: int, classes: int) -> None:
    """Two images in, 64 features and a logit a class out; at most 7 pixels a side reach the linear layer."""
    network = OwnClassifier(channels, side, classes)
    features, logits = network(torch.zeros(2, channels, side, side))
    assert (features.shape, logits.shape) == ((2, 64), (2, classes))
    assert network.features.in_features <= 32 * 7 * 7


def test_a_file_holds_the_network_and_what_it_is(tmp_path: Path) -> None:
    """What was written is what is read: numbers, names, accuracy; frozen, without drawing a random number."""
    path = _file(tmp_path / "own.safetensors", 3, 12, ("cat", "dog", "über"))
    before = torch.get_rng_state()
    loaded = load(str(path))
    assert torch.equal(before, torch.get_rng_state())
    assert loaded.description == describe(str(path))
    assert loaded.description == Description(3, 12, ("cat", "dog", "über"), 0.75, {"epochs": 3})
    assert loaded.description.shape == (3, 12, 12)
    assert not loaded.network.training
    assert not any(weight.requires_grad for weight in loaded.network.parameters())
    torch.manual_seed(0)
    original = OwnClassifier(3, 12, 3).eval()
    x = torch.rand(4, 3, 12, 12)
    assert torch.equal(loaded.network(x)[1], original(x)[1])


def test_the_same_network_is_the_same_file(tmp_path: Path) -> None:
    """safetensors shuffles several entries of metadata from call to call; scores name files by their hash."""
    contents = {_file(tmp_path / f"{index}.safetensors").read_bytes() for index in range(10)}
    assert len(contents) == 1


@pytest.mark.parametrize(
    "content",
    [b"", b"short", b"\x08\0\0\0\0\0\0\0{}      ", b"\xff" * 40, b"\x05\0\0\0\0\0\0\0[[[[["],
    ids=["empty", "short", "no metadata", "endless header", "torn JSON"],
)
def test_other_bytes_are_refused(content: bytes, tmp_path: Path) -> None:
    """One line that names the file."""
    path = tmp_path / "other.safetensors"
    path.write_bytes(content)
    for read in (describe, load):
        with pytest.raises(WeightsError, match=r"other\.safetensors is not a classifier"):
            read(str(path))


@pytest.mark.parametrize(
    "change",
    [
        {"format": 2},
        {"channels": 2},
        {"channels": True},
        {"side": 7},
        {"side": 65},
        {"side": 8.0},
        {"side": "8"},
        {"classes": ["a"]},
        {"classes": [1, 2]},
        {"extra": 1},
    ],
    ids=str,
)
def test_metadata_that_describes_no_classifier_is_refused(change: dict[str, object], tmp_path: Path) -> None:
    """Nothing is built from it."""
    path = _file(tmp_path / "own.safetensors")
    about = {"format": 1, "channels": 1, "side": 8, "classes": ["a", "b"], "accuracy": 1.0, "training": {}}
    save_file(load_file(path), path, metadata={"ganbench": json.dumps(about)})
    assert describe(str(path)).side == 8, "or the changes below would prove nothing"
    save_file(load_file(path), path, metadata={"ganbench": json.dumps(about | change)})
    with pytest.raises(WeightsError, match=r"own\.safetensors (is not a classifier|was written by another)"):
        describe(str(path))


def test_weights_that_are_not_those_described_are_refused(tmp_path: Path) -> None:
    """Another shape, another type, a number that is none."""
    path = _file(tmp_path / "own.safetensors")
    about = json.dumps(
        {"format": 1, "channels": 1, "side": 8, "classes": ["a", "b"], "accuracy": 1.0, "training": {}}
    )
    weights = load_file(path)
    broken = {
        "shape": {**weights, "logits.bias": torch.zeros(3)},
        "missing": {name: value for name, value in weights.items() if name != "logits.bias"},
        "type": {name: value.double() for name, value in weights.items()},
        "nan": {**weights, "logits.bias": torch.tensor([0.0, torch.nan])},
    }
    for changed in broken.values():
        save_file(changed, path, metadata={"ganbench": about})
        with pytest.raises(WeightsError, match=r"own\.safetensors: its weights are not"):
            load(str(path))


def test_no_file_is_one_line(tmp_path: Path) -> None:
    """As every mistake of a user."""
    for path in (tmp_path / "none.safetensors", tmp_path):
        with pytest.raises(WeightsError, match="a classifier's weights"):
            load(str(path))
