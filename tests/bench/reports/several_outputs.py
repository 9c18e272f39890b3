"""A study of three outputs whose best arms differ: no record, no runs."""

from __future__ import annotations

from dataclasses import replace

from factor_studies import study

from bench.rows import SUFFIXES, Results

_FID = {"ns": 3.0, "hinge": 2.0, "w": 9.0}
_MODES = {"ns": 7.0, "hinge": 6.0, "w": 9.0}
_KID = {"ns": 0.1, "hinge": 0.13, "w": 0.9}
BEST = {"modes": "w", "fid": "hinge", "kid": "ns"}
"""Output -> the arm that leads on it."""


def three_outputs(failing: bool = False) -> Results:
    """Losses `ns` (baseline), `hinge` and `w`, with and without noise; `modes` is declared.

    With noise each score is worse than without; of KID, `hinge` cannot be told from `ns`. Where `failing`,
    one run of `w` with noise has no score.
    """

    def score(levels: dict[str, str], seed: int) -> float | str:
        if failing and seed == 2 and levels == {"loss": "w", "noise": "on"}:
            return "diverged"
        return _FID[levels["loss"]] + (levels["noise"] == "on") + seed * (seed % 3) / 64

    found = study({"loss": ["ns", "hinge", "w"], "noise": ["off", "on"]}, score)  # type: ignore[arg-type]
    rows = found.rows.copy()
    worse, jitter = rows["noise"] == "on", rows["fid.final"] * 0 + rows["seed"].astype(float) % 2 / 64
    for suffix in SUFFIXES:
        rows[f"modes.{suffix}"] = rows["loss"].map(_MODES).astype(float) - worse - jitter
        rows[f"kid.{suffix}"] = rows["loss"].map(_KID).astype(float) + worse + jitter
    fid = {**found.plan["outputs"]["fid"], "metric": "fid"}
    modes = {**fid, "metric": "modes", "label": "modes", "direction": "higher", "ceiling": 10.0}
    outputs = {"modes": modes, "fid": fid, "kid": {**fid, "metric": "kid", "label": "KID"}}
    return replace(found, rows=rows, plan=found.plan | {"outputs": outputs, "primary": "modes"})
