"""One run in training, and one step of it: kept if all of it is finite, else the run stays as it was."""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor
from torch.utils import _pytree as pytree

from gan.health import HEALTH
from gan.players import Knobs, Nets, State
from gan.step import step
from gan.tree import tree

LOGGED = ("d_loss", "g_loss", "d_gradient_norm", "g_gradient_norm", "logit_real", "logit_fake", *HEALTH)
"""What a step reports, in the order in which `Replica.sums` holds it."""
NEVER = -1
"""`Replica.diverged` of a run that has not."""


@tree
class Replica:
    """One run in training."""

    state: State
    sums: Tensor
    """Sums of the logged values over the current window, shape len(LOGGED)."""
    count: Tensor
    """Steps in the current window, scalar."""
    diverged: Tensor
    """The step at which something was no longer finite, int64 scalar; -1 if never."""


def attempt(replica: Replica, data: Tensor, knobs: Knobs, n: Tensor, nets: Nets) -> tuple[Replica, Tensor]:
    """One step of one replica, and whether it is to be kept: all is finite, now and before.

    The state that is returned is the new one in any case; `settle` decides.
    """
    state, log = step(replica.state, data, knobs, n, nets)
    values = torch.stack([log[name] for name in LOGGED])
    # A sum is finite only if every term is: cheaper than looking at each.
    watched = [values.sum(), *(player.parameters.sum() for player in state.players.values())]
    alive = replica.diverged == NEVER
    fine = torch.isfinite(torch.stack(watched)).all() & alive
    after = Replica(
        state=state,
        sums=replica.sums + torch.where(fine, values, 0.0),
        count=replica.count + fine,
        diverged=torch.where(alive & ~fine, n + 1, replica.diverged),
    )
    return after, fine


def settle(before: Replica, after: Replica, fine: Tensor) -> Replica:
    """`after`, but with the state from `before` unless all is fine."""
    new, spec = pytree.tree_flatten(after.state)
    old = pytree.tree_leaves(before.state)
    kept = [torch.where(fine, ours, theirs) for ours, theirs in zip(new, old, strict=True)]
    return replace(after, state=pytree.tree_unflatten(kept, spec))


def advance(replica: Replica, data: Tensor, knobs: Knobs, n: Tensor, nets: Nets) -> Replica:
    """One step of one replica, unless it has diverged: then it stays as it was."""
    return settle(replica, *attempt(replica, data, knobs, n, nets))
