"""G's gradient is that of the mean over the samples that D takes for the most real, and over no others."""

from __future__ import annotations

import pytest
import torch
from gan_cases import moment, recipe
from torch import Tensor

from gan.build import component, why_not
from gan.recipe import Choice
from gan.registry import LOSSES
from gan.tricks.top_k import TopK

NOISE = torch.Generator().manual_seed(0)
LOGITS, REAL = torch.randn(2, 10, generator=NOISE, dtype=torch.float64)
MEANS = [name for name in LOSSES.names() if name != "relativistic_average"]
"""Losses of G that are means over its samples."""


@pytest.mark.parametrize(("share", "k"), [(1.0, 10), (0.74, 7), (0.5, 5), (0.16, 2), (0.01, 1)])
@pytest.mark.parametrize("name", MEANS)
def test_the_gradient_is_that_of_the_mean_over_the_best(name: str, share: float, k: int) -> None:
    """To 1e-12, for every loss; the rest has none, and the value of the loss is that over all."""
    loss = component("loss", Choice.of(LOSSES, name))

    def cut(logits: Tensor) -> Tensor:
        seen = TopK(share=share).judged(logits, moment())
        return loss.generator(seen, REAL if loss.pairs else None, loss.targets)

    best = sorted(range(10), key=lambda index: -float(LOGITS[index]))[:k]

    def plain(logits: Tensor) -> Tensor:
        return loss.generator(logits[best], REAL[best] if loss.pairs else None, loss.targets)

    torch.testing.assert_close(
        torch.func.grad(cut)(LOGITS), torch.func.grad(plain)(LOGITS), rtol=0, atol=1e-12
    )
    assert torch.equal(TopK(share=share).judged(LOGITS, moment()), LOGITS)


def test_among_equals_it_is_still_k() -> None:
    """Ties are broken by position."""
    slope = torch.func.grad(lambda x: TopK(share=0.3).judged(x, moment()).mean())(torch.zeros(10))
    torch.testing.assert_close(slope, torch.tensor([1 / 3] * 3 + [0.0] * 7))


def test_the_papers_schedule() -> None:
    """k falls by a constant factor from B to νB, and stays."""
    shape = {"shape": "geometric", "start": 1.0, "end": 0.5, "until": 0.5}
    trick = component("trick", Choice("top_k", {"share": shape}))
    logits = torch.arange(64, dtype=torch.float64)
    counts = [
        int((torch.func.grad(lambda x, t=t: trick.judged(x, moment(t)).sum())(logits) > 0).sum())
        for t in (0.0, 0.125, 0.25, 0.5, 1.0)
    ]
    assert counts == [64, round(64 * 0.5**0.25), round(64 * 0.5**0.5), 32, 32]


def test_a_share_that_leaves_nobody_out_is_declined() -> None:
    """It would be a silent no-op."""
    assert why_not(recipe({"top_k": {"share": 0.99}})) is not None
    assert why_not(recipe({"top_k": {"share": 0.9}})) is None
    assert why_not(recipe({"top_k": {"share": 0.5}, "packing": {"samples": 16}})) is not None
