"""The study of every trick under every loss: complete, and clear about what does not apply."""

from __future__ import annotations

import functools
import io
from pathlib import Path

from rich.console import Console

from bench.checking import overview
from bench.plan import Plan, plan
from bench.settings import ARM
from bench.study import load
from gan.registry import LOSSES, TRICKS

STUDY = Path(__file__).parents[2] / "studies" / "every_trick.yaml"


@functools.cache
def planned() -> Plan:
    return plan(load(STUDY))


def test_it_names_every_trick_and_every_loss() -> None:
    """One that has been added since belongs into the file."""
    study = planned().study
    assert {level.label for level in study.factors["loss"]} == set(LOSSES.names())
    arms = {level.label: level.of(ARM) for level in study.factors[ARM]}
    assert set(arms) == {"none", *TRICKS.names()}
    assert all(set(settings) == {name} for name, settings in arms.items() if name != "none")
    assert len(planned().arms) == (1 + len(TRICKS.names())) * len(LOSSES.names())


def test_each_pair_that_does_not_apply_is_printed_with_its_reason() -> None:
    """By `ganbench check`, a line a pair; under every loss some trick trains."""
    console = Console(width=400, file=io.StringIO(), record=True)
    console.print(overview(planned(), []))
    lines = [" ".join(line.split()) for line in console.export_text().splitlines()]
    declined = [arm for arm in planned().arms if arm.reason is not None]
    assert 0 < len(declined) < len(planned().arms)
    for arm in declined:
        assert f"{arm.name} 0 not applicable: {arm.reason}" in lines
        assert str(arm.reason).startswith(f"{arm.levels[ARM]}: "), "it is the trick that declines"
    assert {arm.levels["loss"] for arm in planned().arms if arm.runs} == set(LOSSES.names())
