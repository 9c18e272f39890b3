"""Where the record is, and what never appears of its address."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.tracking import StudyNotFoundError, read, redact, resolve_uri
from bench.tracking.address import interface, scrub
from bench.tracking.keys import KEY_LENGTH, clean, truncate


def test_the_option_wins_then_the_environment_then_the_results(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    assert resolve_uri(None, tmp_path) == f"sqlite:///{tmp_path}/mlflow.db"
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://mlflow.example:5000")
    assert resolve_uri(None, tmp_path) == "http://mlflow.example:5000"
    assert resolve_uri(str(tmp_path / "other.db"), tmp_path) == f"sqlite:///{tmp_path}/other.db"
    assert resolve_uri("postgresql://u@h/db", tmp_path) == "postgresql://u@h/db"


def test_a_relative_path_means_the_same_file_from_everywhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert resolve_uri("records", Path("results")) == f"sqlite:///{tmp_path}/records/mlflow.db"
    assert resolve_uri("sqlite:///x.db", Path("results")) == f"sqlite:///{tmp_path}/x.db"


@pytest.mark.parametrize(
    ("uri", "shown"),
    [
        ("http://ann:s3cret@host:5000/x", "http://***@host:5000/x"),
        ("postgresql+psycopg2://ann:p@ss@host/db", "postgresql+psycopg2://***@host/db"),
        ("postgresql://host/db?user=ann&password=s3cret", "postgresql://host/db?user=ann&password=***"),
        ("sqlite:////tmp/mlflow.db", "sqlite:////tmp/mlflow.db"),
        ("https://host", "https://host"),
    ],
)
def test_an_address_is_shown_without_its_secrets(uri: str, shown: str) -> None:
    assert redact(uri) == shown
    assert redact(f"cannot reach {uri} today") == f"cannot reach {shown} today", "also inside a message"


def test_a_password_is_removed_wherever_it_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_TOKEN", "t0ken")
    message = "login of ann with s3 cret (s3%20cret) and t0ken failed"
    assert scrub(message, "http://ann:s3%20cret@host") == "login of ann with *** (***) and *** failed"


@settings(deadline=None)  # The first example imports mlflow.
@given(st.text(max_size=300), st.text(max_size=300))
def test_any_name_becomes_one_mlflow_accepts_and_no_two_become_one(name: str, other: str) -> None:
    from mlflow.utils.validation import _validate_metric_name

    _validate_metric_name(clean(name))
    assert 0 < len(clean(name)) <= KEY_LENGTH
    assert clean(clean(name)) == clean(name), "an accepted name stays"
    assert (clean(name) == clean(other)) == (name == other), "two names stay two"


def test_long_values_are_cut_visibly() -> None:
    assert truncate("x" * 10, 10) == "x" * 10
    assert truncate("x" * 11, 10) == "x" * 9 + "…"


@pytest.mark.parametrize(
    ("uri", "address"),
    [
        ("sqlite:////x/mlflow.db", "http://127.0.0.1:5000"),
        ("postgresql://ann:secret@host/db", "http://127.0.0.1:5000"),
        ("https://ann:s3@cret@host:8080/base/?token=t#top", "https://host:8080/base"),
        ("http://host", "http://host"),
        ("databricks", ""),
        ("databricks://profile", ""),
    ],
)
def test_where_a_browser_finds_the_record(uri: str, address: str) -> None:
    """A server's own address, or that of `ganbench ui`; never with credentials."""
    assert interface(uri) == address


def test_a_study_nobody_recorded_is_a_clear_error(store: str, tmp_path: Path) -> None:
    with pytest.raises(StudyNotFoundError, match="no study 'nothing'"):
        read(store, "nothing")
    missing = tmp_path / "nowhere" / "mlflow.db"
    with pytest.raises(StudyNotFoundError, match="no record"):
        read(f"sqlite:///{missing}", "nothing")
    assert not missing.parent.exists(), "looking creates nothing"
