"""Plug-ins of a study, of a command line and of installed packages: found, read, and told apart by name.

A study names folders and files under `plugins`, relative to its own file. An installed package names a
package or a module in the entry point group `ganbench.plugins`; those are there for every study.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Any

from bench.problems import Problem, UserError
from bench.registries import METRICS
from bench.settings import ARM, NUMBERS, PARTS, Problems
from bench.study_keys import KEYS
from bench.yaml_lines import Document, Place, plain
from gan.known import in_force
from gan.plugins import Mistake, files, read
from gan.recipe import REGISTRIES, Choice
from gan.registry import Registry, Spec

GROUP = "ganbench.plugins"
KINDS: Mapping[str, Registry] = {**REGISTRIES, METRICS.kind: METRICS}
"""Every kind of component that may be a plug-in."""
_SHORT = 12
"""Digits of a digest that people read."""


def collect(named: Sequence[tuple[Path, Place]], problems: Problems) -> tuple[Spec, ...]:
    """Installed plug-ins and those at these paths; whatever is wrong with any goes to `problems`.

    Args:
        named: Files and folders, and where in the document each of them is named.
        problems: Of the document that names them.
    """
    found: dict[Path, Spec] = {}
    for entry in entry_points(group=GROUP):
        for file in _installed(entry, problems):
            _take(file, found, problems)
    for path, place in named:
        if not path.exists():
            problems.add(place, f"there is no plug-in folder or file {path}")
        elif path.is_file() and path.suffix != ".py":
            problems.add(place, f"a plug-in is a Python file or a folder of them, not {path}")
        elif not (listed := files(path)):
            problems.add(place, f"{path} holds no plug-in: no public file that ends in .py")
        else:
            for file in listed:
                _take(file, found, problems)
    return tuple(found.values())


def of_study(raw: Any, folder: Path, problems: Problems) -> tuple[Spec, ...]:
    """The plug-ins that a study's `plugins` names, and installed ones.

    Args:
        raw: The value of the key, or None.
        folder: The study's own, which paths are relative to.
    """
    named: list[tuple[Path, Place]] = []
    items = raw if isinstance(raw, list) else []
    for index, item in enumerate(items):
        if isinstance(item, str) and item.strip():
            named.append((folder / Path(item).expanduser(), ("plugins", index)))
        else:
            problems.add(("plugins", index), "`plugins` lists paths of folders and Python files")
    return collect(named, problems)


@contextmanager
def given(paths: Sequence[Path]) -> Iterator[tuple[Spec, ...]]:
    """Plug-ins of a command line, and installed ones, in force while the block runs. Raises UserError."""
    problems = Problems("", Document())
    found = collect([(path, ()) for path in paths], problems)
    if problems.found:
        # A command line has no lines and columns to point at.
        raise UserError("\n".join(str(p) if p.file else p.message for p in problems.found))
    with in_force(found):
        yield found


def among(choices: Iterable[Any], plugins: Iterable[Spec]) -> tuple[Spec, ...]:
    """Those plug-ins that are chosen; sorted by name."""
    keys = {(choice.name, choice.source) for choice in choices if isinstance(choice, Choice)}
    return tuple(sorted((p for p in plugins if (p.name, p.source) in keys), key=lambda spec: spec.name))


def where(spec: Spec) -> str:
    """The plug-in's file as reports show it: with its folder's name, and without any machine's paths."""
    assert spec.file is not None
    file = spec.file.absolute()
    return f"{file.resolve().parent.name}/{file.name}"


def short(source: str) -> str:
    """The digits of a digest that are recorded beside a name."""
    return source[:_SHORT]


def taken(name: str) -> str | None:
    """What of ganbench itself is called so, in words; None if nothing is."""
    for kind, registry in KINDS.items():
        if name in registry.own_names():
            return f"a {kind} of ganbench"
    if name in (*NUMBERS, *PARTS, "lr", "seed"):
        return "a setting of every run"
    if name in (*KEYS, ARM):
        return "a key of every study"
    if not isinstance(plain(name), str):
        return "a YAML value that is no text"
    return None


def _take(file: Path, found: dict[Path, Spec], problems: Problems) -> None:
    """Add the plug-in in `file` to `found`, unless something is wrong with it."""
    real = file.resolve()
    if real in found:
        return
    try:
        spec = read(file)
    except Mistake as mistake:
        problems.found.append(Problem(str(mistake.file), mistake.line, 1, mistake.message))
        return
    twin = next((other for other in found.values() if other.name == spec.name), None)
    if (owner := taken(spec.name)) or twin:
        owner = owner or f"another plug-in, {twin and twin.file}"
        message = f"{spec.name} is the name of {owner}; give this file and its class another one"
        problems.found.append(Problem(str(file), 1, 1, message))
        return
    found[real] = spec


def _installed(entry: EntryPoint, problems: Problems) -> list[Path]:
    """The files of the package or module that an entry point names."""
    owner = entry.dist.name if entry.dist else "an installed package"
    try:
        found = importlib.util.find_spec(entry.module)
    except Exception as error:  # Finding a module in a package runs the package's own code.
        return _refused(owner, entry, f"{type(error).__name__}: {error}", problems)
    if found is None:
        return _refused(owner, entry, "there is no such module", problems)
    if found.submodule_search_locations:
        return [file for folder in found.submodule_search_locations for file in files(Path(folder))]
    return [Path(found.origin)] if found.origin else []


def _refused(owner: str, entry: EntryPoint, why: str, problems: Problems) -> list[Path]:
    message = f"the plug-ins {entry.name} = {entry.value} of {owner} cannot be used: {why}"
    problems.found.append(Problem(GROUP, 1, 1, " ".join(message.split())))
    return []
