"""Components in a user's own files: read from their source like the others, imported from where they are.

    my_tricks/my_noise.py    holds the class MyNoise(Trick), and so is the trick my_noise
    my_tricks/_shared.py     is no component; `from ._shared import ...` finds it

A plug-in is identified by the SHA-256 of its source, files that it imports from its folder included. It is
imported, once a process, from the very bytes that were hashed: neither an edit nor stale bytecode can come
between what is recorded and what runs.
"""

from __future__ import annotations

import ast
import dataclasses
import hashlib
import importlib.abc
import importlib.machinery
import importlib.util
import re
import sys
import traceback
import types
from collections.abc import Iterator, Sequence
from pathlib import Path

from gan.known import PluginError, know
from gan.registry import Spec, calls_knob, class_name, declared, described, nearest

BASES = {
    "Trick": "trick",
    "Loss": "loss",
    "Model": "model",
    "Optimizer": "optimizer",
    "Data": "data",
    "Metric": "metric",
}
"""Base class -> kind of component."""
_NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
_PREFIX = "_ganbench_plugin_"
_sources: dict[str, tuple[Path, bytes]] = {}
"""Module -> the file that it comes from, and what that held when it was hashed."""


class Mistake(Exception):
    """What is wrong with a plug-in's source, and where: `file:line: message`."""

    def __init__(self, file: Path, line: int, message: str) -> None:
        super().__init__(f"{file}:{line}: {message}")
        self.file, self.line, self.message = file, line, message


def files(path: Path) -> list[Path]:
    """The plug-ins at `path`, a file or a folder: its public files, besides tests. Sorted."""
    if path.is_file():
        return [path]
    return [file for file in sorted(path.glob("*.py")) if not _set_aside(file.stem)]


def _set_aside(stem: str) -> bool:
    return stem.startswith(("_", "test_")) or stem.endswith("_test") or stem in ("conftest", "setup")


def read(file: Path) -> Spec:
    """What the source of a plug-in says; imports nothing. Raises Mistake."""
    contents: dict[str, bytes] = {}
    module = _parsed(file, contents)
    if not _NAME.fullmatch(file.stem):
        raise Mistake(file, 1, f"{file.stem!r} is no name for a component: write it like `my_noise.py`")
    node = _component(file, module)
    kind = _kind(file, node)
    _check_fields(file, node)
    source = _digest(file.stem, contents)
    # A copy elsewhere is a module of its own, so that mistakes are found in the file that was named.
    package = f"{_PREFIX}{hashlib.sha256(f'{file.absolute()} {source}'.encode()).hexdigest()[:16]}"
    for name, content in contents.items():
        _sources[f"{package}.{name}"] = file.with_name(f"{name}.py"), content
    spec = described(kind, file.stem, module, f"{package}.{file.stem}")
    return dataclasses.replace(spec, source=source, file=file)


def register(paths: Sequence[Path]) -> None:
    """Let this process know the plug-ins in these files. Raises PluginError."""
    try:
        know([read(path) for path in paths])
    except Mistake as mistake:
        raise PluginError(str(mistake)) from None


def blame(error: BaseException) -> str | None:
    """`file:line: what happened`, in one line, if a plug-in's code raised `error`; None if none did."""
    known = {str(path) for path, _ in _sources.values()}
    frames = traceback.walk_tb(error.__traceback__)
    lines = [(frame.f_code.co_filename, line) for frame, line in frames if frame.f_code.co_filename in known]
    if not lines:
        return None
    said = " ".join(str(error).split("\n\n")[0].split())
    return f"{lines[-1][0]}:{lines[-1][1]}: {type(error).__name__}" + (f": {said}" if said else "")


def _parsed(file: Path, contents: dict[str, bytes]) -> ast.Module:
    """The file's syntax; it and all that it imports from its folder is added to `contents`."""
    try:
        contents[file.stem] = content = file.read_bytes()
        module = ast.parse(content.decode("utf-8-sig"))
    except OSError as error:
        raise Mistake(file, 1, f"cannot be read: {error.strerror}") from None
    except SyntaxError as error:
        raise Mistake(file, error.lineno or 1, f"is not Python: {error.msg}") from None
    except ValueError as error:
        raise Mistake(file, 1, f"is not Python: {error}") from None
    for line, name in _siblings(file, module):
        beside = file.with_name(f"{name}.py")
        if not beside.is_file():
            raise Mistake(file, line, f"imports {name}.py from its folder, where there is no such file")
        if name not in contents:
            _parsed(beside, contents)
    return module


def _siblings(file: Path, module: ast.Module) -> Iterator[tuple[int, str]]:
    """Files of the same folder that are imported, and in which line."""
    for node in ast.walk(module):
        if isinstance(node, ast.ImportFrom) and node.level:
            if node.level > 1 or "." in (node.module or ""):
                raise Mistake(file, node.lineno, "a plug-in can import files of its own folder only")
            names = [node.module] if node.module else [alias.name for alias in node.names]
            yield from ((node.lineno, name) for name in names)


def _component(file: Path, module: ast.Module) -> ast.ClassDef:
    wanted = class_name(file.stem)
    classes = {node.name: node for node in module.body if isinstance(node, ast.ClassDef)}
    if wanted in classes:
        return classes[wanted]
    near = nearest(wanted, classes)
    hint = f"; is it {near}?" if near else ""
    message = f"holds no class {wanted}, which is what {file.name} must hold{hint}"
    raise Mistake(file, classes[near].lineno if near else 1, message)


def _kind(file: Path, node: ast.ClassDef) -> str:
    names = [ast.unparse(base).rpartition(".")[2] for base in node.bases]
    found = [name for name in names if name in BASES]
    if not found:
        near = next((guess for name in names if (guess := nearest(name, BASES))), None)
        given = f"not of {', '.join(names)}" if names else "and has no base class"
        hint = f"; did you mean {near}?" if near else ""
        message = f"{node.name} must be a subclass of one of {', '.join(BASES)}, {given}{hint}"
        raise Mistake(file, node.lineno, message)
    if "tree" not in [ast.unparse(line).rpartition(".")[2] for line in node.decorator_list]:
        raise Mistake(file, node.lineno, f"{node.name} needs the decorator @tree (from gan.tree import tree)")
    return BASES[found[0]]


def _check_fields(file: Path, node: ast.ClassDef) -> None:
    """Whether every field is a knob that can be read without running anything."""
    for statement, after in zip(node.body, [*node.body[1:], None], strict=True):
        if not isinstance(statement, ast.AnnAssign) or "ClassVar" in ast.unparse(statement.annotation):
            continue
        field, line = ast.unparse(statement.target), statement.lineno
        if not calls_knob(statement.value):
            raise Mistake(file, line, f"the field {field} must be declared with knob(default, unit=...)")
        try:
            knob = declared(statement, after)
        except KeyError as error:
            raise Mistake(file, line, f"knob {field} does not say its {error.args[0]}") from None
        except NameError as error:
            raise Mistake(file, line, f"knob {field} has a type that knobs cannot have: {error}") from None
        except Exception:
            message = f"knob {field} must be written knob(default, unit=...), all of it literals"
            raise Mistake(file, line, message) from None
        low, high = knob.low, knob.high
        if low is not None and high is not None and low > high:
            raise Mistake(file, line, f"knob {field} has a range from {low} down to {high}")


def _digest(name: str, contents: dict[str, bytes]) -> str:
    """The file's SHA-256; with others that it imports, that of all names and digests."""
    if len(contents) == 1:
        return hashlib.sha256(contents[name]).hexdigest()
    parts = [f"{key} {hashlib.sha256(content).hexdigest()}\n" for key, content in sorted(contents.items())]
    return hashlib.sha256("".join([f"{name}\n", *parts]).encode()).hexdigest()


class _Loader(importlib.abc.Loader):
    """Runs the bytes that were hashed."""

    def exec_module(self, module: types.ModuleType) -> None:
        path, content = _sources[module.__name__]
        try:
            exec(compile(content, str(path), "exec", dont_inherit=True), module.__dict__)
        except PluginError:
            raise
        except (Exception, SystemExit) as error:
            raise PluginError(blame(error) or f"{path}: {type(error).__name__}: {error}") from error


class _Finder(importlib.abc.MetaPathFinder):
    """Finds plug-ins by the names under which they are registered, and nothing else of their folders."""

    def find_spec(
        self, fullname: str, path: object = None, target: object = None
    ) -> importlib.machinery.ModuleSpec | None:
        if fullname in _sources:
            return importlib.util.spec_from_file_location(fullname, _sources[fullname][0], loader=_Loader())
        if fullname.startswith(_PREFIX) and "." not in fullname:
            return importlib.machinery.ModuleSpec(fullname, None, is_package=True)
        return None


sys.meta_path.append(_Finder())
