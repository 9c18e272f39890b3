"""YAML text -> plain values that know the line they came from.

The values are those of YAML 1.2 with the habits of YAML 1.1 that studies rely on: `off`, `no`,
`on` and `yes` are booleans, `1e-4` and `20_000` are numbers, `010` is ten, and no text is ever a
date or a sexagesimal number. Anchors, aliases and tags are refused: nothing in a study can refer
to code, to itself, or grow when it is read.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

import yaml

Place = tuple[str | int, ...]
"""Keys and indices from the top of the file to a value."""
Spot = tuple[int, int]
"""Line and column, from 1."""

_DEEPEST = 20
_LONGEST_NUMBER = 400
_BOOLEANS = {"off": False, "no": False, "false": False, "on": True, "yes": True, "true": True}
_NULLS = {"", "~", "null"}
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
"""All but tabs and ends of lines."""
_INTEGER = re.compile(r"[-+]?[0-9][0-9_]*")
_FLOAT = re.compile(r"[-+]?([0-9][0-9_]*\.?[0-9_]*|\.[0-9][0-9_]*)([eE][-+]?[0-9]+)?")
_NOT_FINITE = re.compile(r"[-+]?\.?(inf|infinity|nan)", re.IGNORECASE)


class Unreadable:
    """Stands for a value that was refused, so that the rest of the file is still checked."""


@dataclass
class Document:
    """The content of a file, where each part of it stands, and what could not be read."""

    value: Any = None
    values: dict[Place, Spot] = field(default_factory=dict)
    """Where each value starts."""
    keys: dict[Place, Spot] = field(default_factory=dict)
    """Where the key of each value of a mapping starts."""
    problems: list[tuple[Spot, str]] = field(default_factory=list)
    complete: bool = True
    """Whether the whole file was read: a mistake of syntax ends the reading."""

    def spot(self, place: Place, key: bool = False) -> Spot:
        """Where the value at `place` (or its key) stands, or the nearest thing above it."""
        for spots in (self.keys, self.values) if key else (self.values, self.keys):
            if place in spots:
                return spots[place]
        return self.spot(place[:-1], key) if place else (1, 1)


class _Stop(Exception):
    """The rest of the file cannot be read."""


def read(text: str) -> Document:
    """The content of one YAML document; never raises for any text."""
    document = Document()
    loader = None
    try:
        loader = yaml.SafeLoader(text)
        _Builder(loader, document).build()
    except _Stop:
        document.complete = False
    except yaml.reader.ReaderError as error:
        _stop(document, _spot_of_offset(text, error.position), _control_character(text, error.position))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        _stop(document, _spot(mark) if mark else (1, 1), _syntax(error))
    except (ValueError, OverflowError):
        # PyYAML hands impossible escapes such as "\UFFFFFFFF" straight to chr().
        spot = _spot(loader.get_mark()) if loader is not None else (1, 1)
        _stop(document, spot, "not valid YAML: an escape that is no character")
    return document


def _stop(document: Document, spot: Spot, message: str) -> None:
    document.problems.append((spot, message))
    document.complete = False


class _Builder:
    """Turns the parser's events into values, remembering where each began."""

    def __init__(self, events: Any, document: Document) -> None:
        self.events = events  # a yaml.SafeLoader, whose methods are not typed
        self.document = document

    def build(self) -> None:
        self.next()  # the stream's start
        if self.events.check_event(yaml.StreamEndEvent):
            return
        self.next()  # the document's start
        self.document.value = self.node(())
        self.next()  # the document's end
        if not self.events.check_event(yaml.StreamEndEvent):
            self.refuse(self.next(), "a second document; a study is one")

    def next(self) -> Any:
        return self.events.get_event()

    def refuse(self, event: Any, message: str) -> None:
        self.document.problems.append((_spot(event.start_mark), message))

    def node(self, place: Place) -> Any:
        event = self.next()
        self.document.values[place] = _spot(event.start_mark)
        if isinstance(event, yaml.AliasEvent):
            self.refuse(event, f"aliases are not supported; write the value of *{event.anchor} out")
            return Unreadable()
        if len(place) > _DEEPEST:
            self.refuse(event, "nested too deeply")
            raise _Stop
        if event.anchor is not None:
            self.refuse(event, f"anchors are not supported; remove &{event.anchor}")
        value = self.content(event, place)
        if event.tag is not None:
            self.refuse(event, f"tags are not supported; remove {event.tag!r}")
            return Unreadable()
        return value

    def content(self, event: Any, place: Place) -> Any:
        if isinstance(event, yaml.ScalarEvent):
            return self.scalar(event)
        if isinstance(event, yaml.SequenceStartEvent):
            items: list[Any] = []
            while not self.events.check_event(yaml.SequenceEndEvent):
                items.append(self.node((*place, len(items))))
            self.next()
            return items
        return self.mapping(place)

    def mapping(self, place: Place) -> dict[str, Any]:
        values: dict[str, Any] = {}
        while not self.events.check_event(yaml.MappingEndEvent):
            event = self.events.peek_event()
            if not isinstance(event, yaml.ScalarEvent):
                self.node((*place, "?"))
                self.node((*place, "?"))
                self.refuse(event, "a key must be a name")
                continue
            key = self.key(self.next())
            if key in values:
                line = self.document.keys[(*place, key)][0]
                self.refuse(event, f"key {key!r} is given twice; the first is on line {line}")
                self.node((*place, "?"))
                continue
            self.document.keys[(*place, key)] = _spot(event.start_mark)
            values[key] = self.node((*place, key))
        self.next()
        return values

    def key(self, event: Any) -> str:
        """A key is its text, also where the text would be a number or a boolean as a value."""
        if event.tag is not None or event.anchor is not None:
            self.refuse(event, "tags and anchors are not supported")
        return self.valid(event)

    def scalar(self, event: Any) -> Any:
        return plain(event.value) if event.implicit[0] else self.valid(event)

    def valid(self, event: Any) -> str:
        text = str(event.value)
        if any("\ud800" <= character <= "\udfff" for character in text):
            self.refuse(event, "not valid text: half of a surrogate pair")
            return text.encode(errors="replace").decode()
        if control := _CONTROL.search(text):
            # Written as an escape; a terminal would take it for an order.
            self.refuse(event, f"the control character U+{ord(control[0]):04X} is not allowed")
            return _CONTROL.sub("", text)
        return text


def plain(text: str) -> Any:
    """The value of an unquoted scalar."""
    word = text.lower()
    if word in _BOOLEANS:
        return _BOOLEANS[word]
    if word in _NULLS:
        return None
    if len(text) <= _LONGEST_NUMBER:
        if _INTEGER.fullmatch(text):
            return int(text.replace("_", ""))
        if _FLOAT.fullmatch(text):
            return float(text.replace("_", ""))
        if _NOT_FINITE.fullmatch(text):
            return float(text.replace(".", ""))
    return text


def _spot(mark: Any) -> Spot:
    return mark.line + 1, mark.column + 1


def _spot_of_offset(text: str, offset: int) -> Spot:
    before = text[:offset]
    return before.count("\n") + 1, offset - (before.rfind("\n") + 1) + 1


def _control_character(text: str, offset: int) -> str:
    return f"not valid YAML: the character U+{ord(text[offset]):04X} is not allowed"


def _syntax(error: yaml.MarkedYAMLError) -> str:
    problem = error.problem or error.context or "cannot be read"
    if "'\\t'" in problem:
        return "not valid YAML: a tab; indent with spaces"
    if not error.context or not error.problem or error.context_mark is None:
        return f"not valid YAML: {problem}"
    return f"not valid YAML: {error.context} that begins on line {error.context_mark.line + 1}, {problem}"
