"""MLflow's interface on the record: on loopback, on a free port, and never on nothing."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from bench.tracking import TrackingError, sync
from bench.tracking.browse import HOST, address, free_port, serve


def test_a_port_in_use_is_passed_over() -> None:
    """The next free one is taken."""
    with socket.socket() as taken:
        taken.bind((HOST, 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert free_port(port) > port


def test_the_address_is_on_this_machine_only() -> None:
    """Loopback, and the pages on training."""
    assert address(5000).startswith("http://127.0.0.1:5000/")


def test_each_study_has_an_address_of_its_own(journal: Path, store: str) -> None:
    """Its arms; MLflow's own list leads to other pages, and a store without a study has the list alone."""
    assert address(5000, store) == address(5000)
    sync(journal, store)
    (_, line) = address(5000, store).splitlines()
    assert line.startswith(
        "  does-noise-help: http://127.0.0.1:5000/#/experiments/1/runs?workflowType=machine"
    )


def test_no_record_is_a_clear_error(tmp_path: Path) -> None:
    """MLflow would silently make an empty store."""
    with pytest.raises(TrackingError, match=r"no record at .* yet; `ganbench run STUDY` makes one"):
        serve(f"sqlite:///{tmp_path}/mlflow.db", 5000)
    assert not (tmp_path / "mlflow.db").exists()
