"""The credentials of a tracking URI reach its server and are written and said nowhere."""

from __future__ import annotations

import sys
from pathlib import Path
from urllib.parse import quote, quote_plus

import pytest
import study_runs
from typer.testing import CliRunner

from bench import commands
from bench.cli import app
from bench.shell import again
from bench.tracking import Mirror, TrackingError, redact, resolve_uri, standing, sync
from bench.tracking.address import scrub

FORMS = (
    "http://ann:{}@127.0.0.1:9",
    "https://ann:{}@127.0.0.1:9/base",
    "http://{}@127.0.0.1:9",
    "postgresql://ann:{}@127.0.0.1:9/db",
    "postgresql+psycopg2://ann@127.0.0.1:9/db?password={}",
    "postgresql://127.0.0.1:9/db?user=ann&password={}&sslmode=disable",
)
SECRETS = ("s3cret-Xy", "w%40rd%2Fof+mine", "at@sign:5")
"""As they are written in the address."""


def leaks(secret: str, *texts: str) -> list[str]:
    """Which of the ways to write a secret are in the texts."""
    from urllib.parse import unquote, unquote_plus

    ways = {secret, unquote(secret), unquote_plus(secret), quote(unquote(secret), ""), quote_plus(secret)}
    ways |= {"sign:5"} if "sign:5" in secret else set()
    return sorted(way for way in ways if any(way in text for text in texts))


def written(folder: Path) -> str:
    """All files below a folder, and their names."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    return "\n".join(f"{path}\n{path.read_bytes().decode('latin-1')}" for path in files)


@pytest.mark.parametrize("secret", SECRETS)
@pytest.mark.parametrize("form", FORMS)
def test_no_word_of_a_failed_sync_holds_the_password(
    form: str, secret: str, journal: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """Errors, notes and what libraries print."""
    uri = form.format(secret)
    with pytest.raises(TrackingError) as caught:
        sync(journal, resolve_uri(uri, journal.parent))
    printed = capfd.readouterr()
    said = [str(caught.value), printed.out, printed.err, redact(uri), scrub(f"no {secret} in {uri}", uri)]
    said.append(again(["x/ganbench", "run", "study.yaml", "--tracking-uri", uri, f"--tracking-uri={uri}"]))
    assert leaks(secret, *said, written(journal.parent)) == []


def test_the_command_to_go_on_with_is_the_one_typed() -> None:
    """But for a password, of which it says where to put it."""
    assert again(["ganbench", "run", "my study.yaml"]) == "ganbench run 'my study.yaml'"
    plain = ["ganbench", "run", "x.yaml", "--tracking-uri", "http://host:5000"]
    assert again(plain) == "ganbench run x.yaml --tracking-uri http://host:5000"
    shown = again([*plain[:-1], "http://ann:s3cret@host"])
    assert "s3cret" not in shown and "http://***@host" in shown and "MLFLOW_TRACKING_URI" in shown


@pytest.mark.parametrize("uri", ["http://ann:s3 cret@host", "http://ann:s3'cret@host", 'http://a:s3"cret@h'])
def test_an_address_whose_end_cannot_be_told_is_refused(uri: str, tmp_path: Path) -> None:
    """Without saying it again."""
    with pytest.raises(TrackingError, match="no space or quote") as caught:
        resolve_uri(uri, tmp_path)
    assert "cret" not in str(caught.value)


@pytest.mark.slow
def test_a_whole_study_writes_and_says_no_password(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """Every file of a study whose server refuses, and every line of the commands on it."""
    monkeypatch.setattr(commands, "_MOMENT", 1.0)
    monkeypatch.setattr(commands, "_PATIENCE", 1.0)
    secret, token = "w%40rd%2Fmine", "t0ken-of-mine"
    monkeypatch.setenv("MLFLOW_TRACKING_TOKEN", token)
    monkeypatch.chdir(tmp_path)
    Path("tiny.yaml").write_text(study_runs.text())
    said = []
    for uri in (f"http://ann:{secret}@127.0.0.1:9", f"postgresql://ann:{secret}@127.0.0.1:9/db"):
        for command in ("run", "sync", "report"):
            typed = [command, "tiny.yaml", "--tracking-uri", uri]
            monkeypatch.setattr(sys, "argv", ["ganbench", *typed])
            found = CliRunner().invoke(app, typed)
            assert found.exit_code in (1, 2), found.output
            said.append(found.output)
    printed = capfd.readouterr()
    mirror = Mirror(Path("results/tiny/journal.jsonl"), uri, every=0.05).start()
    assert mirror.wait() is False
    said += [
        printed.out,
        printed.err,
        str(mirror.status),
        str(mirror.news()),
        str(standing(Path("results/tiny"))),
    ]
    mirror.close()
    assert "complete it with: ganbench sync tiny.yaml" in "".join(said)
    for word in (secret, token):
        assert leaks(word, *said, written(tmp_path)) == []
