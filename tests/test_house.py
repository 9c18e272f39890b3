"""The rules of the house: who may import whom, how long things get, and what has to be said."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest
from house import ROOT, Import, Source, sources

from gan.registry import class_name

GAN, BENCH = sources("gan"), sources("bench")
HOUSE = [*GAN, *BENCH]
KINDS = ("losses", "tricks", "models", "data", "optimizers")
CORE = ("gan.tree", "gan.rng", "gan.schedules", "gan.shapes", "gan.registry", "gan.known")
EVERY = pytest.mark.parametrize("source", HOUSE, ids=lambda source: source.name)


def offending(source: Source, *packages: str, lazily_too: bool = True) -> list[str]:
    """What this file imports of these packages; imports that are never executed are free."""
    return [
        found.module
        for found in source.imports
        if found.within(*packages) and not found.typing and (lazily_too or not found.lazy)
    ]


def test_the_house_is_not_empty() -> None:
    """Otherwise no rule below could fail."""
    assert len(GAN) > 30 and len(BENCH) > 30
    assert any(found.within("torch") for source in GAN for found in source.imports)


@pytest.mark.parametrize("source", GAN, ids=lambda source: source.name)
def test_gan_knows_tensors_and_not_studies(source: Source) -> None:
    """It never imports bench, nor anything that records, tabulates, searches or scores."""
    forbidden = ("bench", "pandas", "optuna", "mlflow", "torch_fidelity", "scipy", "yaml", "pydantic", "rich")
    assert not offending(source, *forbidden)
    heavy = offending(source, "torchvision", "sklearn", lazily_too=False)
    assert not heavy, "libraries of datasets are imported where they are needed"
    if not source.module.startswith("gan.data"):
        assert not offending(source, "torchvision", "sklearn"), "only data need libraries of datasets"


@pytest.mark.parametrize("module", CORE)
def test_the_core_knows_only_itself(module: str) -> None:
    """Trees, streams, schedules and the registry import nothing else of gan."""
    (source,) = [source for source in GAN if source.module == module]
    assert not [found for found in offending(source, "gan") if found not in CORE]


@pytest.mark.parametrize("source", GAN, ids=lambda source: source.name)
def test_kinds_never_know_each_others_concrete_files(source: Source) -> None:
    """A component knows the core, its own kind's base and helpers, and other kinds by their base class."""
    kind = source.module.split(".")[1] if source.module.count(".") == 2 else None
    if kind not in KINDS:
        return
    own, bases = f"gan.{kind}", {f"gan.{other}.base" for other in KINDS}
    for found in source.imports:
        if not found.within("gan"):
            continue
        module = found.module
        assert found.within(*CORE, own) or module in bases, f"{source.name} imports {module}"
        if found.within(own) and source.path.stem not in ("chain", "base"):
            # `stacked_digits` is made of `digits`: data may be built on data.
            helper = module.rpartition(".")[2]
            assert kind == "data" or helper.startswith("_") or helper == "base", f"{source.name}: {module}"


def test_the_step_knows_components_by_their_base_classes() -> None:
    """It is the algorithm and nothing else: no registry, no recipe, no concrete loss, model or optimiser."""
    parts = [source for source in GAN if source.module in ("gan.step", "gan.players")]
    assert len(parts) == 2
    allowed = {f"gan.{kind}.base" for kind in KINDS} | {"gan.tricks.chain"}
    for step in parts:
        concrete = set(offending(step, *(f"gan.{kind}" for kind in KINDS))) - allowed
        assert concrete == set()
        outer = ("registry", "recipe", "build", "train", "sampling", "checkpoint")
        assert offending(step, *(f"gan.{name}" for name in outer)) == []
        assert len(step.imports) > 8, "or the step was not read"


@EVERY
def test_only_training_knows_that_replicas_exist(source: Source) -> None:
    """vmap is mentioned in gan/train.py, in the rules that hold components to it, and nowhere else."""
    if source.module not in ("gan.train", "bench.contracts.rules"):
        assert not {"vmap", "in_dims", "functorch"} & source.identifiers


@EVERY
def test_mlflow_optuna_and_ray_are_known_in_one_place_each(source: Source) -> None:
    """So that either can be replaced in one place."""
    if not source.module.startswith("bench.tracking"):
        assert not offending(source, "mlflow")
    if not source.module.startswith("bench.executors.ray"):
        assert not offending(source, "ray")
    if source.module != "bench.tuning" and not source.module.startswith("bench.tuning."):
        assert not offending(source, "optuna")


@pytest.mark.parametrize("source", BENCH, ids=lambda source: source.name)
def test_reports_and_statistics_read_rows(source: Source) -> None:
    """Never tensors."""
    if source.module.startswith(("bench.reports", "bench.stats", "bench.rows", "bench.verdict")):
        assert not offending(source, "torch", "gan.step", "gan.train")


@EVERY
def test_files_and_functions_are_short(source: Source) -> None:
    """A file that outgrows 300 lines becomes a folder; a function that outgrows 60 becomes two."""
    assert len(source.text.splitlines()) <= 300
    long = {f.name: f.end_lineno - f.lineno + 1 for f in source.functions if f.end_lineno is not None}
    assert {name: length for name, length in long.items() if length > 60} == {}
    assert source.path.name not in ("utils.py", "helpers.py", "misc.py", "common.py"), (
        "a name says what is in it"
    )


def _public(node: ast.AST) -> bool:
    return isinstance(node, ast.ClassDef | ast.FunctionDef) and not node.name.startswith("_")


def _bases(node: ast.ClassDef) -> set[str]:
    return {ast.unparse(base).partition("[")[0].rpartition(".")[2] for base in node.bases}


CLASSES = {
    node.name: node for source in HOUSE for node in ast.walk(source.tree) if isinstance(node, ast.ClassDef)
}
"""Every class of the house by name."""
DOCUMENTED = {
    node.name: {
        method.name
        for method in node.body
        if isinstance(method, ast.FunctionDef) and ast.get_docstring(method)
    }
    for node in CLASSES.values()
}
"""The methods of each that have a docstring."""
OUTSIDE = {"forward"}
"""Methods that the base class of another library documents."""


@EVERY
def test_whatever_is_public_says_what_it_is(source: Source) -> None:
    """Modules, classes, functions have docstrings; a component's is its file's, an override's its base's."""
    about = ast.get_docstring(source.tree)
    assert about, "a module says what it holds"
    overloads = {
        id(f) for f in source.functions if any(ast.unparse(d) == "overload" for d in f.decorator_list)
    }
    component = class_name(source.path.stem) if "Reference:" in about else None
    for node in filter(_public, source.tree.body):
        assert isinstance(node, ast.ClassDef | ast.FunctionDef)
        if id(node) in overloads:
            continue
        assert ast.get_docstring(node) or node.name == component, f"{node.name} has no docstring"
        if isinstance(node, ast.ClassDef):
            _methods_are_documented(node)


def _inherited(node: ast.ClassDef) -> set[str]:
    """The methods that its bases, and theirs, say what they do."""
    bases = [CLASSES[base] for base in _bases(node) if base in CLASSES]
    return {name for base in bases for name in DOCUMENTED[base.name] | _inherited(base)}


def _methods_are_documented(node: ast.ClassDef) -> None:
    inherited = _inherited(node)
    # `Chain` has every point of a trick, with a trick's meaning, without being one.
    inherited |= DOCUMENTED["Trick"] if node.name == "Chain" else set()
    for method in filter(_public, node.body):
        assert isinstance(method, ast.FunctionDef)
        known = ast.get_docstring(method) or method.name in inherited | OUTSIDE
        assert known, f"{node.name}.{method.name} has no docstring"


BLOCKED = (
    "bench mlflow optuna pandas pydantic rich scipy sklearn torch_fidelity torchvision typer yaml PIL "
    "matplotlib jinja2 safetensors"
)
IMPORT_WITHOUT = """
import importlib, importlib.abc, sys

class Wall(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {blocked!r}.split():
            raise ImportError(f"{{name}} is not needed to train a GAN")

sys.meta_path.insert(0, Wall())
for name in {modules!r}:
    importlib.import_module(name)
"""


def test_gan_needs_nothing_but_torch_and_numpy() -> None:
    """Every module of gan imports where all other libraries are walled off."""
    program = IMPORT_WITHOUT.format(blocked=BLOCKED, modules=[source.module for source in GAN])
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr


def _tracked(*folders: str) -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-z", *folders], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if listed.returncode:
        pytest.skip("not a git checkout")
    return [ROOT / name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]


def test_results_name_no_machine() -> None:
    """Tracked results hold no absolute path of whoever made them."""
    home = re.compile(rb"(?:^|[\s\"'(=:])(?:file://)?/(?:home|root|Users|work|tmp|mnt|data)/", re.MULTILINE)
    assert home.search(b'"/home/me/x"') and not home.search(b"results/x/comparison.md")
    for path in _tracked("results"):
        assert not home.search(path.read_bytes()), f"{path.relative_to(ROOT)} holds an absolute path"


def test_imports_are_read_rightly(tmp_path: Path) -> None:
    """The reader itself: plain, lazy, typing-only and nested in a package."""
    file = tmp_path / "x.py"
    file.write_text(
        "import a.b\nfrom gan import rng\nfrom typing import TYPE_CHECKING\n"
        "if TYPE_CHECKING:\n    import c\ndef f():\n    from gan.tricks.base import Trick\n"
    )
    assert Source(file).imports == [
        Import("a.b", lazy=False, typing=False),
        Import("gan.rng", lazy=False, typing=False),
        Import("typing", lazy=False, typing=False),
        Import("c", lazy=False, typing=True),
        Import("gan.tricks.base", lazy=True, typing=False),
    ]
