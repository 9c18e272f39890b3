"""Files of weights: what is wrong with one is said in one line, in words that are not torch's."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from bench.features.errors import WeightsError
from bench.features.extractor import BUNDLED, FIDELITY, INCEPTION, Wanted
from bench.features.weights_file import refused, safe_path, weights_misfit
from bench.metrics.fid import Fid
from gan.data.digits import Digits


@pytest.mark.parametrize("name", [*BUNDLED, *FIDELITY, "own.safetensors"])
def test_only_what_can_read_a_file_is_given_one(name: str, tmp_path: Path) -> None:
    """Bundled and own classifiers are their weights, torch.hub has its own; no file is opened to say so."""
    path = tmp_path / "weights.pth"
    path.write_text("not opened")
    said = weights_misfit(Wanted(name, str(path)))
    if name in FIDELITY and not name.startswith("dinov2-"):
        assert said is None
    else:
        assert said is not None and said.startswith(name) and said.endswith("leave `weights` empty")
    assert weights_misfit(Wanted(name)) is None, "nothing was said about weights"


@pytest.mark.parametrize("file", ["none.pth", ".", "x" * 5000, "~nobody-of-this-name/x.pth", "a\0b"])
def test_a_path_that_leads_to_no_file_is_no_crash(file: str) -> None:
    """Missing, a folder, longer than names can be, in the home folder of nobody, with a null byte."""
    assert weights_misfit(Wanted(INCEPTION, file)) == f"{file}: no such file (weights of {INCEPTION})"


def test_a_metric_does_not_fit_without_its_weights(tmp_path: Path) -> None:
    """So that a study hears of it before anything runs."""
    path = tmp_path / "weights.pth"
    assert "no such file" in str(Fid(extractor=INCEPTION, weights=str(path)).fits(Digits()))
    path.touch()
    assert Fid(extractor=INCEPTION, weights=str(path)).fits(Digits()) is None
    assert "bundled weights" in str(Fid(weights=str(path)).fits(Digits()))


@pytest.mark.parametrize(
    "content",
    [torch.zeros(3), [torch.zeros(3)], {1: torch.zeros(3)}, {"state_dict": {"x": torch.zeros(3)}}, {"x": 1}],
    ids=["tensor", "list", "numbered", "nested", "number"],
)
def test_tensors_without_names_are_no_weights(content: Any, tmp_path: Path) -> None:
    """They can be opened, and are not what a network reads."""
    path = tmp_path / "weights.pth"
    torch.save(content, path)
    with pytest.raises(WeightsError) as caught:
        safe_path(Wanted(INCEPTION, str(path)))
    assert str(caught.value) == f"{path} does not hold tensors by their names, as a state dict does"


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"a.weight": torch.zeros(2, 2)}, "missing a.bias and 2 more"),
        (
            {name: torch.zeros(2) for name in ("a.bias", "b.bias", "c", "d")}
            | {f"{name}.weight": torch.zeros(2, 2) for name in "ab"},
            "unknown c and 1 more",
        ),
        (
            {
                "a.weight": torch.zeros(3, 2),
                "a.bias": torch.zeros(3),
                "b.weight": torch.zeros(2, 2),
                "c": torch.ones(1),
            },
            "missing b.bias; unknown c; another size of a.weight and 1 more",
        ),
    ],
)
def test_a_state_dict_of_another_network_is_told_by_its_names(given: dict[str, Tensor], why: str) -> None:
    """The first of each kind and how many more there are, from what torch itself says."""
    network = nn.Sequential()
    network.add_module("a", nn.Linear(2, 2))
    network.add_module("b", nn.Linear(2, 2))
    with pytest.raises(RuntimeError) as caught:
        network.load_state_dict(given)
    found = refused(Wanted("vgg16", "weights.pth"), caught.value)
    assert str(found) == f"weights.pth does not fit vgg16: {why}"
