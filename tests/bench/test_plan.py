"""Study -> arms -> runs -> cohorts."""

from __future__ import annotations

import math
import time
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.plan import Plan, cohorts, plan
from bench.study import StudyError, parse
from gan.recipe import Recipe
from gan.registry import TRICKS

TEXT = """\
question: why
base: {data: ring, steps: 100, ema: on}
factors:
  loss: [hinge, wasserstein]
  instance_noise: [off, {sigma: 0.1, until: 0.5}]
  r1: [off, on]
seeds: 2
metrics: [modes, fid]
"""


def applies(recipe: Recipe) -> None:
    """Every combination does."""


def planned(text: str) -> Plan:
    return plan(parse(text, Path("x.yaml")), applies)


def by_name(found: Plan) -> dict[str, list[str]]:
    """Name of each arm -> its ids and those of its runs."""
    return {arm.name: [arm.id, *(run.id for run in arm.runs)] for arm in found.arms}


def test_names_say_what_distinguishes() -> None:
    """An arm is named by its levels; a trick that is off goes without saying."""
    names = [arm.name for arm in planned(TEXT).arms]
    assert names[0] == "hinge"
    assert "hinge + instance_noise(sigma=0.1, until=0.5)" in names
    assert "wasserstein + instance_noise(sigma=0.1, until=0.5) + r1" in names


def test_a_name_for_nothing() -> None:
    """Where nothing distinguishes an arm it is called base."""
    assert [
        arm.name for arm in planned("question: q\nbase: {data: ring}\nseeds: 1\nmetrics: [modes]").arms
    ] == ["base"]


def test_numbers_in_names() -> None:
    """A number is named with its setting."""
    text = TEXT.replace("  r1: [off, on]", "  lr: [1e-4, 0.001]\n  batch_size: [8]")
    assert planned(text).arms[0].name == "hinge + lr=0.0001 + batch_size=8"


def test_levels_name_every_factor() -> None:
    """The table needs a level for each factor, off included."""
    assert planned(TEXT).arms[0].levels == {"loss": "hinge", "instance_noise": "off", "r1": "off"}


def test_a_level_overrides_the_base() -> None:
    """A factor decides, whatever the base says; other settings of the base stay."""
    text = TEXT.replace("ema: on", "ema: on, r1: {gamma: 5}, lr: 1").replace(
        "r1: [off", "lr: [2]\n  r1: [off"
    )
    off, on = (planned(text).arms[i].runs[0].recipe for i in (0, 1))
    assert [trick.name for trick in off.tricks] == ["ema"], "r1 is off although the base turns it on"
    defaults = TRICKS.spec("r1").defaults
    assert {trick.name: trick.knobs for trick in on.tricks}["r1"] == defaults, "on means the defaults"
    assert off.generator_lr == off.discriminator_lr == 2.0


def test_params_are_flat_text() -> None:
    """One entry a setting and knob; a trick of any arm is on or off in all."""
    params = planned(TEXT).arms[0].runs[1].params
    assert params["loss"] == "hinge"
    assert params["model.width"] == "auto"
    assert params["steps"] == "100"
    assert params["seed"] == "1"
    assert (params["ema"], params["ema.decay"]) == ("on", "0.999")
    assert (params["instance_noise"], params["r1"]) == ("off", "off")
    assert "instance_noise.sigma" not in params
    assert planned(TEXT).arms[2].runs[0].params["instance_noise.until"] == "0.5"
    assert all(isinstance(value, str) for value in params.values())


def test_runs_take_the_seeds_in_turn() -> None:
    """Every arm runs with the first seed before any runs with the second, so that early results cover all."""
    found = planned(TEXT)
    arms = [arm.id for arm in found.arms]
    assert [(run.seed, run.arm) for run in found.runs] == [(s, a) for s in (0, 1) for a in arms]
    assert all(run.recipe.seed == run.seed for run in found.runs)


def test_the_seed_is_no_part_of_an_arm() -> None:
    """An arm keeps its id when seeds are added, and its earlier runs keep theirs."""
    few, more = by_name(planned(TEXT)), by_name(planned(TEXT.replace("seeds: 2", "seeds: 4")))
    assert few == {name: ids[:3] for name, ids in more.items()}
    other = by_name(planned(TEXT.replace("seeds: 2", "seeds: [7]")))
    assert {name: ids[0] for name, ids in few.items()} == {name: ids[0] for name, ids in other.items()}


def test_ids_are_unique() -> None:
    """No two arms and no two runs share an id."""
    found = planned(TEXT)
    assert len({arm.id for arm in found.arms}) == len(found.arms) == 8
    assert len({run.id for run in found.runs}) == len(found.runs) == 16


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("data: ring, steps: 100, ema: on", "ema: {decay: 0.999}, steps: 100.0, data: {ring: {radius: 1}}"),
        ("[modes, fid]", "[{fid: {}}, modes]"),
        ("seeds: 2", "seeds: [1, 0]"),
        ("why", "how"),
        ("steps: 100", "steps: 100, lr: 1e-3"),
        ("  loss: [hinge, wasserstein]", "  loss: [wasserstein, hinge]"),
        ("until: 0.5", "until: .5"),
        ("[off, on]", "[off, on, {gamma: 3}]"),
        ("metrics", "baseline: {r1: on}\nmetrics"),
        ("metrics", "evaluate_every: 10\nmetrics"),
        ("metrics", "samples: 2_500\nprimary: fid\nmetrics"),
    ],
)
def test_ids_survive_what_changes_no_result(old: str, new: str) -> None:
    """Another order, spelling, question or baseline, and a level more, leave every earlier id as it was."""
    ids = {run.id for run in planned(TEXT).runs}
    assert ids <= {run.id for run in planned(TEXT.replace(old, new)).runs}


def test_the_order_of_factors_changes_no_id() -> None:
    """Tricks take effect in the order of their names, wherever the study mentions them."""
    noise, r1 = "  instance_noise: [off, {sigma: 0.1, until: 0.5}]\n", "  r1: [off, on]\n"
    swapped = planned(TEXT.replace(noise + r1, r1 + noise))
    assert [*swapped.study.factors] == ["loss", "r1", "instance_noise"]
    assert {run.id for run in planned(TEXT).runs} == {run.id for run in swapped.runs}


def test_a_new_factor_that_is_off_keeps_ids() -> None:
    """A trick more in the study reruns nothing that is already there."""
    ids = {run.id for run in planned(TEXT).runs}
    more = planned(TEXT.replace("  r1: [off, on]", "  r1: [off, on]\n  clip_norm: [off, on]"))
    assert ids < {run.id for run in more.runs}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("steps: 100", "steps: 101"),
        ("ema: on", "ema: {decay: 0.99}"),
        ("[modes, fid]", "[modes]"),
        ("metrics", "evaluate_every: 11\nmetrics"),
        ("metrics", "samples: 2501\nmetrics"),
        ("ring,", "ring, precision: float64,"),
        ("ring,", "{ring: {sigma: 0.03}},"),
    ],
)
def test_ids_tell_what_changes_a_result(old: str, new: str) -> None:
    """Whatever changes the weights or their scores changes every id."""
    before, after = planned(TEXT), planned(TEXT.replace(old, new))
    assert not {run.id for run in before.runs} & {run.id for run in after.runs}
    assert not {arm.id for arm in before.arms} & {arm.id for arm in after.arms}


def test_the_rules_of_training_are_part_of_an_id(monkeypatch: pytest.MonkeyPatch) -> None:
    """Runs of an earlier semantics are never taken for runs of this one."""
    before = by_name(planned(TEXT))
    monkeypatch.setattr("bench.plan.SEMANTICS", 10_000)
    after = by_name(planned(TEXT))
    assert all(before[name][1] != after[name][1] for name in before)


def test_an_arm_that_does_not_apply_has_a_reason_and_no_runs() -> None:
    """It keeps its place in the plan."""

    def why_not(recipe: Recipe) -> str | None:
        return "no hinges" if recipe.loss.name == "hinge" else None

    found = plan(parse(TEXT, Path("x.yaml")), why_not)
    assert [arm.reason for arm in found.arms] == ["no hinges"] * 4 + [None] * 4
    assert [len(arm.runs) for arm in found.arms] == [0] * 4 + [2] * 4
    assert len(found.runs) == 8
    assert found.baseline == found.arms[0].id


def test_the_components_say_what_applies() -> None:
    """By default the components themselves are asked: smoothed labels need a loss with labels."""
    text = TEXT.replace("r1: [off, on]", "label_smoothing: [off, on]").replace("[modes, fid]", "[modes]")
    found = plan(parse(text, Path("x.yaml")))
    reasons = {arm.name: arm.reason for arm in found.arms}
    assert reasons["hinge"] is None
    assert "label" in str(reasons["hinge + label_smoothing"])


def test_a_metric_that_does_not_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    """A metric that cannot be computed on the study's data is a mistake at its line."""

    class Misfit:
        def fits(self, data: object) -> str | None:
            return "it has no ears" if type(data).__name__ == "Grid" else None

    monkeypatch.setattr("bench.fitting.metric_of", lambda choice: Misfit())
    text = TEXT.replace("data: ring", "data: grid").replace("[modes, fid]", "[modes]")
    with pytest.raises(StudyError) as caught:
        plan(parse(text, Path("x.yaml")))
    assert str(caught.value) == "x.yaml:8:11: metric modes does not fit the data grid: it has no ears"


@pytest.mark.parametrize(("design", "arms"), [("factorial", 24), ("add_one", 7), ("leave_one_out", 5)])
def test_designs(design: str, arms: int) -> None:
    """Of 3, 2 and 4 levels: all combinations; 1 + 2 + 1 + 3; baseline, everything, three less."""
    text = TEXT.replace("wasserstein]", "wasserstein, minimax]").replace(
        "[off, on]", "[off, on, {gamma: 2}, {gamma: 3}]"
    )
    found = planned(f"{text}design: {design}\n")
    assert len(found.arms) == arms
    assert len({arm.name for arm in found.arms}) == arms, "names are unique within a plan"


LEVELS = {
    "loss": ["hinge", "minimax", "wasserstein"],
    "r1": ["off", "on", "{gamma: 2}"],
    "ema": ["off", "{decay: 0.5}"],
    "steps": ["10", "20"],
    "lr": ["1e-4", "1e-3"],
}


@settings(max_examples=30, deadline=None)
@given(st.dictionaries(st.sampled_from(sorted(LEVELS)), st.integers(1, 3)), st.integers(1, 3))
def test_a_factorial_has_the_product_of_its_levels(counts: dict[str, int], seeds: int) -> None:
    """As many arms as combinations, each with all seeds, all names and ids different."""
    levels = {name: LEVELS[name][:count] for name, count in counts.items()}
    lines = "".join(f"  {name}: [{', '.join(values)}]\n" for name, values in levels.items())
    factors = f"factors:\n{lines}" if lines else ""
    found = planned(f"question: q\nbase: {{data: ring}}\n{factors}seeds: {seeds}\nmetrics: [modes]\n")
    assert len(found.arms) == math.prod(len(values) for values in levels.values())
    assert len(found.runs) == len(found.arms) * seeds
    assert len({arm.name for arm in found.arms}) == len(found.arms)
    assert len({run.id for run in found.runs}) == len(found.runs)


def test_cohorts_share_their_structure() -> None:
    """Runs of one program train together, not more than allowed, each once, in a stable order."""
    runs = planned(TEXT.replace("r1: [off, on]", "r1: [off, on, {gamma: 3}]")).runs
    found = cohorts(runs, lambda recipe: 3)
    assert sorted(run.id for cohort in found for run in cohort.runs) == sorted(run.id for run in runs)
    for cohort in found:
        assert len({run.recipe.structure() for run in cohort.runs}) == 1
        assert 1 <= len(cohort.runs) <= 3
    assert [cohort.id for cohort in found] == [cohort.id for cohort in cohorts(runs, lambda recipe: 3)]
    assert len({cohort.id for cohort in found}) == len(found)
    # r1 with gamma 1 and 3 are one structure, with 2 seeds each: a full cohort and one of the rest.
    sizes = [len(cohort.runs) for cohort in found if "r1" in [t.name for t in cohort.runs[0].recipe.tricks]]
    assert sorted(sizes) == [1, 1, 1, 1, 3, 3, 3, 3]


def test_the_size_of_a_cohort_may_depend_on_its_recipe() -> None:
    """Whoever knows the device says how many train together; at least one does."""
    runs = planned(TEXT).runs
    found = cohorts(runs, lambda recipe: 2 if recipe.loss.name == "hinge" else 0)
    assert {(c.runs[0].recipe.loss.name, len(c.runs)) for c in found} == {("hinge", 2), ("wasserstein", 1)}


def test_no_runs_no_cohorts() -> None:
    """Nothing to do is nothing to do."""
    assert cohorts([], lambda recipe: 8) == []


def test_ten_thousand_runs_are_planned_quickly() -> None:
    """A large plan costs seconds at most: structure is worked out per arm, identity per run."""
    text = TEXT.replace("{sigma: 0.1, until: 0.5}", ", ".join(f"{{sigma: {i / 500}}}" for i in range(1, 250)))
    study = replace(parse(text, Path("x.yaml")), seeds=tuple(range(10)))
    begin = time.perf_counter()
    found = plan(study, applies)
    groups = cohorts(found.runs, lambda recipe: 8)
    assert time.perf_counter() - begin < 10.0, "twice what it may take on a busy machine"
    assert len(found.runs) == 10_000
    assert sum(len(group.runs) for group in groups) == 10_000
