"""torch-fidelity's extractors behind our interface: by name, from a file or a download, leaving no trace."""

from __future__ import annotations

import inspect
import os
import random
import re
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import random_networks
import torch
from pickle_trap import Trap
from torch import Tensor, nn
from torch_fidelity.feature_extractor_clip import MODEL_METADATA as CLIP_FILES
from torch_fidelity.feature_extractor_dinov2 import MODEL_METADATA as DINO_ENTRIES
from torch_fidelity.registry import FEATURE_EXTRACTORS_REGISTRY

from bench.features.errors import WeightsError
from bench.features.extractor import BUNDLED, FIDELITY, INCEPTION, Wanted, load_extractor, misfit, register
from bench.features.fidelity import parameters_sha256

CLIP = [name for name in FIDELITY if name.startswith("clip-")]
DINO = [name for name in FIDELITY if name.startswith("dinov2-")]


def _noise(channels: int, side: int = 9, n: int = 3) -> Tensor:
    generator = torch.Generator().manual_seed(0)
    return torch.randint(0, 256, (n, channels, side, side), generator=generator).to(torch.uint8)


def _theirs(name: str, layer: str, weights: Path, images: Tensor) -> Tensor:
    """torch-fidelity's own object on RGB images, without anything of ours."""
    kind = FEATURE_EXTRACTORS_REGISTRY[name]
    with pytest.warns(FutureWarning) if name in CLIP else nullcontext():
        network = kind(name, [layer], feature_extractor_weights_path=str(weights), verbose=False)
    with torch.no_grad():
        values: Tensor = network(images)[0]
    return values


def test_the_names_are_those_of_torch_fidelity() -> None:
    """They are listed in a file that does not import it; this keeps the list true."""
    register()
    assert set(FIDELITY) | set(BUNDLED) == set(FEATURE_EXTRACTORS_REGISTRY)


@pytest.mark.parametrize("name", FIDELITY)
def test_each_reads_grey_and_colour(name: str) -> None:
    """Known by its whole name: what merely begins like one does not exist."""
    assert misfit(name, (1, 28, 28)) is misfit(name, (3, 64, 64)) is None
    assert "2 channels" in str(misfit(name, (2, 8, 8)))
    assert str(misfit(f"{name}x", (1, 8, 8))).startswith(f"unknown extractor '{name}x'; did you mean")


@pytest.mark.parametrize("name", CLIP)
def test_clip_from_a_file_has_torch_fidelitys_features(name: str, tmp_path: Path) -> None:
    """Under each name: its layer, its values in float64, no logits, grey images as three equal channels."""
    weights = random_networks.clip(tmp_path / "clip.pt", name)
    extractor = load_extractor(Wanted(name, str(weights)))
    grey = _noise(1)
    found = extractor(grey)
    assert extractor.layer == "clip"
    assert (found.values.dtype, found.logits.shape) == (torch.float64, (3, 0))
    expected = _theirs(name, "clip", weights, grey.repeat(1, 3, 1, 1))
    assert torch.equal(found.values, expected.double())
    assert found.values.std(dim=0).min() > 0.0, "or any wrong picture would do"
    assert torch.equal(extractor(grey.repeat(1, 3, 1, 1)).values, found.values)


def test_a_download_is_recorded_by_what_was_loaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The hash is that of the parameters, whether they came from a file or from torch's download folder."""
    name = "clip-rn50"
    file = random_networks.clip(tmp_path / "clip.pt", name)
    folder = tmp_path / "hub" / "checkpoints"
    folder.mkdir(parents=True)
    (folder / f"{name}-{CLIP_FILES[name]['hash']}.pt").write_bytes(file.read_bytes())
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    downloaded, given = load_extractor(Wanted(name)), load_extractor(Wanted(name, str(file)))
    assert downloaded.sha256 == given.sha256
    other = random_networks.clip(tmp_path / "other.pt", "clip-vit-b-32")
    assert load_extractor(Wanted("clip-vit-b-32", str(other))).sha256 != given.sha256


def test_the_hash_sees_every_number_and_name() -> None:
    """One changed weight, one changed buffer, one changed name or type: another hash."""
    network = nn.Sequential(nn.Linear(2, 2), nn.BatchNorm1d(2))
    seen = {parameters_sha256(network)}
    with torch.no_grad():
        network[0].weight[0, 0] += 1e-6
    seen.add(parameters_sha256(network))
    network[1].running_mean[1] += 1.0
    seen.add(parameters_sha256(network))
    seen.add(parameters_sha256(nn.Sequential(*network, nn.Identity(), nn.Linear(1, 1))))
    seen.add(parameters_sha256(network.double()))
    assert len(seen) == 5


class _Dino(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(4, 3))

    def forward(self, x: Tensor) -> Tensor:
        return x.mean(dim=(2, 3)) @ self.weight.T


@pytest.mark.parametrize("name", DINO)
def test_each_dinov2_asks_torch_hub_for_its_own_network(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its name is its entry; it has no logits; the call leaves randomness and environment alone."""
    asked = []

    def load(*entry: str) -> nn.Module:
        asked.append(entry)
        return _Dino()

    monkeypatch.setattr(torch.hub, "load", load)
    before = torch.get_rng_state(), dict(os.environ)
    extractor = load_extractor(Wanted(name))
    assert torch.equal(before[0], torch.get_rng_state()) and before[1] == dict(os.environ)
    assert asked == [("facebookresearch/dinov2", DINO_ENTRIES[name])]
    found = extractor(_noise(1))
    assert extractor.layer == "dinov2"
    assert (found.values.shape, found.values.dtype, found.logits.shape) == ((3, 4), torch.float64, (3, 0))


def test_dinov2_reads_no_file(tmp_path: Path) -> None:
    """torch-fidelity has no format for it; the message says what to do instead."""
    path = tmp_path / "dino.pth"
    path.touch()
    with pytest.raises(WeightsError, match=r"reads no file.*torch\.hub\.load.*dinov2_vits14"):
        load_extractor(Wanted("dinov2-vit-s-14", str(path)))


def _offline(*arguments: Any, **options: Any) -> None:
    raise OSError("Name or service not known")


def _untrusted(*arguments: Any, **options: Any) -> None:
    raise EOFError("EOF when reading a line")


@pytest.mark.parametrize(
    ("name", "fail"), [*((name, _offline) for name in FIDELITY), *((name, _untrusted) for name in DINO)]
)
def test_without_a_network_each_says_where_its_weights_are(
    name: str, fail: Callable[..., None], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """An address, or for DINOv2 a call, and what to do with what it gives; one line, no traceback."""
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    monkeypatch.setattr("torch.hub.download_url_to_file", fail)
    monkeypatch.setattr("torch.hub.load", fail)
    with pytest.raises(WeightsError) as caught:
        load_extractor(Wanted(name))
    message = str(caught.value)
    assert message.startswith(f"the weights of {name} are not here and cannot be downloaded (")
    assert "\n" not in message
    if name in DINO:
        assert f"torch.hub.load('facebookresearch/dinov2', '{DINO_ENTRIES[name]}')" in message
    else:
        assert "fetch https://" in message and message.endswith("`weights: FILE`")


@pytest.mark.parametrize("name", [INCEPTION, "vgg16", "clip-rn50"])
@pytest.mark.parametrize("content", [b"", b"no weights", None], ids=["empty", "text", "other tensors"])
def test_a_file_of_something_else_is_refused(name: str, content: bytes | None, tmp_path: Path) -> None:
    """In one line of our own that names the file: torch's advice to open it unsafely is not passed on."""
    path = tmp_path / "weights.pth"
    if content is None:
        torch.save({"x": torch.zeros(3)}, path)
    else:
        path.write_bytes(content)
    with pytest.raises(WeightsError) as caught:
        load_extractor(Wanted(name, str(path)))
    message = str(caught.value)
    if name.startswith("clip-"):
        assert message == f"{path} is not the TorchScript archive that OpenAI publishes of {name}"
    elif content is None:
        assert re.fullmatch(
            f"{path} does not fit {name}: missing [\\w.]+ and [\\d,]+ more; unknown x", message
        )
    else:
        assert (
            message == f"{path} is no weights file that can be opened safely: it does not hold tensors only"
        )


def test_a_file_that_is_missing_is_named(tmp_path: Path) -> None:
    """With what it was wanted for."""
    with pytest.raises(WeightsError, match=r"weights\.pth: no such file \(weights of inception-v3-compat\)"):
        load_extractor(Wanted(INCEPTION, str(tmp_path / "weights.pth")))


def test_a_weights_file_that_would_run_code_is_not_opened(tmp_path: Path) -> None:
    """torch-fidelity unpickles whatever it is given, so it is given tensors only."""
    path, trace = tmp_path / "bad.pth", tmp_path / "trace"
    torch.save(Trap(trace), path)
    with pytest.raises(WeightsError, match="tensors only"):
        load_extractor(Wanted(INCEPTION, str(path)))
    assert not trace.exists()


def test_weights_that_are_not_finite_are_refused(tmp_path: Path) -> None:
    """They would make every generator look as if it had diverged."""
    name = "clip-rn50"
    path = random_networks.clip(tmp_path / "clip.pt", name)
    with pytest.warns(FutureWarning):
        archive = torch.jit.load(path)
    archive.visual.conv1.weight.data[0, 0, 0, 0] = torch.nan
    with pytest.warns(FutureWarning):
        torch.jit.save(archive, path)
    with pytest.raises(WeightsError, match="not finite"):
        load_extractor(Wanted(name, str(path)))


def test_nothing_of_the_caller_is_touched(tmp_path: Path) -> None:
    """Its network keeps its mode and its gradients, its three random generators their states."""
    network = nn.Sequential(nn.Linear(2, 2), nn.Dropout()).train()
    weights = random_networks.clip(tmp_path / "clip.pt", "clip-vit-b-32")

    def state() -> tuple[bytes, str, str, bool, bool, bool]:
        mode = network.training, network[0].weight.requires_grad, torch.is_grad_enabled()
        return (
            torch.get_rng_state().numpy().tobytes(),
            str(random.getstate()),
            str(np.random.get_state()),
            *mode,
        )

    before = state()
    load_extractor(Wanted("clip-vit-b-32", str(weights)))(_noise(3))
    assert state() == before


def _check_route(name: str, layer: str, width: int, classes: int, weights: Path) -> None:
    """The right layer, torch-fidelity's values, and its logits where it has some; grey is RGB."""
    before = torch.get_rng_state()
    extractor = load_extractor(Wanted(name, str(weights)))
    found = extractor(_noise(1))
    assert torch.equal(before, torch.get_rng_state()), "building a network draws from a fork"
    assert extractor.layer == layer
    assert (found.values.shape, found.logits.shape) == ((3, width), (3, classes))
    expected = _theirs(name, layer, weights, _noise(1).repeat(1, 3, 1, 1))
    assert torch.equal(found.values, expected.double())
    assert found.values.std(dim=0).max() > 0.0


@pytest.mark.slow
def test_inception_from_a_file(tmp_path: Path) -> None:
    """2,048 features; its logits are the ones that torch-fidelity computes inception scores from."""
    weights = random_networks.inception(tmp_path / "inception.pth")
    _check_route(INCEPTION, "2048", 2048, 1008, weights)
    isc = FEATURE_EXTRACTORS_REGISTRY[INCEPTION].get_default_feature_layer_for_metric("isc")
    logits = load_extractor(Wanted(INCEPTION, str(weights)))(_noise(3)).logits
    assert torch.equal(logits, _theirs(INCEPTION, isc, weights, _noise(3)).double())


@pytest.mark.slow
def test_vgg16_from_a_file(tmp_path: Path) -> None:
    """4,096 features after the second ReLU, as torch-fidelity's precision and recall use; no logits."""
    _check_route("vgg16", "fc2_relu", 4096, 0, random_networks.vgg16(tmp_path / "vgg16.pth"))


def test_what_torch_fidelity_is_told_is_what_it_listens_to() -> None:
    """It ignores options that it does not know, so a renamed one would silently mean a download."""
    for name in FIDELITY:
        parameters = inspect.signature(FEATURE_EXTRACTORS_REGISTRY[name].__init__).parameters
        assert "feature_extractor_weights_path" in parameters, name
