"""Arms that are set side by side, of one study or of several: what a user types, and what may be compared."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from bench.problems import UserError
from bench.protocols import differences
from bench.reports._grid import BROKEN
from bench.rows import UNFINISHED, Results
from bench.stats import Array
from gan.registry import unknown

if TYPE_CHECKING:
    import pandas as pd

_FILES = (".yaml", ".yml", ".csv", ".parquet")
_SHORTEST = 4
"""Digits of an arm's id that are taken for one."""


@dataclass(frozen=True)
class Side:
    """One arm of one study."""

    source: str
    """How the study was named."""
    results: Results
    arm: str
    """Its id."""
    name: str
    """What it is called in the comparison."""

    @cached_property
    def rows(self) -> pd.DataFrame:
        """The arm's runs."""
        return self.results.rows[self.results.rows["arm"] == self.arm]

    @property
    def own_name(self) -> str:
        """What its study calls it."""
        return next(str(arm["name"]) for arm in self.results.plan["arms"] if arm["id"] == self.arm)

    def outcomes(self, output: str, seeds: Sequence[int] | None = None) -> tuple[Array, NDArray[np.bool_]]:
        """Finals, NaN where there is none, and which runs failed, both aligned with `seeds` (its own if
        None).

        Failed: diverged, failed, or ended without a finite score.
        """
        rows = self.rows.set_index("seed").sort_index()
        seeds = list(rows.index) if seeds is None else list(seeds)
        finals = rows[f"{output}.final"].astype("float64")
        finals = finals.where(np.isfinite(finals))
        failed = ~rows["verdict"].isin(UNFINISHED) & (rows["verdict"].isin(BROKEN) | finals.isna())
        told = failed.reindex(seeds, fill_value=False)
        scores = np.asarray(finals.reindex(seeds), dtype=np.float64)
        return scores, np.asarray(told, dtype=np.bool_)

    @property
    def study(self) -> tuple[str, str]:
        """What tells its study from others."""
        return str(self.results.plan["name"]), self.results.experiment

    @property
    def protocols(self) -> dict[str, dict[str, Any]]:
        """How its runs were scored: digest -> protocol."""
        used = {name for text in self.rows["protocol"].dropna() for name in str(text).split()}
        return {name: self.results.protocols.get(name, {}) for name in sorted(used)}

    @property
    def data(self) -> Any:
        """The data that its runs were scored against; None if that is not known, or not one thing."""
        found = [protocol.get("data") for protocol in self.protocols.values()]
        return found[0] if found and all(data == found[0] for data in found) else None


def sides(words: Sequence[str], arm: str | None, find: Callable[[str], Results]) -> list[Side]:
    """What is named by STUDY, STUDY:ARM or :ARM (of the study before), in this order; an arm twice is one.

    Args:
        words: At least one.
        arm: What stands for ARM where a word has none.
        find: The results of a STUDY.

    Raises:
        UserError: A word names no arm, an arm that does not apply, or all of them name one arm only; and
            whatever `find` raises.
    """
    found: dict[tuple[str, str, str], Side] = {}
    known: dict[str, Results] = {}
    source = ""
    for word in words:
        before, (source, pattern) = source, split(word)
        source, pattern = source or before, pattern or arm
        if not source:
            raise UserError(f"{word!r} names no study; the first one must: STUDY:ARM")
        if source not in known:
            known[source] = find(source)
        for side in _matching(source, known[source], pattern):
            found.setdefault((*side.study, side.arm), side)
    if len(found) < 2:
        (only,) = found.values()
        raise UserError(f"there is one arm, {only.name!r}, and nothing to compare it with; name another")
    return _named(list(found.values()))


def split(word: str) -> tuple[str, str | None]:
    """STUDY and ARM of `STUDY:ARM`, either of which may be missing; a file's name may hold a colon."""
    if ":" not in word or Path(word).is_file():
        return word, None
    for colon in (match.start() for match in re.finditer(":", word)):
        if Path(word[:colon]).suffix.lower() in _FILES:
            return word[:colon], word[colon + 1 :]
    study, _, arm = word.partition(":")
    return study, arm


def check_protocols(found: Sequence[Side]) -> list[str]:
    """What differs between the ways in which the sides were scored; nothing if they are one way."""
    protocols = {name: about for side in found for name, about in side.protocols.items()}
    first, *others = protocols.values() or [{}]
    return list(dict.fromkeys(phrase for other in others for phrase in differences(first, other)))


def refuse_mixture(found: Sequence[Side]) -> None:
    """Raise UserError if the sides' scores were made in more than one way."""
    if changed := check_protocols(found):
        raise UserError(
            f"these scores were made in different ways ({'; '.join(changed)}) and do not compare; "
            "--mix-protocols sets them side by side all the same, marked as mixed"
        )


def paired(one: Side, other: Side) -> bool:
    """Whether runs of equal seeds of two arms belong together.

    Random numbers depend on the seed, the step and the place where they are drawn, and on nothing else: runs
    of one seed begin with the same weights where the networks are the same, and see the same batches and
    latents. Arms of one study are always paired, as in its own table. Across studies two arms are paired if
    they were scored against the same data and share two seeds at least; on other data a seed decides
    nothing that both have, and the comparison is unpaired (Welch). A pairing that has nothing in common
    costs power and is not wrong.
    """
    if one.study == other.study:
        return True
    shared = set(one.rows["seed"]) & set(other.rows["seed"])
    return len(shared) >= 2 and one.data is not None and one.data == other.data


def _matching(source: str, results: Results, pattern: str | None) -> list[Side]:
    arms = results.plan["arms"]
    applicable = [arm for arm in arms if arm["reason"] is None]
    if pattern is None:
        if len(applicable) != 1:
            hint = f"{source}:ARM, {source}:'*' for all, or --arm"
            raise UserError(f"{source} has {len(applicable)} arms; say which: {hint}")
        chosen = applicable
    else:
        chosen = _called(pattern, arms)
        if not chosen:
            names = [arm["name"] for arm in arms]
            raise UserError(f"{source}: {unknown('arm', pattern, names)}")
        if all(arm["reason"] is not None for arm in chosen):
            raise UserError(f"{source}: the arm {chosen[0]['name']!r} does not apply: {chosen[0]['reason']}")
    return [Side(source, results, arm["id"], arm["name"]) for arm in chosen if arm["reason"] is None]


def _called(pattern: str, arms: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Of this name or id; else whose id begins so; else whose name fits, `*` standing for any text."""
    if exact := [arm for arm in arms if pattern in (arm["name"], arm["id"])]:
        return exact
    begun = [arm for arm in arms if str(arm["id"]).startswith(pattern)]
    if len(pattern) >= _SHORTEST and len(begun) == 1:
        return begun
    fits = re.compile(".*".join(map(re.escape, pattern.split("*"))), re.DOTALL)
    return [arm for arm in arms if fits.fullmatch(arm["name"])]


def _named(found: list[Side]) -> list[Side]:
    """With the study in the name where there are several."""
    from dataclasses import replace

    if len({side.study for side in found}) == 1:
        return found
    studies = {side.study: side.results.plan["name"] for side in found}
    twice = len(set(studies.values())) < len(studies)
    return [
        replace(side, name=f"{side.source if twice else studies[side.study]}: {side.name}") for side in found
    ]
