"""A study's results as one file that needs no MLflow: whatever a report is made from, one row a run.

    x.parquet    the rows; what each run logged over its steps, as two lists a logged name (`<name>/step` and
                 `<name>/value`); its pictures as PNG files; and all that is not about a single run as JSON
                 under `ganbench` in the schema's metadata
    x.csv        the rows alone, for other programs

The same results give the same bytes.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from bench.problems import UserError
from bench.rows import PENDING, Results, columns
from gan.registry import unknown

if TYPE_CHECKING:
    import pyarrow as pa

Pictures = Literal["none", "last", "all"]
SUFFIXES = (".parquet", ".csv")
VERSION = 1
"""Of the file's layout."""
KEY = b"ganbench"
"""Under which the metadata of the schema have what is not about a single run."""
PICTURE, PICTURE_STEPS, PICTURES = "picture", "pictures/step", "pictures/png"
_TOGETHER = 250
"""Runs whose pictures are in memory at once: some megabytes even where all of them are wanted."""
_NAMES = 8
"""Logged names that are asked for at once: few enough for memory, many enough for a server."""


def history_columns(name: str) -> tuple[str, str]:
    """The columns of what runs have logged under `name`: steps, values."""
    return f"{name}/step", f"{name}/value"


def arrow_type(kind: str) -> pa.DataType:
    """How the file holds what pandas calls `kind`."""
    import pyarrow as pa

    return {"str": pa.string(), "Int64": pa.int64(), "float64": pa.float64()}[kind]


def suffix_of(path: Path) -> str:
    """Raises UserError, with the nearest valid one, if `path` does not end in one of SUFFIXES."""
    if path.suffix.lower() not in SUFFIXES:
        raise UserError(f"{path}: {unknown('suffix of an export', path.suffix, SUFFIXES)}")
    return path.suffix.lower()


def write(results: Results, path: Path, pictures: Pictures = "last") -> None:
    """Write `results` to `path`, whose suffix says how; its folder is created.

    Args:
        results: What to write.
        path: `.parquet`, or `.csv` for the rows alone.
        pictures: Which pictures of each run's samples to put in; `all` is what an animation needs.

    Raises:
        UserError: The suffix is another, or nothing can be written there.
    """
    suffix = suffix_of(path)
    if path.is_dir():
        raise UserError(f"{path} is a folder; name a file")
    # A reader never meets half a file.
    partial = path.with_name(f"{path.name}.partial")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if suffix == ".csv":
            results.rows.to_csv(partial, index=False, lineterminator="\n")
        else:
            _parquet(results, partial, pictures)
        partial.replace(path)
    except OSError as error:
        raise UserError(f"cannot write {path}: {error.strerror or error}") from None


def _parquet(results: Results, path: Path, pictures: Pictures) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = _table(results)
    runs = [str(run) for run in results.rows["run_id"]]
    parts = _with_pictures(results, table, runs, pictures)
    first = next(parts)
    schema = first.schema.with_metadata({KEY: _about(results, pictures)})
    texts = [field.name for field in schema if field.type == pa.string()]
    with pq.ParquetWriter(
        path, schema, compression="zstd", use_dictionary=texts, write_statistics=False
    ) as file:
        for part in chain([first], parts):
            file.write_table(part.replace_schema_metadata(schema.metadata))


def _table(results: Results) -> pa.Table:
    """The rows, and the histories beside them."""
    import pyarrow as pa

    found = {
        name: pa.array(results.rows[name], arrow_type(kind), from_pandas=True)
        for name, kind in columns(results.plan).items()
    }
    # A run that has not begun has no lists; one that has begun may have empty ones.
    runs = [
        str(row.run_id) if row.verdict != PENDING else None
        for row in results.rows[["run_id", "verdict"]].itertuples()
    ]
    begun = [run for run in runs if run is not None]
    logged = sorted(results.logged)
    for start in range(0, len(logged), _NAMES):
        names = logged[start : start + _NAMES]
        told = results.histories(begun, names)
        for name in names:
            points = [told[run].get(name, []) if run in told else None for run in runs]
            for column, values in zip(history_columns(name), _lists(points), strict=True):
                found[column] = values
    return pa.table(found)


def _lists(points: list[list[tuple[int, float]] | None]) -> tuple[pa.Array, pa.Array]:
    import pyarrow as pa

    steps = [None if some is None else [step for step, _ in some] for some in points]
    values = [None if some is None else [value for _, value in some] for some in points]
    return pa.array(steps, pa.list_(pa.int64())), pa.array(values, pa.list_(pa.float64()))


def _with_pictures(
    results: Results, table: pa.Table, runs: list[str], pictures: Pictures
) -> Iterator[pa.Table]:
    """`table` in parts, each with its runs' pictures; one part at least."""
    import pyarrow as pa

    for start in range(0, max(1, len(runs)), _TOGETHER):
        part, some = table.slice(start, _TOGETHER), runs[start : start + _TOGETHER]
        if pictures == "last":
            files = results.pictures(some)
            images = [files[run].read_bytes() if run in files else None for run in some]
            part = part.append_column(PICTURE, pa.array(images, pa.binary()))
        elif pictures == "all":
            told = results.every_picture(some)
            every = [sorted(told.get(run, {}).items()) for run in some]
            steps = [[step for step, _ in found] for found in every]
            pngs = [[file.read_bytes() for _, file in found] for found in every]
            part = part.append_column(PICTURE_STEPS, pa.array(steps, pa.list_(pa.int64())))
            part = part.append_column(PICTURES, pa.array(pngs, pa.list_(pa.binary())))
        yield part


def _about(results: Results, pictures: Pictures) -> bytes:
    told: dict[str, Any] = {
        "version": VERSION,
        "plan": results.plan,
        "oracle": results.oracle,
        "protocols": results.protocols,
        "outside": results.outside,
        "experiment": results.experiment,
        "server": results.server,
        "logged": sorted(results.logged),
        "pictures": pictures,
    }
    return json.dumps(told, ensure_ascii=True).encode()
