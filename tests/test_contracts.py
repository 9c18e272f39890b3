"""Every component that exists keeps every rule of its kind: what `ganbench verify` asks, of all of them.

Those added later included; no exception by name.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.contracts import trainings, tricks
from bench.contracts.base import Check, Subject, Untried
from bench.contracts.verify import rules
from bench.plugins import KINDS
from gan.registry import Registry

TESTS = Path(__file__).parent
FILES = TESTS.parent.parent / "shared" / "data"
"""Folder of datasets that live in files; rules about one that is not there are skipped."""
COMPONENTS = [
    pytest.param(registry, name, id=f"{kind}-{name}")
    for kind, registry in KINDS.items()
    for name in registry.own_names()
]
ASKED = [
    pytest.param(registry, name, check, id=f"{kind}-{name}-{check.__name__}")
    for kind, registry in KINDS.items()
    for name in registry.own_names()
    for check in rules(kind)
]
SHORT, SHORTER = 8, 3
"""Steps in the gate, and under every loss there; users' components, and ours at leisure, have 20 and 50."""
LONG = [
    pytest.param(registry, name, check, id=f"{kind}-{name}-{check.__name__}")
    for kind, registry in KINDS.items()
    for name in registry.own_names()
    for check in rules(kind)
    if check.__name__ == "same_in_a_cohort" or check.__name__.startswith("works_with_every_loss")
]


@pytest.mark.parametrize(("registry", "name", "check"), ASKED)
def test_a_component_keeps_its_rules(
    registry: Registry, name: str, check: Check, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The rule is the check's docstring; what is not so is in the error."""
    monkeypatch.setattr(trainings, "STEPS", SHORT)
    monkeypatch.setattr(tricks, "LONG", SHORTER)
    try:
        check(Subject(registry, name, FILES))
    except Untried as missing:
        pytest.skip(str(missing))


@pytest.mark.slow
@pytest.mark.parametrize(("registry", "name", "check"), LONG)
def test_a_component_keeps_its_rules_for_long(registry: Registry, name: str, check: Check) -> None:
    """For all of the steps that the rule names."""
    check(Subject(registry, name, FILES))


@pytest.mark.parametrize(("registry", "name"), COMPONENTS)
def test_a_component_has_a_test_of_its_own(registry: Registry, name: str) -> None:
    """In the same place of the tree, under the same name."""
    folder = TESTS.joinpath(*registry.package.split("."))
    assert (folder / f"test_{name}.py").is_file(), f"no test_{name}.py in {folder.relative_to(TESTS.parent)}"
