"""Whose fault a failure is: the program's own, or the machine's, which may do better another time."""

from __future__ import annotations

from pathlib import Path

from bench.executors.base import Kind
from bench.problems import UserError
from gan.data.errors import DataError
from gan.known import PluginError
from gan.plugins import blame

_MEMORY = ("outofmemoryerror", "can't allocate memory", "cannot allocate memory", "out of memory")
_LOST = (
    "acceleratorerror",
    "cuda error",
    "cublas_status",
    "cudnn_status",
    "cudnn error",
    "nccl error",
    "uncorrectable ecc",
)


def kind_of(error: BaseException) -> Kind:
    """Whether trying again may help, and how, by what torch calls its errors."""
    text = f"{type(error).__name__}: {error}".lower()
    if isinstance(error, MemoryError) or any(sign in text for sign in _MEMORY):
        return "memory"
    if isinstance(error, RuntimeError) and any(sign in text for sign in _LOST):
        return "lost"
    return "error"


def last_word(error: BaseException) -> str:
    """The failure in one line: whose code it was if a plug-in's, the type of what nobody expected."""
    if isinstance(error, DataError | UserError | PluginError):
        return str(error)
    return blame(error) or f"{type(error).__name__}: {error}".splitlines()[0]


def killed_for_memory() -> int:
    """Processes that the kernel has killed for want of memory since it started; 0 if it does not say."""
    try:
        lines = Path("/proc/vmstat").read_text(encoding="ascii").splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("oom_kill ")), 0)
