"""Components from templates: each works as it is written, and is there to be changed."""

from __future__ import annotations

import keyword
import re
from pathlib import Path

from bench.plugins import KINDS, given, taken
from bench.problems import UserError
from gan.registry import class_name, unknown

TEMPLATES = Path(__file__).with_name("templates")
_NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
_SET_ASIDE = ("conftest", "setup", "base")


def write(kind: str, name: str, folder: Path) -> list[Path]:
    """The component's file and its test, written into `folder`. Raises UserError; then nothing is written."""
    if kind not in KINDS:
        raise UserError(unknown("kind", kind, KINDS))
    _check_name(name)
    with given([]) as installed:
        if owner := taken(name) or next((f"in {s.file}" for s in installed if s.name == name), None):
            raise UserError(f"{name} is {owner}; choose another name")
    files = [folder / f"{name}.py", folder / f"test_{name}.py"]
    for file in files:
        if file.exists():
            raise UserError(f"{file} is there already, and is not overwritten")
    texts = [_rendered(template, name) for template in (f"{kind}.py.jinja", f"test_{kind}.py.jinja")]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for file, text in zip(files, texts, strict=True):
            file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UserError(f"cannot write to {folder}: {error.strerror}") from None
    return files


def _check_name(name: str) -> None:
    if not _NAME.fullmatch(name):
        raise UserError(
            f"{name!r} is no name for a component: small letters, digits and single _, like my_noise"
        )
    if keyword.iskeyword(name):
        raise UserError(f"{name!r} is a word of Python's; choose another name")
    if name.startswith("test_") or name.endswith("_test") or name in _SET_ASIDE:
        raise UserError(f"{name!r} would not be read as a component's file; choose another name")


def _rendered(template: str, name: str) -> str:
    import jinja2

    source = (TEMPLATES / template).read_text(encoding="utf-8")
    made = jinja2.Template(source, keep_trailing_newline=True, undefined=jinja2.StrictUndefined)
    text: str = made.render(name=name, cls=class_name(name))
    return text
