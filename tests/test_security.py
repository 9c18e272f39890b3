"""What is read is never run, and what is written stays where it belongs."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SOURCES = sorted(path for room in ("gan", "bench") for path in (ROOT / room).rglob("*.py"))


def _calls(path: Path) -> Iterator[tuple[str, ast.Call]]:
    """Every call in a file, with what is called as it is written."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func), node


def _keyword(call: ast.Call, name: str) -> object:
    """The constant given to a keyword of a call; None if it is not there."""
    found = [word.value for word in call.keywords if word.arg == name]
    return found[0].value if found and isinstance(found[0], ast.Constant) else None


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_nothing_is_unpickled_or_constructed_from_what_is_read(path: Path) -> None:
    """Files of a results folder may come from anybody: tensors are read as tensors, YAML as plain values."""
    for name, call in _calls(path):
        if name == "torch.load":
            assert _keyword(call, "weights_only") is True, f"line {call.lineno}"
        if name == "np.load":
            assert _keyword(call, "allow_pickle") is False, f"line {call.lineno}"
        forbidden = (
            "pickle.load",
            "pickle.loads",
            "joblib.load",
            "yaml.load",
            "yaml.unsafe_load",
            "yaml.full_load",
        )
        assert name not in (*forbidden, "marshal.loads", "shelve.open", "pd.read_pickle"), (
            f"line {call.lineno}"
        )
        assert name not in ("os.system", "os.popen"), f"line {call.lineno}"
        assert not _keyword(call, "shell"), f"line {call.lineno}: no shell reads what a file has said"


def test_the_rule_finds_something() -> None:
    """The test above can fail: these calls are in the code."""
    names = {name for path in SOURCES for name, _ in _calls(path)}
    assert {"torch.load", "np.load", "yaml.SafeLoader"} <= names
