"""Where MLflow is, and how to say so without giving a password away."""

from __future__ import annotations

import os
import re
from pathlib import Path
from urllib.parse import unquote, unquote_plus, urlsplit

from bench.tracking.errors import TrackingError
from gan.registry import unknown

_SECRET_QUERY = re.compile(
    r"([?&;](?:password|passwd|pwd|token|secret|sig|api_key)=)[^&\s'\"]+", re.IGNORECASE
)
_SECRET_QUERY_PAIR = re.compile(
    r"[?&;]((?:password|passwd|pwd|token|secret|sig|api_key)=[^&\s'\"]+)", re.IGNORECASE
)
# Greedy on purpose: a password that was not percent-encoded may itself hold an @.
_USERINFO = re.compile(r"([A-Za-z][\w+.-]*://)[^\s'\"]*@")
_UNSAFE = re.compile(r"[\s'\"]")
_SECRET_VARIABLES = ("MLFLOW_TRACKING_PASSWORD", "MLFLOW_TRACKING_TOKEN")


PORT = 5000
"""Where `ganbench ui` listens, unless told otherwise."""
_SCHEMES = ("sqlite", "postgresql", "mysql", "mssql", "http", "https", "databricks", "uc")


def resolve_uri(option: str | None, results: Path) -> str:
    """The tracking URI: what was asked for, else MLFLOW_TRACKING_URI, else `<results>/mlflow.db`.

    Args:
        option: An MLflow URI, or a local path: a `.db` file, or a folder that holds `mlflow.db`.
        results: The folder of all studies' results.

    Raises:
        TrackingError: MLflow has no store for such a URI, or it is not one.
    """
    chosen = option or os.environ.get("MLFLOW_TRACKING_URI") or str(results)
    if chosen.startswith("sqlite:///"):
        return _sqlite(Path(chosen.removeprefix("sqlite:///")))
    if (scheme := re.match(r"([A-Za-z][\w+.-]*):", chosen)) is not None:
        # "postgresql+psycopg2" is a dialect with its driver.
        if (name := scheme[1].partition("+")[0].lower()) not in _SCHEMES:
            raise TrackingError(unknown("scheme of a tracking URI", name, _SCHEMES))
        if _UNSAFE.search(chosen):
            # Where such an address ends in a message cannot be told, nor what of it is a password.
            raise TrackingError("a tracking URI may hold no space or quote: write %20, %22 or %27 instead")
        return chosen
    if chosen == "databricks":
        return chosen
    path = Path(chosen).expanduser()
    return _sqlite(path if path.suffix in (".db", ".sqlite", ".sqlite3") else path / "mlflow.db")


def _sqlite(path: Path) -> str:
    """Absolute, because MLflow would read a relative path against the working directory of each reader."""
    return f"sqlite:///{path.absolute()}"


def database(uri: str) -> Path | None:
    """The file of a local SQLite store; None for any other store."""
    return Path(uri.removeprefix("sqlite:///")) if uri.startswith("sqlite:///") else None


def redact(text: str) -> str:
    """`text` with the credentials of every URI in it replaced by `***`."""
    # The query first: a password in it may hold an @ as well.
    return _USERINFO.sub(r"\1***@", _SECRET_QUERY.sub(r"\1***", text))


def scrub(text: str, uri: str) -> str:
    """`redact`, and also the secrets of `uri` and of the environment wherever they stand alone."""
    text = redact(text.replace(uri, redact(uri)))
    for secret in _secrets(uri):
        text = text.replace(secret, "***")
    return text


def _secrets(uri: str) -> list[str]:
    """Whatever is a password, as it is written and as it is meant, the longest first."""
    found = [os.environ.get(name) or "" for name in _SECRET_VARIABLES]
    user = uri.partition("://")[2].rpartition("@")[0]
    name, colon, password = user.partition(":")
    # A token stands where a name does.
    found.append(password if colon else name)
    found += [pair.partition("=")[2] for pair in _SECRET_QUERY_PAIR.findall(uri)]
    found += [unquote_plus(secret) for secret in found] + [unquote(secret) for secret in found]
    return sorted({secret for secret in found if secret}, key=len, reverse=True)


def interface(uri: str) -> str:
    """Where a browser finds what `uri` holds, without credentials: a server's own address, or that of
    `ganbench ui` on this machine; empty for Databricks, whose address the URI does not say."""
    if urlsplit(uri).scheme.lower() in ("http", "https"):
        parts = urlsplit(uri)
        return (
            parts._replace(netloc=parts.netloc.rpartition("@")[2], query="", fragment="").geturl().rstrip("/")
        )
    return "" if uri.partition(":")[0].lower() in ("databricks", "uc") else f"http://127.0.0.1:{PORT}"
