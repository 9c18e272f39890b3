"""torch-fidelity's own command line, on samples saved as PNG folders."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from png_folder import save_pngs
from torch import Tensor

from bench.features.extractor import register
from bench.features.pixels import to_uint8

Fidelity = Callable[..., dict[str, float]]


def _pixels(x: Tensor) -> np.ndarray[Any, Any]:
    """N x H x W, or of colour N x H x W x 3."""
    images = to_uint8(x).permute(0, 2, 3, 1).numpy()
    return images[..., 0] if images.shape[3] == 1 else images


@pytest.fixture
def fidelity(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Fidelity:
    """torch-fidelity's command line on two sets of float images, saved as PNG folders."""
    from torch_fidelity.fidelity import main

    def run(generated: Tensor, real: Tensor, extractor: str, *options: str) -> dict[str, float]:
        register()
        register()
        sides = {"generated": generated, "real": real}
        folders = [save_pngs(tmp_path / name, _pixels(x)) for name, x in sides.items()]
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
