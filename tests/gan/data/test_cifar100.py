"""One file a split; fine or coarse labels are the modes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from archives import noise, pickled, refuses, scaled

from gan.data.cifar100 import Cifar100


def _write(root: Path, **changes: object) -> None:
    (root / "cifar-100-python").mkdir()
    content = {
        "data": noise(4, 3072),
        "fine_labels": [99, 0, 0, 7],
        "coarse_labels": [19, 4, 4, 4],
        **changes,
    }
    (root / "cifar-100-python" / "test").write_bytes(pickled(content))


@pytest.mark.parametrize(
    ("labels", "modes", "shares"), [("fine", 100, {0: 2, 7: 1, 99: 1}), ("coarse", 20, {4: 3, 19: 1})]
)
def test_either_kind_of_label(tmp_path: Path, labels: str, modes: int, shares: dict[int, int]) -> None:
    """The same images, other modes."""
    _write(tmp_path)
    data = Cifar100(split="test", labels=labels)
    samples = data.load(tmp_path)
    assert data.modes == modes == len(samples.priors)
    assert {k: int(4 * p) for k, p in enumerate(samples.priors.tolist()) if p} == shares
    np.testing.assert_allclose(samples.x.numpy().reshape(4, -1), scaled(noise(4, 3072)), atol=1e-6)


def test_a_label_of_no_class_is_refused(tmp_path: Path) -> None:
    """A coarse one of the twenty."""
    _write(tmp_path, coarse_labels=[20, 0, 0, 0])
    refuses(Cifar100(split="test", labels="coarse"), tmp_path, "test", "outside 0 to 19", "--download")
    assert len(Cifar100(split="test").load(tmp_path).x) == 4


def test_missing_files_say_where(tmp_path: Path) -> None:
    refuses(Cifar100(), tmp_path, tmp_path / "cifar-100-python", "train", "--download", "--data-root")
