"""`ganbench`, with workers that note how long each message of theirs waits for the driver.

    python tests/outage_driver.py WAITS run study.yaml ...

Each worker writes to WAITS.PID: seconds since the epoch, seconds waited; a line a message.
"""

from __future__ import annotations

import faulthandler
import os
import sys
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bench.executors.base import Ended, Said


def measure(path: str) -> None:
    """From now on in this process."""
    from bench.executors.serving import Voice

    original = Voice.flush

    def flush(self: Voice) -> None:
        said = bool(self.waiting)
        began, first = time.time(), time.perf_counter()
        original(self)
        if said:
            waited = time.perf_counter() - first
            with open(f"{path}.{os.getpid()}", "a") as file:  # noqa: PTH123
                file.write(f"{began} {waited}\n")

    Voice.flush = flush  # type: ignore[method-assign]


def watch() -> None:
    """Show on stderr where the driver is whenever it leaves the workers unheard for long."""
    from bench.executors.local import Local

    original = Local.wait

    def wait(self: Local, timeout: float) -> list[Said | Ended]:
        faulthandler.cancel_dump_traceback_later()
        found = original(self, timeout)
        faulthandler.dump_traceback_later(0.3)
        return found

    Local.wait = wait  # type: ignore[method-assign]


if __name__ == "__main__":
    os.environ["GANBENCH_TEST_WAITS"] = sys.argv.pop(1)
    watch()
    from bench import cli

    cli.main()
elif __name__ == "__mp_main__":
    # How a worker imports its parent's file.
    measure(os.environ["GANBENCH_TEST_WAITS"])
