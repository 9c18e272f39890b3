"""What is searched in an arm, and where."""

from __future__ import annotations

from pathlib import Path

import pytest
from searches import planned

from bench.plan import Plan
from bench.problems import StudyError
from bench.settings import recipe
from bench.study import parse
from bench.tuning.space import Dimension, present, space, with_knobs
from gan.registry import LOSSES, TRICKS

HEAD = "question: q\nbase: {data: ring}\ndesign: search\nseeds: 2\nmetrics: [modes]\n"


def spaces(text: str) -> dict[str, dict[str, Dimension]]:
    """Arm -> name -> dimension, of every arm."""
    found: Plan = planned(HEAD + text)
    return {
        arm.name: {each.name: each for each in found.searched[arm.id].space}
        if arm.id in found.searched
        else {}
        for arm in found.arms
    }


def test_an_arm_without_knobs_is_searched_for_its_learning_rates() -> None:
    """Both, on the wide range of Lucic et al.; an arm with a trick for its knobs too."""
    found = spaces("factors: {r1: [off, on]}")
    rates = {"generator_lr", "discriminator_lr"}
    assert found["base"].keys() == rates
    assert found["r1"].keys() == {*rates, "r1.gamma"}
    assert found["base"]["generator_lr"] == Dimension("generator_lr", 1e-5, 1e-2, log=True)
    assert found["r1"]["r1.gamma"] == Dimension("r1.gamma", 0.01, 100.0, log=True)


def test_what_a_level_sets_to_a_number_stays() -> None:
    """It is what the level means; what the base sets is where the search begins."""
    found = spaces("factors: {r1: [off, on, {gamma: 0.3}], discriminator_lr: [1e-3, 1e-4]}\nbaseline: {}")
    assert found["r1 + discriminator_lr=0.001"].keys() == {"generator_lr", "r1.gamma"}
    assert found["r1(gamma=0.3) + discriminator_lr=0.001"].keys() == {"generator_lr"}
    named = spaces("arms: {fixed: {lr: 1e-3}, tuned: {r1: on}, strong: {r1: {gamma: 5}}}")
    assert named["fixed"] == {}
    assert "r1.gamma" in named["tuned"] and "r1.gamma" not in named["strong"]


def test_a_schedule_stays() -> None:
    """Its numbers are not one."""
    cosine = "{sigma: {shape: cosine, start: 0.3, end: 0}}"
    assert "instance_noise.sigma" not in spaces(f"factors: {{instance_noise: [{cosine}]}}").popitem()[1]
    assert "instance_noise.sigma" in spaces("factors: {instance_noise: [on]}").popitem()[1]


def test_a_study_may_narrow_and_add() -> None:
    """A narrowed knob keeps its scale where it can; an optimiser's numbers are searched only if asked for."""
    asked = "{r1.gamma: [0.1, 1], optimizer.beta1: [0, 0.9], lr: [1e-4, 1e-3]}"
    found = spaces(f"factors: {{r1: [on]}}\nsearch: {{knobs: {asked}}}").popitem()[1]
    assert found["r1.gamma"] == Dimension("r1.gamma", 0.1, 1.0, log=True)
    assert found["optimizer.beta1"] == Dimension("optimizer.beta1", 0.0, 0.9, log=False)
    assert found["generator_lr"] == Dimension("generator_lr", 1e-4, 1e-3, log=True)
    zero = spaces("factors: {r1: [on]}\nsearch: {knobs: {r1.gamma: [0, 1]}}").popitem()[1]
    assert not zero["r1.gamma"].log, "nothing has a logarithm of 0"


@pytest.mark.parametrize("name", TRICKS.names())
def test_every_range_holds_what_the_trick_accepts(name: str) -> None:
    """Each range of a trick holds the knob's default, and its ends are accepted as settings."""
    settings = planned(HEAD + f"factors: {{{name}: [on]}}").arms[0].settings
    found = space(settings, (), {})
    for each in found:
        trick, _, part = each.name.partition(".")
        assert each.low < each.high and (each.low > 0.0 or not each.log)
        if part and trick == name:
            default = TRICKS.spec(name).knob(part).default
            assert each.low <= default <= each.high
            for value in (each.low, each.high):
                parse(HEAD + f"factors: {{{name}: [{{{part}: {value!r}}}]}}", Path("x.yaml"))


@pytest.mark.parametrize("loss", LOSSES.names())
def test_settings_take_what_was_found(loss: str) -> None:
    """The recipe's numbers are those of the proposal, and its structure is what it was."""
    (arm,) = planned(HEAD + f"factors: {{loss: [{loss}], r1: [on]}}").arms
    found = space(arm.settings, (), {"optimizer.beta1": (0.0, 0.9)})
    proposal = {each.name: each.rounded((each.low + each.high) / 2) for each in found}
    changed = with_knobs(arm.settings, proposal)
    assert present(changed, found) == proposal != present(arm.settings, found)
    before, after = (recipe(settings, 0) for settings in (arm.settings, changed))
    assert after.structure() == before.structure() and after != before


def test_what_is_off_stays() -> None:
    """Of the base too: its numbers are otherwise where the search begins."""
    found = spaces("factors: {r1: [on]}\nsearch: {knobs: {lr: off, r1.gamma: [1, 2]}}").popitem()[1]
    assert found.keys() == {"r1.gamma"}


def test_a_search_without_anything_to_search_is_a_mistake() -> None:
    """And says so."""
    with pytest.raises(StudyError, match="there is nothing to search"):
        spaces("factors: {lr: [1e-3, 1e-4]}")
