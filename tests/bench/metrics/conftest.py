"""torch-fidelity's own command line, on samples saved as PNG folders."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from torch import Tensor

from bench.features.extractor import register
from bench.features.pixels import to_uint8

Fidelity = Callable[..., dict[str, float]]


def save_pngs(x: Tensor, folder: Path) -> Path:
    folder.mkdir()
    for index, image in enumerate(to_uint8(x).numpy()):
        pixels = image[0] if len(image) == 1 else np.ascontiguousarray(image.transpose(1, 2, 0))
        Image.fromarray(pixels).save(folder / f"{index:05}.png")
    return folder


@pytest.fixture
def fidelity(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Fidelity:
    """torch-fidelity's command line on two sets of float images, saved as PNG folders."""
    from torch_fidelity.fidelity import main

    def run(generated: Tensor, real: Tensor, extractor: str, *options: str) -> dict[str, float]:
        register()
        register()
        folders = (save_pngs(generated, tmp_path / "generated"), save_pngs(real, tmp_path / "real"))
        arguments = [
            "--input1",
            str(folders[0]),
            "--input2",
            str(folders[1]),
            "--feature-extractor",
            extractor,
        ]
        arguments += ["--fid", "--cpu", "--json", "--silent", "--no-cache", "--save-cpu-ram", *options]
        monkeypatch.setattr(sys, "argv", ["fidelity", *arguments])
        monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
        main()
        result: dict[str, float] = json.loads(capsys.readouterr().out)
        return result

    return run
