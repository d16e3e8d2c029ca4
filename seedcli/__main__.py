"""The program's door: answers `--version` at once, hands everything else to the command line."""

from __future__ import annotations

import sys

from seedcli import __version__


def main() -> int:
    """Runs the command line given in `sys.argv`; returns the exit code."""
    if sys.argv[1:] in (["--version"], ["-V"]):
        # Before typer is imported: 11 ms instead of 70.
        sys.stdout.write(f"seedcli {__version__}\n")
        return 0
    from seedcli.cli.app import run

    return run(sys.argv[1:])


if __name__ == "__main__":
    raise SystemExit(main())
