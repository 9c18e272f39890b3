"""Arms that a study spells out by name: several settings at once, crossed with the factors."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from rich.console import Console

from bench.checking import overview
from bench.plan import plan
from bench.settings import ARM
from bench.study import StudyError, parse

TEXT = """\
question: Which of these?
base: {data: ring, r1: on}
arms:
  vanilla: {loss: minimax, r1: off}
  WGAN: {loss: wasserstein, lr: 1e-4, wgan_gp: {weight: 1}}
factors:
  d_steps: [1, 5]
seeds: 2
metrics: [modes]
baseline: {arm: WGAN}
"""


def mistakes(text: str) -> list[str]:
    with pytest.raises(StudyError) as caught:
        parse(text, Path("x.yaml"))
    return [str(problem) for problem in caught.value.problems]


def test_an_arm_changes_all_its_settings_at_once() -> None:
    """Each is crossed with every level of the factors, the baseline's named arm first."""
    planned = plan(parse(TEXT, Path("x.yaml")), why_not=lambda recipe: None)
    assert [arm.name for arm in planned.arms] == [
        "WGAN + d_steps=1",
        "vanilla + d_steps=1",
        "vanilla + d_steps=5",
        "WGAN + d_steps=5",
    ]
    wgan, vanilla = (planned.arms[i].runs[0].recipe for i in (0, 2))
    assert (wgan.loss.name, wgan.generator_lr, wgan.discriminator_lr) == ("wasserstein", 1e-4, 1e-4)
    assert [trick.name for trick in wgan.tricks] == ["r1", "wgan_gp"], "the base's too"
    assert (vanilla.loss.name, vanilla.d_steps, vanilla.tricks) == ("minimax", 5, ())
    assert planned.arms[2].levels == {ARM: "vanilla", "d_steps": "5"}
    assert planned.arms[2].runs[0].params["wgan_gp"] == "off", "a trick of any arm is on or off in all"


def test_the_first_arm_is_the_baseline_where_nobody_says() -> None:
    """In the file's order."""
    text = TEXT.replace("baseline: {arm: WGAN}\n", "")
    assert plan(parse(text, Path("x.yaml")), why_not=lambda recipe: None).arms[0].levels[ARM] == "vanilla"


def test_check_says_what_each_arm_sets() -> None:
    """With its options, and without repeating under `every run` what differs."""
    planned = plan(parse(TEXT, Path("x.yaml")), why_not=lambda recipe: None)
    console = Console(width=200, file=io.StringIO(), record=True)
    console.print(overview(planned, []))
    text = console.export_text()
    assert "loss wasserstein, generator_lr 0.0001, discriminator_lr 0.0001, wgan_gp(weight=1)" in text
    (common,) = [line for line in text.splitlines() if line.startswith("every run")]
    assert "loss" not in common and "lr" not in common and "r1" not in common


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (
            "loss: minimax, r1",
            "los: minimax, r1",
            "4:13: unknown setting or trick 'los'; did you mean 'loss'?",
        ),
        ("loss: minimax, r1", "d_steps: 3, r1", "4:13: `d_steps` is a factor too; set it in one place"),
        ("loss: minimax", "loss: minmax", "4:19: unknown loss 'minmax'; did you mean 'minimax'?"),
        ("{loss: minimax, r1: off}", "3", "4:12: arm `vanilla` must be a mapping of settings, not 3"),
        ("vanilla:", "off:", "4:3: 'off' cannot name an arm: write a word that YAML reads as text"),
        ("vanilla:", "64:", "4:3: '64' cannot name an arm: write a word that YAML reads as text"),
        ("vanilla:", "' ':", "4:3: ' ' cannot name an arm: write a word that YAML reads as text"),
        ("vanilla:", "'':", "4:3: '' cannot name an arm: write a word that YAML reads as text"),
        ("vanilla:", '"a\\nb":', "4:3: 'a\\nb' cannot name an arm: write it in one line"),
        (
            "d_steps: [1, 5]",
            "generator_lr: [1, 5]",
            "5:29: `lr` sets `generator_lr`, which is a factor; set it in one place",
        ),
        ("arm: WGAN", "arm: WGNA", "10:17: unknown arm 'WGNA'; did you mean 'WGAN'?"),
        ("lr: 1e-4,", "lr: 1e-4, generator_lr: 1,", "5:39: `lr` sets `generator_lr` too; give one of them"),
    ],
)
def test_a_mistake_in_an_arm_has_its_place(old: str, new: str, expected: str) -> None:
    """One line, at the setting that is wrong."""
    assert mistakes(TEXT.replace(old, new)) == [f"x.yaml:{expected}"]


def test_two_arms_that_set_the_same_are_a_mistake() -> None:
    """They would be one row of the table under two names."""
    text = TEXT.replace("factors:", "  again: {r1: off, loss: minimax}\nfactors:")
    assert mistakes(text) == ["x.yaml:6:3: arm `again` sets what arm `vanilla` sets"]


def test_an_arm_that_is_refused_is_nobodys_twin() -> None:
    """What could not be read of it may be what tells it apart; the rest of a file has its mistakes still."""
    text = TEXT.replace("factors:", "  third: {}\n  again: {r1: {gamma: x}}\n  more: 3\nfactors:")
    assert [line.partition(" ")[0] for line in mistakes(text)] == ["x.yaml:7:23:", "x.yaml:8:9:"]


def test_the_baseline_may_name_an_arm_whose_name_is_refused() -> None:
    """Nothing else is said of it than that."""
    for name in ("1", "off", "on", "1e-3", "null"):
        (only,) = mistakes(TEXT.replace("WGAN", name))
        assert only.startswith(f"x.yaml:5:3: {name!r} cannot name an arm: ")


def test_a_factor_that_sets_both_rates_is_not_called_by_one_of_them() -> None:
    """`lr` is the factor, the rate is not."""
    text = TEXT.replace("lr: 1e-4", "discriminator_lr: 1e-4").replace("d_steps: [", "lr: [")
    assert mistakes(text) == [
        "x.yaml:5:29: `discriminator_lr` is set by `lr`, which is a factor; set it in one place"
    ]


def test_arms_share_the_data() -> None:
    """Scores on different data cannot be compared."""
    (message,) = mistakes(TEXT.replace("loss: minimax", "data: grid"))
    assert message.startswith("x.yaml:4:13: `data` cannot be a factor")


TWINS = """\
question: Which of these?
base: {data: ring, ema: on}
arms:
  A: {}
  B: {loss: non_saturating}
  C: {r1: off}
  D: {loss: hinge}
  E: {ema: {decay: 0.999}, lr: 1e-3}
  F: {loss: hinge, precision: float32}
factors: {d_steps: [1, 5]}
seeds: 2
metrics: [modes]
"""


@pytest.mark.parametrize("design", ["factorial", "add_one"])
def test_arms_that_come_to_the_same_are_a_mistake(design: str) -> None:
    """A setting that is already so makes no other run; counted as one, it would multiply n."""
    with pytest.raises(StudyError) as caught:
        plan(parse(f"{TWINS}design: {design}\n", Path("x.yaml")), why_not=lambda recipe: None)
    so = "a setting that is already so changes nothing"
    assert str(caught.value).splitlines() == [
        f"x.yaml:5:3: arm `B` is the same run as arm `A`: {so}",
        f"x.yaml:6:3: arm `C` is the same run as arm `A`: {so}",
        f"x.yaml:8:3: arm `E` is the same run as arm `A`: {so}",
        f"x.yaml:9:3: arm `F` is the same run as arm `D`: {so}",
    ]
