"""Where results come from: MLflow, or a file that was written from it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from bench.problems import UserError
from bench.rows import Results
from gan.registry import nearest, unknown

STUDIES = (".yaml", ".yml")


def of_study(
    study: Path, studies: Path, tracking_uri: str | None, note: Callable[[str], None] = lambda line: None
) -> Results:
    """What MLflow holds of a study.

    Args:
        study: The study's YAML file.
        studies: The folder of all studies' results.
        tracking_uri: MLflow's store; None: as `bench.tracking.resolve_uri` finds it.
        note: Told if the file says otherwise than the record.

    Raises:
        bench.problems.StudyError: The study has a mistake.
        bench.tracking.StudyNotFoundError: MLflow has no such study.
        bench.tracking.TrackingError: MLflow could not be reached.
    """
    from bench.study import load
    from bench.unrecorded import told, unrecorded

    asked = load(study)
    found = _recorded(asked.name, studies, tracking_uri)
    if changed := unrecorded(asked, found.plan):
        note(told(str(study), changed))
    return found


def of_file(path: Path, note: Callable[[str], None] = lambda line: None) -> Results:
    """What a comparison.csv or an exported .parquet holds.

    Args:
        path: The file.
        note: Told if a comparison.csv states otherwise than its own runs.

    Raises:
        UserError: It is neither, or broken.
    """
    readers = _readers()
    if path.suffix.lower() not in readers:
        raise UserError(f"{path}: {unknown('suffix of results', path.suffix, readers)}")
    return readers[path.suffix.lower()](path, note)


def of(
    text: str, studies: Path, tracking_uri: str | None, note: Callable[[str], None] = lambda line: None
) -> Results:
    """The results that `text` names: a study's file, a file of results, or a study by its name.

    `note` is that of `of_file`. Raises as `of_study` and `of_file` do.
    """
    path = Path(text)
    if path.suffix.lower() in STUDIES:
        return of_study(path, studies, tracking_uri)
    if path.suffix.lower() in _readers():
        return of_file(path, note)
    return _recorded(text, studies, tracking_uri)


def _readers() -> dict[str, Callable[[Path, Callable[[str], None]], Results]]:
    from bench import rows_csv, rows_parquet

    # What was exported states no statistics.
    return {".csv": rows_csv.read, ".parquet": lambda path, note: rows_parquet.read(path)}


def _recorded(name: str, studies: Path, tracking_uri: str | None) -> Results:
    from bench.rows import results
    from bench.tracking import StudyNotFoundError, resolve_uri

    uri = resolve_uri(tracking_uri, studies)
    try:
        return results(uri, name)
    except StudyNotFoundError as error:
        known = sorted(path.name for path in studies.glob("*/") if path.name != name)
        guess = nearest(name, known)
        raise StudyNotFoundError(f"{error}; did you mean {guess!r}?" if guess else str(error)) from None
