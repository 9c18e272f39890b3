"""YAML text -> values and places: what a person writes means what that person thinks."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.yaml_lines import plain, read


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1e-4", 1e-4),
        ("1E4", 1e4),
        ("1e+4", 1e4),
        ("20_000", 20_000),
        ("1.", 1.0),
        (".5", 0.5),
        ("-3", -3),
        ("010", 10),
        ("inf", math.inf),
        ("-.inf", -math.inf),
        ("off", False),
        ("No", False),
        ("FALSE", False),
        ("on", True),
        ("Yes", True),
        ("true", True),
        ("~", None),
        ("null", None),
        ("2020-01-01", "2020-01-01"),
        ("1:30", "1:30"),
        ("0x10", "0x10"),
        ("1.2.3", "1.2.3"),
        ("y", "y"),
        ("_1", "_1"),
    ],
)
def test_plain_scalars(text: str, value: Any) -> None:
    """Numbers as scientists write them are numbers, switches are booleans, all else is text."""
    assert plain(text) == value
    assert type(plain(text)) is type(value), "a number must not become text, nor an int a float"


def test_nan_is_read_as_nan_so_that_it_can_be_refused() -> None:
    """NaN is a number to the reader; what takes numbers refuses it by name."""
    assert math.isnan(plain(".nan"))


def test_quoted_scalars_are_text() -> None:
    """Quotes keep a switch or a number from being one."""
    assert read("a: 'off'\nb: \"1\"").value == {"a": "off", "b": "1"}


def test_keys_are_their_text() -> None:
    """A key that looks like a switch or a number is still a name."""
    assert read("off: 1\n2: 3\nnull: 4").value == {"off": 1, "2": 3, "null": 4}


def test_places() -> None:
    """Every value and every key knows its line and column, in block and in flow style."""
    document = read("a:\n  - b: {c: 1}\n  - 2\n")
    assert document.spot(("a",), key=True) == (1, 1)
    assert document.spot(("a", 0, "b")) == (2, 8)
    assert document.spot(("a", 0, "b", "c"), key=True) == (2, 9)
    assert document.spot(("a", 0, "b", "c")) == (2, 12)
    assert document.spot(("a", 1)) == (3, 5)
    assert document.spot(("a", 1, "not there")) == (3, 5), "what is missing is reported where it belongs"


@pytest.mark.parametrize(
    ("text", "spot", "message"),
    [
        ("a: 1\na: 2\n", (2, 1), "given twice; the first is on line 1"),
        ("a: {b: 1, b: 2}", (1, 11), "given twice"),
        ("a:\n\tb: 1", (2, 1), "a tab"),
        ("a: [1,\nb: 2", (2, 5), "a flow sequence that begins on line 1, expected ',' or ']'"),
        ("a: b: c", (1, 5), "mapping values are not allowed here"),
        ("a: &x 1", (1, 4), "anchors are not supported"),
        ("a: 1\nb: *x", (2, 4), "aliases are not supported"),
        ("a: !!python/object/apply:os.system ['true']", (1, 4), "tags are not supported"),
        ("a: !!str 1", (1, 4), "tags are not supported"),
        ("!!str a: 1", (1, 1), "tags and anchors are not supported"),
        ("[a]: 1", (1, 1), "a key must be a name"),
        ("a: 1\n---\nb: 1", (2, 1), "a second document"),
        ("a: 1\nb: \x01", (2, 4), "U+0001"),
        ('a: "\\UFFFFFFFF"', (1, 7), "an escape that is no character"),
        ('a: "\\ud800"', (1, 4), "surrogate"),
        ("a: " + "[" * 50, (1, 24), "nested too deeply"),
        ("%YAML 3.0\n---\na: 1", (1, 1), "incompatible"),
    ],
)
def test_what_is_refused(text: str, spot: tuple[int, int], message: str) -> None:
    """Whatever cannot be read is a message at its place."""
    (found_spot, found), *_ = read(text).problems
    assert message in found
    assert found_spot == spot


def test_a_tag_runs_no_code(tmp_path: Any) -> None:
    """A tag that names a Python function is refused, and the function is not called."""
    target = tmp_path / "made"
    document = read(f"a: !!python/object/apply:os.mkdir ['{target}']")
    assert document.problems
    assert not target.exists()


def test_aliases_cannot_grow() -> None:
    """A document of nested aliases is refused in the time it takes to read its text."""
    lines = ["a0: &a0 [x, x]"] + [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]" for i in range(1, 30)]
    assert len(read("\n".join(lines)).problems) > 200


@given(st.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    """No text makes the reader raise; what was not read completely has a reason."""
    document = read(text)
    assert document.complete or document.problems


@given(st.text(alphabet="[]{}:,-?&*!|>'\"%@`#ab \n\t\\uU0", max_size=60))
def test_any_yaml_punctuation_is_read_or_refused(text: str) -> None:
    """The same for text made of the characters that mean something to YAML."""
    document = read(text)
    assert document.complete or document.problems


@pytest.mark.parametrize("escape", ["\\e[31m", "\\a", "\\x9b31m", "\\0", "\\r"])
def test_orders_to_a_terminal_are_refused(escape: str) -> None:
    """Written as escapes they are valid YAML, and would be obeyed wherever a name is shown."""
    document = read(f'arms: {{"a{escape}b": {{}}}}\nquestion: "two\\nlines\\tare fine"')
    ((spot, message),) = document.problems
    assert spot[0] == 1 and "control character" in message
    assert document.value["question"] == "two\nlines\tare fine"
    assert all(character.isprintable() for key in document.value["arms"] for character in key)
