"""What tricks that act on one player, or on both, have in common."""

from __future__ import annotations

import torch

from gan.models.base import Layout
from gan.tricks.base import Setup, Side


def acts_on(setup: Setup, trick: str, side: Side) -> bool:
    """Whether the trick of this name is on, and `side` among the players that it acts on."""
    found = setup.tricks.get(trick)
    return found is not None and getattr(found, "player", side) in (side, "both")


def needs_latents(setup: Setup) -> str | None:
    """A reason to decline where all of G's samples are the same, whatever its latents."""
    if setup.model.uses_latent:
        return None
    return "this model's generator does not look at its latents; set another model"


def needs_matrices(setup: Setup, player: str) -> str | None:
    """A reason to decline where a player has no weight with rows and columns to normalise."""
    with torch.device("meta"):
        networks = {
            "generator": setup.model.generator(setup.data.shape, setup.latent_size),
            "discriminator": setup.model.discriminator(setup.data.shape),
        }
    sides = list(networks) if player == "both" else [player]
    if any(len(shape) > 1 for side in sides for _, shape in Layout.of(networks[side]).shapes):
        return None
    owner = "neither player" if player == "both" else f"no {player}"
    return f"{owner} of this model has a weight matrix to normalise; set another player or model"
