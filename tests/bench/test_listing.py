"""What `ganbench list` prints."""

from __future__ import annotations

import io

import pytest
from rich.console import Console, RenderableType

from bench.listing import KINDS, NotListed, everything, of_kind, one, span
from bench.settings import NUMBERS
from gan.registry import MODELS, TRICKS, Knob
from gan.shapes import KEYS, OUTLINES


def text(renderable: RenderableType, width: int = 400) -> str:
    console = Console(file=io.StringIO(), width=width, highlight=False)
    console.print(renderable)
    output = console.file
    assert isinstance(output, io.StringIO)
    return output.getvalue()


def test_everything_is_listed() -> None:
    """Each component of each kind has a line with its name and summary; so has each setting of a run."""
    lines = [" ".join(line.split()) for line in text(everything()).splitlines()]
    for kind, registry in KINDS.items():
        for spec in registry.specs():
            assert " ".join(f"{kind} {spec.name} {spec.summary}".split()) in lines
    assert all(any(line.startswith(f"setting {name} ") for line in lines) for name in NUMBERS)
    assert all(any(line.startswith(f"schedule {name} ") for line in lines) for name in OUTLINES)


@pytest.mark.parametrize(
    ("singular", "plural"),
    [
        ("loss", "losses"),
        ("trick", "tricks"),
        ("model", "models"),
        ("data", "datasets"),
        ("optimizer", "optimizers"),
        ("metric", "metrics"),
        ("setting", "settings"),
        ("schedule", "schedules"),
        ("schedule", "shapes"),
    ],
)
def test_singular_and_plural(singular: str, plural: str) -> None:
    """Both forms of a kind mean the same."""
    assert text(of_kind(singular)) == text(of_kind(plural))


def test_one_component() -> None:
    """A component shows its whole docstring and all it says about its knobs."""
    spec = TRICKS.spec("instance_noise")
    shown = text(one("tricks", "instance_noise"))
    assert all(line in shown for line in spec.doc.splitlines())
    for knob in spec.knobs:
        row = next(line for line in shown.splitlines() if line.startswith(f"{knob.name} "))
        assert all(word in row for word in (knob.type_name, knob.unit, knob.doc, span(knob)))


@pytest.mark.parametrize("kind", KINDS)
def test_every_component_can_be_shown(kind: str) -> None:
    """Nothing in a docstring or a knob keeps a component from being printed, narrow terminals included."""
    for name in KINDS[kind].names():
        assert name in text(one(kind, name), width=60)


def test_brackets_are_printed_as_they_are() -> None:
    """A docstring's brackets are mathematics, not markup."""
    brackets = [line for spec in TRICKS.specs() for line in spec.doc.splitlines() if "[" in line]
    assert brackets, "without brackets in any docstring this test shows nothing"
    shown = "".join(text(one("trick", name)) for name in TRICKS.names())
    assert all(line in shown for line in brackets)


def test_one_setting() -> None:
    """A setting of a run says what it may be and what it is by default."""
    assert "a whole number from 1; default 256" in text(one("settings", "batch_size"))


def test_schedules_are_listed_with_their_formulas() -> None:
    """A line a shape, the keys of a mapping, and at each trick that takes one, where to find them."""
    lines = text(of_kind("schedules")).splitlines()
    for name, outline in OUTLINES.items():
        about = [line for line in lines if line.startswith(f"{name} ") and outline.formula in line]
        assert len(about) == 1 and outline.doc in about[0]
        shown = text(one("schedule", name))
        assert outline.formula in shown and outline.reference in shown
        assert all(f"\n{key} " in shown for key in outline.keys)
    assert all(any(line.startswith(f"{key} ") for line in lines) for key in KEYS)
    assert "number or schedule" in text(one("trick", "instance_noise"))
    assert "see ganbench list schedules" in text(one("trick", "instance_noise"))
    assert "schedule" not in text(one("trick", "spectral_norm"))


def test_auto_is_a_default() -> None:
    """A knob that the component works out by itself reads as auto."""
    assert MODELS.spec("mlp").knob("width").default is None
    assert "width int | auto auto" in " ".join(text(one("model", "mlp")).split())


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("trik",), "unknown kind 'trik'; did you mean 'trick'?"),
        (
            ("zzz",),
            "unknown kind 'zzz'; valid: loss, trick, model, data, optimizer, metric, setting, schedule",
        ),
        (("trick", "instance_nose"), "unknown trick 'instance_nose'; did you mean 'instance_noise'?"),
        (("losses", "hing"), "unknown loss 'hing'; did you mean 'hinge'?"),
        (("schedule", "cosin"), "unknown schedule 'cosin'; did you mean 'cosine'?"),
        (("cosine",), "cosine is a schedule: ganbench list schedule cosine"),
        (("setting", "stepz"), "unknown setting 'stepz'; did you mean 'steps'?"),
    ],
)
def test_what_is_not_listed(words: tuple[str, ...], message: str) -> None:
    """An unknown kind or name is one line with the nearest valid one."""
    with pytest.raises(NotListed) as caught:
        one(*words) if len(words) == 2 else of_kind(*words)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("low", "high", "log", "expected"),
    [
        (None, None, False, "any"),
        (0.0, None, False, "≥ 0"),
        (None, 1.0, False, "≤ 1"),
        (0.0, 2.0, False, "[0, 2]"),
        (1e-6, float("inf"), True, "[1e-06, inf], log scale"),
    ],
)
def test_ranges(low: float | None, high: float | None, log: bool, expected: str) -> None:
    """A range reads with its bounds, both inclusive."""
    assert span(Knob("k", float, 1.0, "1", low, high, log, None, "")) == expected
