"""Reads the house as text: files, imports, functions and docstrings, without importing anything of it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

ROOT = Path(__file__).parents[1]
Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Import:
    """One imported module or name."""

    module: str
    """Dotted; for `from a import b`, `a.b` if that is a file of the house, else `a`."""
    lazy: bool
    """Inside a function: paid for only by who calls it."""
    typing: bool
    """Under `if TYPE_CHECKING`: never executed."""

    def within(self, *packages: str) -> bool:
        """Whether it is one of these packages or inside one."""
        return any(self.module == package or self.module.startswith(f"{package}.") for package in packages)


@dataclass(frozen=True)
class Source:
    """One file of `gan` or `bench`."""

    path: Path

    @property
    def name(self) -> str:
        """Where it is, from the root."""
        return self.path.relative_to(ROOT).as_posix()

    @property
    def module(self) -> str:
        """Its dotted name."""
        return self.name.removesuffix(".py").removesuffix("/__init__").replace("/", ".")

    @cached_property
    def text(self) -> str:
        return self.path.read_text(encoding="utf-8")

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text)

    @property
    def imports(self) -> list[Import]:
        """All of them, wherever they are."""
        return list(_imports(self.tree, lazy=False, typing=False))

    @property
    def functions(self) -> list[Function]:
        """All of them, nested ones and methods too."""
        return [node for node in ast.walk(self.tree) if isinstance(node, Function)]

    @property
    def identifiers(self) -> set[str]:
        """Every name and attribute that the code mentions; comments and strings are not code."""
        names = {node.id for node in ast.walk(self.tree) if isinstance(node, ast.Name)}
        attributes = {node.attr for node in ast.walk(self.tree) if isinstance(node, ast.Attribute)}
        imported = {
            alias.name
            for node in ast.walk(self.tree)
            if isinstance(node, ast.Import | ast.ImportFrom)
            for alias in node.names
        }
        return names | attributes | imported


def sources(*folders: str) -> list[Source]:
    """Every Python file beneath these folders of the house."""
    return [Source(path) for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))]


def _imports(node: ast.AST, lazy: bool, typing: bool) -> Iterator[Import]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Import):
            yield from (Import(alias.name, lazy, typing) for alias in child.names)
        elif isinstance(child, ast.ImportFrom):
            assert child.level == 0 and child.module, "relative imports hide where a name comes from"
            for alias in child.names:
                yield Import(_target(child.module, alias.name), lazy, typing)
        elif isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test):
            yield from _imports(child, lazy, typing=True)
        else:
            yield from _imports(child, lazy or isinstance(child, Function), typing)


def _target(module: str, name: str) -> str:
    inside = ROOT.joinpath(*module.split("."), name)
    return f"{module}.{name}" if inside.with_suffix(".py").is_file() or inside.is_dir() else module
