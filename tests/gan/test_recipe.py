"""A recipe survives JSON, and its structure is exactly what changes the program."""

from __future__ import annotations

import dataclasses
import json

import pytest
from gan_cases import chosen, nearby, recipe

from gan.recipe import Choice, Recipe, digest
from gan.registry import LOSSES, OPTIMIZERS, TRICKS
from gan.shapes import spelled_out


def test_a_recipe_survives_a_trip_through_json() -> None:
    """As a journal writes and a worker reads it, infinite knobs included."""
    way = spelled_out({"shape": "cosine", "start": 0.3, "end": 0})
    run = recipe(
        {"clip_norm": {"bound": float("inf")}, "instance_noise": {"sigma": way}, "ema": {}},
        generator_lr=spelled_out({"start": 1, "end": 0.5}),
    )
    assert Recipe.from_dict(json.loads(json.dumps(run.as_dict()))) == run


@pytest.mark.parametrize("name", TRICKS.names())
def test_knobs_are_no_part_of_the_structure(name: str) -> None:
    """Runs that differ in seed, learning rates and numbers of tricks can share a cohort."""
    one, other = (
        recipe({name: nearby(TRICKS, name, index)}, seed=index, generator_lr=0.1 + index)
        for index in range(2)
    )
    assert one.structure() == other.structure()
    assert digest(one.as_dict()) != digest(other.as_dict())


@pytest.mark.parametrize(
    "changes",
    [
        {"loss": "hinge"},
        {"steps": 21},
        {"batch_size": 17},
        {"d_steps": 2},
        {"latent_size": 5},
        {"precision": "float32"},
        {"tricks": {"ema": {}}},
        {"tricks": {"clip_norm": {"player": "generator"}}},
        {"optimizer": Choice.of(OPTIMIZERS, "sgd")},
    ],
    ids=str,
)
def test_what_changes_the_program_is_structure(changes: dict[str, object]) -> None:
    """Each by itself."""
    base = recipe({"clip_norm": {"player": "both"}}) if "clip_norm" in str(changes) else recipe()
    assert recipe(**changes).structure() != base.structure()


def test_a_name_or_knob_that_does_not_exist_is_an_error() -> None:
    """Never silently dropped."""
    with pytest.raises(KeyError, match="did you mean 'hinge'"):
        Choice.of(LOSSES, "hing")
    with pytest.raises(KeyError):
        Choice.of(TRICKS, "r1", weight=1.0)


def test_digests_do_not_depend_on_how_a_number_is_written() -> None:
    """1 and 1.0, a tuple and a list, one order of keys or another."""
    assert digest({"a": 1, "b": (1, 2)}) == digest({"b": [1.0, 2], "a": 1.0})
    assert digest({"a": 1}) != digest({"a": 1.5})
    assert len(digest(None)) == 12
    run = recipe()
    assert digest(run.as_dict()) == digest(dataclasses.replace(run, tricks=chosen({})).as_dict())


def test_plain_numbers_are_no_part_of_the_structure_at_all() -> None:
    """Runs that were trained before a knob could be scheduled keep their structure."""
    run = recipe({"instance_noise": {"sigma": 0.1, "until": 0.5}, "clip_norm": {"bound": 2}})
    rest = {key: value for key, value in run.as_dict().items() if key != "seed" and "_lr" not in key}
    rest["loss"] = {"name": "non_saturating", "knobs": {"halved": False}}
    rest["optimizer"] = {"name": "adam", "knobs": {}}
    rest["tricks"] = [
        {"name": "clip_norm", "knobs": {"player": "both"}},
        {"name": "instance_noise", "knobs": {}},
    ]
    assert run.structure() == digest(rest)
