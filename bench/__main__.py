"""`ganbench`, or `python -m bench`: a door so light that Ctrl-C finds it open while the rest is imported."""

from __future__ import annotations

import sys

INTERRUPTED = 130
"""As in `bench.shell`, which is not there yet."""


def main() -> None:
    """The entry point."""
    try:
        from bench.cli import main as command
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    command()


if __name__ == "__main__":
    main()
