"""Orthogonal regularisation adds the gradient of a distance between W Wᵀ and the identity."""

from __future__ import annotations

import pytest
import torch
from gan_cases import moment, recipe
from gan_penalties import normal
from torch import Tensor

from gan.build import why_not
from gan.models.base import Layout
from gan.recipe import Choice
from gan.registry import MODELS
from gan.tricks.base import Game, Side
from gan.tricks.orthogonal import Orthogonal

LAYOUT = Layout((("a", (3, 5)), ("bias", (4,)), ("kernel", (4, 2, 2, 2)), ("trick:extra", (2, 2))))
LAYOUTS: dict[Side, Layout] = {"generator": LAYOUT, "discriminator": LAYOUT}


def _added(trick: Orthogonal, vector_P: Tensor, side: Side = "generator") -> Tensor:
    players: dict[Side, Tensor] = {"generator": vector_P, "discriminator": vector_P}
    game = Game(players, {})
    return trick.regularise(torch.zeros_like(vector_P), game, moment(side=side, layouts=LAYOUTS))


@pytest.mark.parametrize("variant", ["off_diagonal", "frobenius", "absolute"])
def test_it_is_the_papers_equation(variant: str) -> None:
    """Its gradient is that of a loop over pairs of rows; other tricks' parameters are left alone."""
    leaf = normal(LAYOUT.size).requires_grad_()
    total = torch.zeros((), dtype=torch.float64)
    for rows in (leaf[:15].reshape(3, 5), leaf[19:51].reshape(4, 8)):
        for i, one in enumerate(rows):
            for j, other in enumerate(rows):
                product = (one * other).sum()
                if variant == "off_diagonal":
                    total = total + (product**2 if i != j else 0.0)
                else:
                    gap = product - (1.0 if i == j else 0.0)
                    total = total + (gap**2 if variant == "frobenius" else gap.abs())
    (slow,) = torch.autograd.grad(0.3 * total, leaf)
    found = _added(Orthogonal(weight=0.3, variant=variant), leaf.detach())
    torch.testing.assert_close(found, slow, rtol=1e-8, atol=1e-8)
    assert (found[15:19] == 0).all() and (found[51:] == 0).all()


@pytest.mark.parametrize(("variant", "free"), [("off_diagonal", True), ("frobenius", False)])
def test_orthogonal_rows_are_left_alone(variant: str, free: bool) -> None:
    """Rows of length 1 by all variants, of length 2 only where the diagonal is free."""
    rows, _ = torch.linalg.qr(normal(8, 7))
    parts = {"a": rows.T[:3, :5] * 0.0, "bias": normal(4), "trick:extra": normal(2, 2)}
    for length, still in ((1.0, True), (2.0, free)):
        kernel = (length * rows.T[:4]).reshape(4, 2, 2, 2)
        vector = LAYOUT.pack({**parts, "kernel": kernel})
        moved = _added(Orthogonal(weight=1.0, variant=variant), vector)[19:51]
        assert (moved.abs().max() < 1e-12) == still


@pytest.mark.parametrize("player", ["generator", "discriminator", "both"])
def test_it_acts_on_the_player_that_it_names(player: str) -> None:
    """And leaves the gradient of the other as it is."""
    for side in ("generator", "discriminator"):
        added = _added(Orthogonal(player=player), normal(LAYOUT.size), side)  # type: ignore[arg-type]
        assert bool((added != 0).any()) == (player in (side, "both"))


def test_biggans_code_computes_half_of_it() -> None:
    """Its gradient is strength times 2 (W Wᵀ ⊙ (1 - I)) W, half of ours for the same number."""
    vector = normal(LAYOUT.size)
    w = vector[:15].reshape(3, 5)
    theirs = 1e-4 * 2 * (w @ w.T * (1 - torch.eye(3))) @ w
    ours = _added(Orthogonal(weight=5e-5), vector)[:15].reshape(3, 5)
    torch.testing.assert_close(ours, theirs, rtol=1e-12, atol=0)


def test_it_declines_where_there_is_no_matrix() -> None:
    """A player whose layers have one unit each has no two filters to keep apart."""
    tiny = Choice.of(MODELS, "mlp", width=1)
    reason = why_not(recipe({"orthogonal": {"player": "discriminator"}}, model=tiny))
    assert reason is not None and "no discriminator of this model has a weight matrix with two rows" in reason
    assert why_not(recipe({"orthogonal": {"player": "both"}}, model=tiny)) is None
