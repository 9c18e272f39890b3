"""How many different samples a generator makes, by the birthday paradox.

    support = N (N - 1) / 2 / max(P, 1),   P the number of pairs of near-duplicates among N samples
    near_duplicates = share of samples that are in such a pair

Two draws out of S equally likely samples are the same with probability 1 / S. Near-duplicates are nearer than
τ, the distance within which 1 % of the real samples have their nearest neighbour; where the data repeats
itself so often that τ is 0, they are exact duplicates. If no pair is found the estimate is that of one
pair: a lower bound. Nothing can be said above N (N - 1) / 2, where all generators without duplicates stand
alike: the number finds few samples, and must not rank.

Sees: few different samples, however good each is and however evenly they fall on the modes. Blind to:
duplicates under noise wider than τ (a hundred images under strong noise count as different); lost modes,
if the others are varied; data of few different samples, whose own support is small: compare with the oracle.

Reference: Arora and Zhang 2017, "Do GANs actually learn the distribution? An empirical study",
arXiv:1706.08224 (there a person judges the 20 closest pairs).
"""

from __future__ import annotations

from bench.features.extractor import Wanted
from bench.metrics._bank import Bank, Scored
from bench.metrics._company import among_themselves, near_duplicate
from bench.metrics._seen import declined, through
from bench.metrics.base import Metric, Output
from gan.data.base import Data
from gan.tree import knob, tree


@tree
class Support(Metric):
    extractor: str = knob("auto", unit="name")
    """What images are seen through; auto: the data's bundled classifier if it has one, else Inception."""
    weights: str = knob("", unit="path")
    """Weights of one of torch-fidelity's extractors; empty: its own download."""

    def outputs(self, data: Data) -> tuple[Output, ...]:
        return (
            Output("support", "support", "higher", digits=0, headline=False),
            Output("near_duplicates", "near-duplicates", "lower", digits=3, headline=False),
        )

    def fits(self, data: Data) -> str | None:
        return declined(data, self.extractor, self.weights)

    def reads(self, data: Data) -> Wanted | None:
        return through(data, self.extractor, self.weights)

    def cautions(self, data: Data, n: int, primary: bool) -> list[str]:
        if not primary:
            return []
        return [
            "all generators without near-duplicates have the same support; "
            "make `fid`, `precision_recall` or `modes` the primary metric"
        ]

    def score(self, bank: Bank, samples: Scored) -> dict[str, float]:
        wanted = self.reads(bank.data)
        found = among_themselves(bank, samples, wanted)
        near = found.nearest[:, 0] <= near_duplicate(bank, wanted)
        return {
            "support": samples.n * (samples.n - 1) / 2 / max(found.pairs, 1.0),
            "near_duplicates": float(near.double().mean()),
        }
