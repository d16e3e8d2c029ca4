"""How an error becomes a line on standard error and an exit code: the one place where that happens.

Light, since the commands that are answered without typer come through here too.
"""

from __future__ import annotations

import sys
from collections.abc import Callable

from seedcli.errors import ExitCode, SeedError


def guarded(command: Callable[[], int | None]) -> int:
    """The exit code of `command`, or of what it raised."""
    try:
        result = command()
    except SeedError as error:
        complain(error.message, error.hint)
        return int(error.exit_code)
    except KeyboardInterrupt:
        return int(ExitCode.SIGINT)
    except Exception as error:  # noqa: BLE001  # the last border: everything else is a defect
        return _last_resort(error)
    return int(result or 0)


def complain(message: str, hint: str | None) -> None:
    """One line on standard error, and what to do next under it. A closed standard error is no fault."""
    try:
        sys.stderr.write(f"seedcli: {message}\n")
        if hint:
            sys.stderr.write(f"  {hint}\n")
        sys.stderr.flush()
    except (OSError, ValueError, AttributeError):
        return


def _last_resort(error: Exception) -> int:
    if type(error).__name__ == "Abort":  # typer's, of a prompt that was interrupted
        complain("stopped", None)
        return int(ExitCode.SIGINT)
    from seedcli.cli.mistakes import explain

    mistake = explain(error)
    if mistake is not None:
        complain(*mistake)
        return int(ExitCode.USAGE)
    from seedcli.cli.crash import report_defect

    return report_defect(error)
