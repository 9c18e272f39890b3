"""The FID that a run reports is torch-fidelity's on the same samples, from recipe to journal."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from bench.journal import Event
from bench.plan import plan
from bench.study import parse
from bench.tasks import Member, Place, Scoring, Task
from bench.worker import prepare, protocol, work
from gan.build import knobs_of, nets_of, state_of
from gan.checkpoint import Checkpoint
from gan.data.digits import Digits
from gan.players import State
from gan.recipe import Choice, digest
from gan.sampling import sample

STUDY = """
question: What is the FID of a few steps?
base: {data: digits, model: {mlp: {width: 32}}, steps: 30, batch_size: 32, ema: {decay: 0.5}}
seeds: 2
metrics: [fid]
evaluate_every: 15
samples: 400
"""


def test_the_journal_holds_what_torch_fidelity_prints_for_the_checkpoint(
    tmp_path: Path, fidelity: Callable[..., dict[str, float]]
) -> None:
    """Train a cohort as a worker does; sample its saved state again; ask `fidelity --fid` about the PNGs."""
    planned = plan(parse(STUDY, tmp_path / "fid.yaml"))
    data = planned.study.base["data"]
    assert isinstance(data, Choice)
    scoring = Scoring(data, planned.study.metrics, planned.study.samples, 15, tmp_path)
    members = tuple(Member(r.id, r.arm, "base", r.seed, r.recipe, r.params) for r in planned.runs)
    _, scorer = prepare(scoring, "cpu")
    task = Task("cohort", members, scoring, Place(), tmp_path, digest(protocol(scoring, scorer)))
    events: list[Event] = []
    work(task, events.append, lambda: False)

    last = members[-1]
    done = next(e for e in events if e["type"] == "done" and e["run"] == last.run)
    reported = [e["metrics"]["fid"] for e in events if e["type"] == "score" and e["run"] == last.run][-1]
    generated = _samples_of(last, tmp_path / done["checkpoint"])
    x = Digits().load(tmp_path).x
    order = torch.randperm(len(x), generator=torch.Generator().manual_seed(0))
    theirs = fidelity(generated, x[order[:400]], "ganbench-digits")["frechet_inception_distance"]
    assert reported == pytest.approx(theirs, rel=1e-3), "a run's FID is torch-fidelity's FID"


def _samples_of(member: Member, path: Path) -> torch.Tensor:
    """400 samples of a finished run, from its checkpoint and its recipe alone."""
    saved = Checkpoint.load(path, torch.device("cpu"))
    assert saved is not None
    nets, knobs = nets_of(member.recipe), knobs_of(member.recipe, torch.device("cpu"))
    leaves, spec = torch.utils._pytree.tree_flatten(state_of(member.recipe, nets, knobs))
    state: State = torch.utils._pytree.tree_unflatten(saved.tensors[: len(leaves)], spec)
    return sample(state, knobs, nets, saved.step, 400)
