"""The Dirac-GAN on paper: how its update map turns and stretches near the equilibrium ψ = θ = 0.

With D(x) = ψ x, data at 0 and a sample at θ, every loss of the form L = f(ψθ) + f(0) gives, to first
order, the gradients that the players descend

    g_ψ = a θ + c ψ,     g_θ = -a ψ + e θ,     a = |f'(0)|

where a is 1/2 for the losses made of log σ and 1 for Wasserstein's, and c, e come from regularisers:

    R1, R2       γ/2 ‖∇ₓD‖² = γ/2 ψ²                                c = γ
    noise        E softplus(-ψσε) + E softplus(ψ(θ + σε)) has the curvature 2 σ²/4 in ψ      c = σ²/2
    consensus    γ/2 ‖v‖² = γ/2 a² (ψ² + θ²) + higher order         c = e = γ a²

One step of size h maps (ψ, θ) by I - h [[c, a], [-a, e]] if both move at once, and by the product of D's
step and then G's if they take turns.

Of a batch of B, instance noise gives D the gradient θ/2 + ĉ ψ + σ (ε̄' - ε̄)/2, ĉ = σ²/4 · mean(ε² + ε'²), to
first order: a linear map with a random entry, E ĉ = σ²/2 and Var ĉ = σ⁴/(4B), and a push that does not
depend on where the players are. To G it gives -ψ/2, as without noise. On average these are the paper's
eigenvalues of training with instance noise, f''(0) σ² ± √(f''(0)² σ⁴ - f'(0)²) with f''(0) = -1/4.

Reference: Mescheder, Geiger, Nowozin 2018, "Which training methods for GANs do actually converge?",
arXiv:1801.04406: its sections on the Dirac-GAN, on instance noise and on zero-centred gradient penalties.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.optimize import brentq

Matrix = np.ndarray[Any, np.dtype[np.float64]]


@dataclass(frozen=True)
class Method:
    """A way to train the Dirac-GAN, and its linearisation."""

    loss: str
    tricks: dict[str, dict[str, Any]]
    a: float
    c: float = 0.0
    e: float = 0.0

    def map(self, h: float, updates: str) -> Matrix:
        """The update map on (ψ, θ) for learning rate h, linearised at the equilibrium."""
        if updates == "simultaneous":
            return np.eye(2) - h * np.array([[self.c, self.a], [-self.a, self.e]])
        d_moves = np.eye(2) - h * np.array([[self.c, self.a], [0.0, 0.0]])
        g_moves = np.eye(2) - h * np.array([[0.0, 0.0], [-self.a, self.e]])
        return g_moves @ d_moves

    def radius(self, h: float, updates: str) -> float:
        """Largest modulus of the map's eigenvalues: the factor per step in the long run."""
        return float(np.abs(np.linalg.eigvals(self.map(h, updates))).max())

    def largest_rate(self, updates: str) -> float:
        """The learning rate beyond which the equilibrium repels: where the radius passes 1 again."""
        grid = np.linspace(1e-3, 20.0, 2_000)
        radii = np.array([self.radius(h, updates) for h in grid])
        assert radii[0] < 1.0, "it attracts for small learning rates"
        over = int(np.argmax(radii > 1.0))
        return float(brentq(lambda h: self.radius(h, updates) - 1.0, grid[over - 1], grid[over]))


METHODS = {
    "minimax": Method("minimax", {}, a=0.5),
    "non_saturating": Method("non_saturating", {}, a=0.5),
    "wasserstein": Method("wasserstein", {}, a=1.0),
    "r1": Method("non_saturating", {"r1": {"gamma": 0.6}}, a=0.5, c=0.6),
    "r1, overdamped": Method("non_saturating", {"r1": {"gamma": 3.0}}, a=0.5, c=3.0),
    "r1, wasserstein": Method("wasserstein", {"r1": {"gamma": 0.8}}, a=1.0, c=0.8),
    "r2": Method("minimax", {"r2": {"gamma": 0.6}}, a=0.5, c=0.6),
    "r1 + r2": Method("minimax", {"r1": {"gamma": 0.4}, "r2": {"gamma": 0.3}}, a=0.5, c=0.7),
    "consensus": Method("minimax", {"consensus": {"gamma": 2.0}}, a=0.5, c=0.5, e=0.5),
    "consensus, non_saturating": Method("non_saturating", {"consensus": {"gamma": 2.0}}, a=0.5, c=0.5, e=0.5),
    "consensus, wasserstein": Method("wasserstein", {"consensus": {"gamma": 0.5}}, a=1.0, c=0.5, e=0.5),
}
"""All whose gradients hold no randomness."""


def noisy(sigma: float) -> Method:
    """Instance noise of constant standard deviation, and the mean of its random linearisation."""
    constant = {"sigma": {"shape": "constant", "start": sigma}}
    return Method("non_saturating", {"instance_noise": constant}, a=0.5, c=sigma**2 / 2.0)


UPDATES = ("simultaneous", "alternating")
