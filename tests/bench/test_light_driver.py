"""The processes of `ganbench run` and `check` stay light: what needs torch runs in their children."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import study_runs

CODE = """
import sys
from bench import cli, runner

follow = runner.Driver._follow

def watched(self, *rest):
    follow(self, *rest)
    # The last moment before the reports are made.
    print("heavy:", sorted({"torch", "mlflow", "optuna", "ray"} & set(sys.modules)))

runner.Driver._follow = watched
if __name__ == "__main__":
    cli.main()
"""


def test_the_driver_imports_neither_torch_nor_mlflow(tmp_path: Path) -> None:
    """Not while anything trains: contexts, gigabytes and the interpreter's lock stay with the workers."""
    (tmp_path / "tiny.yaml").write_text(study_runs.text())
    (tmp_path / "driver.py").write_text(CODE)
    results = ["--results", str(tmp_path / "results"), "--workers", "1"]
    command = [sys.executable, str(tmp_path / "driver.py"), "run", str(tmp_path / "tiny.yaml"), *results]
    done = subprocess.run(command, capture_output=True, text=True, timeout=study_runs.PATIENCE, check=False)
    assert done.returncode == 0, done.stderr
    assert "heavy: []" in done.stdout


def test_check_imports_neither_torch_nor_mlflow(tmp_path: Path) -> None:
    """The plan and the estimate are made by a process that is gone when the answer is there."""
    (tmp_path / "tiny.yaml").write_text(study_runs.text())
    code = (
        "import sys\n"
        "from bench.cli import main\n"
        "if __name__ == '__main__':\n"
        f"    sys.argv = ['ganbench', 'check', {str(tmp_path / 'tiny.yaml')!r}]\n"
        "    try:\n        main()\n    except SystemExit as error:\n        assert not error.code\n"
        "    print('heavy:', sorted({'torch', 'mlflow', 'optuna', 'ray'} & set(sys.modules)))\n"
    )
    (tmp_path / "check.py").write_text(code)
    command = [sys.executable, str(tmp_path / "check.py")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=study_runs.PATIENCE, check=False)
    assert done.returncode == 0, done.stderr
    assert "Estimated time" in done.stdout and "heavy: []" in done.stdout
