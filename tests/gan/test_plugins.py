"""Plug-ins are read from their source, identified by it, and imported from the very bytes that were read."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path

import pytest

from gan.known import PluginError, in_force, know
from gan.plugins import Mistake, blame, files, read, register
from gan.recipe import Choice
from gan.registry import LOSSES, TRICKS

TRICK = '''"""Noise.

    x → x + σ

Reference: Nobody 2020, arXiv:2001.00001.
"""

from __future__ import annotations

from torch import Tensor

from gan.tree import knob, tree
from gan.tricks.base import At, Trick


@tree
class MyNoise(Trick):
    sigma: float = knob(0.1, unit="data units", low=0.0, high=2.0)
    """Strength σ."""

    def inputs(self, x: Tensor, at: At) -> Tensor:
        return x + self.sigma
'''


def written(folder: Path, *changes: tuple[str, str], name: str = "my_noise") -> Path:
    text = TRICK
    for before, after in changes:
        assert before in text
        text = text.replace(before, after)
    file = folder / f"{name}.py"
    folder.mkdir(exist_ok=True)
    file.write_text(text)
    return file


def test_a_plugin_is_what_its_source_says(tmp_path: Path) -> None:
    """Kind, name, summary, knobs, and the SHA-256 that sha256sum prints."""
    file = written(tmp_path)
    spec = read(file)
    assert (spec.kind, spec.name, spec.summary, spec.file) == ("trick", "my_noise", "Noise.", file)
    assert spec.defaults == {"sigma": 0.1}
    assert spec.source == hashlib.sha256(file.read_bytes()).hexdigest()


def test_it_is_found_by_name_only_where_it_is_in_force(tmp_path: Path) -> None:
    """And by name and digest wherever it is known."""
    spec = read(written(tmp_path))
    with in_force([spec]):
        assert "my_noise" in TRICKS.names() and "my_noise" not in LOSSES.names()
        choice = Choice.of(TRICKS, "my_noise", sigma=0.5)
        assert choice.source == spec.source
        with in_force([]):
            assert "my_noise" not in TRICKS.names(), "the inner block is another study's"
    assert "my_noise" not in TRICKS.names()
    with pytest.raises(KeyError, match="unknown trick 'my_noise'"):
        TRICKS.spec("my_noise")
    assert TRICKS.spec("my_noise", choice.source) == spec
    assert TRICKS.load("my_noise", choice.source)(**choice.knobs).sigma == 0.5


def test_two_plugins_of_one_name_are_two(tmp_path: Path) -> None:
    """Each is loaded once, and neither takes the other's place."""
    one = read(written(tmp_path / "a"))
    other = read(written(tmp_path / "b", ("knob(0.1", "knob(0.2")))
    know([one, other])
    first, second = TRICKS.load("my_noise", one.source), TRICKS.load("my_noise", other.source)
    assert (first().sigma, second().sigma) == (0.1, 0.2)
    assert TRICKS.load("my_noise", one.source) is first
    assert sys.modules[first.__module__].MyNoise is first, "pickle finds it by its module"


def test_what_was_read_is_what_runs(tmp_path: Path) -> None:
    """Not an edit since then, and not stale bytecode of an edit within one second."""
    file = written(tmp_path)
    before = read(file)
    know([before])
    written(tmp_path, ("knob(0.1", "knob(0.3"))
    assert TRICKS.load("my_noise", before.source)().sigma == 0.1
    after = read(file)
    know([after])
    assert TRICKS.load("my_noise", after.source)().sigma == 0.3
    assert not (tmp_path / "__pycache__").exists(), "nothing is written into a user's folder"


def test_a_shared_file_is_part_of_the_identity(tmp_path: Path) -> None:
    """A change in what is imported from the folder is a change of the plug-in, and takes effect."""
    file = written(
        tmp_path, ("from gan.tree", "from ._strength import HALF\nfrom gan.tree"), ("+ self.sigma", "+ HALF")
    )
    (tmp_path / "_strength.py").write_text("HALF = 0.5\n")
    one = read(file)
    (tmp_path / "_strength.py").write_text("HALF = 0.25\n")
    other = read(file)
    assert one.source != other.source
    know([one, other])
    assert [TRICKS.load("my_noise", s.source)().inputs(1.0, None) for s in (one, other)] == [1.5, 1.25]
    assert files(tmp_path) == [file], "and no component"


def test_tests_and_helpers_are_no_components(tmp_path: Path) -> None:
    """A folder may hold its plug-ins' tests."""
    file = written(tmp_path)
    for name in ("_private", "test_my_noise", "my_noise_test", "conftest", "__init__"):
        (tmp_path / f"{name}.py").write_text("")
    (tmp_path / "notes.md").write_text("")
    assert files(tmp_path) == [file] == files(file)


CLASS = "class MyNoise(Trick):"
MISTAKES = {
    "no Python": ((CLASS, "class MyNoise(Trick)"), 17, "is not Python: expected ':'"),
    "another class": ((CLASS, "class MyNois(Trick):"), 17, "holds no class MyNoise, .*; is it MyNois?"),
    "no class": ((CLASS, "class Other(Trick):"), 1, "holds no class MyNoise"),
    "unknown base": (
        (CLASS, "class MyNoise(Trik):"),
        17,
        "Trick, Loss, .*, not of Trik; did you mean Trick?",
    ),
    "no base": ((CLASS, "class MyNoise:"), 17, "and has no base class"),
    "no tree": (("@tree\n", "@object\n"), 17, "needs the decorator @tree"),
    "a bare field": (
        (' = knob(0.1, unit="data units", low=0.0, high=2.0)', " = 0.1"),
        18,
        "field sigma must be",
    ),
    "no unit": (('unit="data units", ', ""), 18, "knob sigma does not say its unit"),
    "no literal": (("knob(0.1", "knob(some()"), 18, "all of it literals"),
    "no such type": (("sigma: float", "sigma: Decimal"), 18, "a type that knobs cannot have: .*Decimal"),
    "no range": (("low=0.0, high=2.0", "low=2.0, high=0.0"), 18, "a range from 2.0 down to 0.0"),
    "beyond the folder": (("from gan.tree", "from ..up import x\nfrom gan.tree"), 12, "its own folder only"),
    "no such file": (
        ("from gan.tree", "from ._gone import x\nfrom gan.tree"),
        12,
        "imports _gone.py from its folder",
    ),
}


@pytest.mark.parametrize(("change", "line", "words"), MISTAKES.values(), ids=MISTAKES.keys())
def test_a_mistake_has_its_file_and_line(
    change: tuple[str, str], line: int, words: str, tmp_path: Path
) -> None:
    """Found without importing anything."""
    file = written(tmp_path, change)
    with pytest.raises(Mistake, match=words) as caught:
        read(file)
    assert (caught.value.file, caught.value.line) == (file, line)
    assert str(caught.value).startswith(f"{file}:{line}: ")


def test_a_file_needs_a_components_name(tmp_path: Path) -> None:
    """As it stands in YAML."""
    with pytest.raises(Mistake, match="'My-Noise' is no name for a component"):
        read(written(tmp_path, name="My-Noise"))


def test_bytes_that_are_no_text(tmp_path: Path) -> None:
    """Not UTF-8, or with a NUL."""
    for content in (b"\xff\xfe", b"x = 1\0"):
        (tmp_path / "my_noise.py").write_bytes(content)
        with pytest.raises(Mistake, match="is not Python"):
            read(tmp_path / "my_noise.py")


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("import no_such_library", "ModuleNotFoundError: No module named 'no_such_library'"),
        ("1 / 0", "ZeroDivisionError: division by zero"),
        ("raise SystemExit(3)", "SystemExit: 3"),
    ],
)
def test_an_import_that_raises_is_one_line(statement: str, said: str, tmp_path: Path) -> None:
    """With the file's line and the exception."""
    spec = read(written(tmp_path, ("from gan.tree", f"{statement}\nfrom gan.tree")))
    know([spec])
    with pytest.raises(PluginError) as caught:
        TRICKS.load("my_noise", spec.source)
    assert str(caught.value) == f"{spec.file}:12: {said}"


def test_what_a_plugin_raises_is_laid_at_its_door(tmp_path: Path) -> None:
    """By file and line; what others raise is not."""
    spec = read(written(tmp_path, ("return x + self.sigma", "return x + None")))
    know([spec])
    with pytest.raises(TypeError) as caught:
        TRICKS.load("my_noise", spec.source)().inputs(1.0, None)
    said = blame(caught.value)
    assert said is not None and said.startswith(f"{spec.file}:22: TypeError: unsupported operand")
    with pytest.raises(ValueError, match="invalid") as other:
        int("x")
    assert blame(other.value) is None


def test_a_digest_that_nobody_knows(tmp_path: Path) -> None:
    """As in a worker that starts after the file was changed: it says so."""
    file = written(tmp_path)
    with pytest.raises(PluginError, match=r"my_noise \(sha256 000000000000\) is not as it was"):
        TRICKS.spec("my_noise", "0" * 64)
    register([file])
    file.unlink()
    with pytest.raises(PluginError, match="cannot be read"):
        register([file])


def test_reading_plugins_imports_no_torch(tmp_path: Path) -> None:
    """Listing and validating must be instant."""
    file = written(tmp_path)
    program = (
        "import sys; from pathlib import Path; from gan.plugins import read; "
        f"read(Path({str(file)!r})); sys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
