"""The published benchmark's arrangement: three MNIST digits, a thousand modes."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from gan.data.mnist import load_mnist
from gan.data.stacked_mnist import StackedMnist

FILES = Path(__file__).parents[3].parent / "shared" / "data"


@pytest.mark.skipif(not (FILES / "mnist").is_dir(), reason="MNIST's files are not beside the repository")
def test_every_channel_is_an_image_of_the_split() -> None:
    """And the shares are products of the ten digits'."""
    samples = StackedMnist(split="test", size=40).load(FILES)
    images, labels = load_mnist(FILES, "test", download=False)
    known = {hash(image.numpy().tobytes()) for image in images[:, 0]}
    assert samples.x.shape == (40, 3, 28, 28)
    assert all(hash(image.numpy().tobytes()) in known for image in samples.x.flatten(0, 1).contiguous())
    shares = torch.bincount(labels).double() / len(labels)
    torch.testing.assert_close(samples.priors[321], shares[3] * shares[2] * shares[1])
