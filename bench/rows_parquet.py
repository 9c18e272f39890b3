"""An exported study read back: results as if MLflow had told them, without MLflow. See `bench.export`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from bench.export import KEY, PICTURE, PICTURE_STEPS, PICTURES, VERSION, arrow_type, history_columns
from bench.problems import UserError
from bench.rows import PENDING, Results, columns, in_order
from bench.scratch import scratch
from bench.told_runs import check_arms, check_runs
from bench.told_study import amiss, amiss_in_arms, amiss_in_references
from gan.registry import unknown

if TYPE_CHECKING:
    import pyarrow as pa

Points = list[tuple[int, float]]
Told = TypeVar("Told")

_ABOUT: dict[str, type] = {
    "oracle": dict,
    "experiment": str,
    "server": str,
    "logged": list,
    "pictures": str,
}
"""What an exported file tells beside what `bench.told_study` asks of every file."""


def read(path: Path) -> Results:
    """The results that `bench.export.write` has put into `path`, whatever the order of its rows.

    Histories and pictures are read when they are asked for: the file has to stay where it is.

    Raises:
        UserError: It cannot be read, is no such file, lacks something, or tells of what cannot be.
    """
    if not path.is_file():
        raise UserError(f"{path}: no such file")
    with _in_words(path):
        file = _File(path)
        about = file.about()
        plan = about["plan"]
        kinds = columns(plan)
        for name, kind in kinds.items():
            if name not in file.names:
                raise UserError(f"{path}: the column {name!r} is missing")
            if (held := file.schema.field(name).type) != arrow_type(kind):
                raise UserError(f"{path}: the column {name!r} holds {held}, not {arrow_type(kind)}")
        rows = file.columns(list(kinds)).to_pandas()[list(kinds)].astype(kinds)
    ids = [arm["id"] for arm in plan["arms"]]
    if strangers := sorted(set(rows["arm"].dropna()) - set(ids)):
        raise UserError(f"{path}: there are runs of an {unknown('arm', strangers[0], ids)}")
    if rows["arm"].isna().any():
        raise UserError(f"{path}: the column 'arm': one is missing")
    check_runs(
        rows,
        plan,
        about["protocols"],
        lambda arm, column, message: UserError(
            f"{path}: the column {column!r}, arm {plan['arms'][arm]['name']!r}: {message}"
        ),
    )
    rows = in_order(plan, rows)
    return Results(
        rows=rows,
        oracle=about["oracle"],
        protocols=about["protocols"],
        plan=plan,
        outside=about["outside"],
        pictures=file.pictures,
        every_picture=file.every_picture,
        experiment=about["experiment"],
        server=about["server"],
        logged=frozenset(about["logged"]),
        histories=file.histories,
    )


@dataclass(frozen=True)
class _File:
    """An exported file; opened anew by every question, so that nothing has to close it."""

    path: Path

    @cached_property
    def schema(self) -> pa.Schema:
        import pyarrow.parquet as pq

        return pq.read_schema(self.path)

    @cached_property
    def names(self) -> frozenset[str]:
        return frozenset(self.schema.names)

    @cached_property
    def numbers(self) -> dict[str, int]:
        """Run -> its folder among the pictures."""
        return {}

    @cached_property
    def folder(self) -> Path:
        """Where pictures are put."""
        return scratch()

    def about(self) -> dict[str, Any]:
        """What is not about a single run. Raises UserError if it is not there, or not all."""
        metadata = self.schema.metadata or {}
        if KEY not in metadata:
            raise UserError(
                f"{self.path}: a Parquet file that holds no study; `ganbench export STUDY FILE` writes one"
            )
        try:
            about = json.loads(metadata[KEY])
        except ValueError as error:
            raise UserError(f"{self.path}: what it says of the study is no JSON: {error}") from None
        if not isinstance(about, dict) or about.get("version") != VERSION:
            said = about.get("version") if isinstance(about, dict) else None
            raise UserError(f"{self.path}: layout {said!r}, and this ganbench reads layout {VERSION}")
        for name, kind in _ABOUT.items():
            if not isinstance(about.get(name), kind):
                raise UserError(f"{self.path}: what it says of the study lacks {name!r}")
        self._check(about)
        return about

    def _check(self, about: dict[str, Any]) -> None:
        """Raise UserError if the plan cannot be one."""
        problem = amiss(about) or amiss_in_arms(about["plan"])
        if problem is None:
            check_arms(about["plan"], self._wrong_arm)
            problem = amiss_in_references(about["plan"])
        if problem is not None:
            raise UserError(f"{self.path}: what it says of the study: {problem}")

    def _wrong_arm(self, index: int, column: str, message: str) -> UserError:
        return UserError(f"{self.path}: what it says of the study: plan.arms.{index}, {column}: {message}")

    def columns(self, names: list[str]) -> pa.Table:
        """These columns of all runs."""
        import pyarrow.parquet as pq

        with pq.ParquetFile(self.path) as file:
            # A name with a dot also begins a path to nested columns, were there any.
            return file.read(columns=names).select(names)

    def histories(self, wanted: list[str], names: list[str]) -> dict[str, dict[str, Points]]:
        """Run ids and logged names -> each run's values over its steps, in the order of `wanted`."""
        asked = set(wanted)
        known = [name for name in names if self.names.issuperset(history_columns(name))]
        with _in_words(self.path):
            table = self.columns(["run_id", "verdict", *(c for name in known for c in history_columns(name))])
        runs = table["run_id"].to_pylist()
        found: dict[str, dict[str, Points]] = {
            run: {name: [] for name in names}
            for run, verdict in zip(runs, table["verdict"].to_pylist(), strict=True)
            if run in asked and verdict != PENDING
        }
        for name in known:
            steps, values = (table[column].to_pylist() for column in history_columns(name))
            for run, at, value in zip(runs, steps, values, strict=True):
                if run in found and at is not None:
                    found[run][name] = list(zip(at, value, strict=True))
        return _as_asked(wanted, found)

    def pictures(self, wanted: list[str]) -> dict[str, Path]:
        """Run ids -> the last picture of each run's samples, where there is one."""
        if PICTURE in self.names:
            told = self._chosen(set(wanted), [PICTURE])
            return _as_asked(
                wanted, {run: self._put(run, "last", png) for run, png in told if png is not None}
            )
        return {run: steps[max(steps)] for run, steps in self.every_picture(wanted).items()}

    def every_picture(self, wanted: list[str]) -> dict[str, dict[int, Path]]:
        """Run ids -> step -> picture; none where the file has only the last ones."""
        if PICTURES not in self.names:
            return {}
        found = {
            run: {
                step: self._put(run, f"step-{step:06d}", png) for step, png in zip(steps, pngs, strict=True)
            }
            for run, steps, pngs in self._chosen(set(wanted), [PICTURE_STEPS, PICTURES])
            if steps
        }
        return _as_asked(wanted, found)

    def _chosen(self, wanted: set[str], names: list[str]) -> Iterator[tuple[Any, ...]]:
        """Run id and these columns of the runs that are wanted; in memory is one part of the file."""
        import pyarrow.parquet as pq

        with _in_words(self.path), pq.ParquetFile(self.path) as file:
            for part in range(file.num_row_groups):
                runs = file.read_row_group(part, columns=["run_id"])["run_id"].to_pylist()
                if chosen := [index for index, run in enumerate(runs) if run in wanted]:
                    read = file.read_row_group(part, columns=names).take(chosen)
                    told = [read[name].to_pylist() for name in names]
                    yield from zip([runs[index] for index in chosen], *told, strict=True)

    def _put(self, run: str, name: str, png: bytes) -> Path:
        # By number, because a run's id is whatever the file says it is.
        place = self.folder / str(self.numbers.setdefault(run, len(self.numbers))) / f"{name}.png"
        place.parent.mkdir(exist_ok=True)
        place.write_bytes(png)
        return place


def _as_asked(wanted: list[str], found: dict[str, Told]) -> dict[str, Told]:
    """In the order of `wanted`, and not of the file's rows."""
    return {run: found[run] for run in wanted if run in found}


@contextmanager
def _in_words(path: Path) -> Iterator[None]:
    """Turn what pyarrow raises about a broken file into a line."""
    import pyarrow as pa

    try:
        yield
    except (pa.ArrowException, OSError) as error:
        reason = str(error).strip().partition("\n")[0]
        raise UserError(f"{path}: not a Parquet file that can be read: {reason}") from None
