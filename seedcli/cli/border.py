"""How an error becomes a line on standard error and an exit code: the one place where that happens.

Light, since the commands that are answered without typer come through here too.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable

from seedcli.errors import ExitCode, SeedError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TextIO


def guarded(command: Callable[[], int | None]) -> int:
    """The exit code of `command`, or of what it raised."""
    try:
        result = command()
    except SeedError as error:
        complain(error.message, error.hint)
        return int(error.exit_code)
    except KeyboardInterrupt as interrupt:
        return int(interrupt.args[0] if interrupt.args else ExitCode.SIGINT)
    except SystemExit:  # typer's, where the reader of standard output has seen enough (`| head`)
        silence(sys.stdout)
        return 0
    except OSError as fault:
        return report_lost_output(fault)
    except Exception as error:  # noqa: BLE001  # the last border: everything else is a defect
        return _last_resort(error)
    return int(result or 0)


def complain(message: str, hint: str | None) -> None:
    """One line on standard error, and what to do next under it. A closed standard error is no fault."""
    try:
        sys.stderr.write(f"seedcli: {message}\n")
        if hint:
            sys.stderr.write(f"  {hint}\n")
        if os.environ.get("GITHUB_ACTIONS"):
            from seedcli.cli.annotations import annotation

            line = annotation(message, environ=os.environ, hint=hint)
            sys.stderr.write(f"{line}\n" if line else "")
        sys.stderr.flush()
    except (OSError, ValueError, AttributeError):
        return


def report_lost_output(fault: OSError) -> int:
    """The exit code where standard output failed; a reader that has seen enough (`| head`) is no fault.

    Faults of files are told where they arise, so one that comes as far as here and names no file is
    standard output's.
    """
    import errno
    import io

    lost = (errno.EPIPE, errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EBADF)
    if fault.filename is not None or not (fault.errno in lost or isinstance(fault, io.UnsupportedOperation)):
        return _last_resort(fault)
    silence(sys.stdout)
    if isinstance(fault, BrokenPipeError):
        return 0
    complain(f"standard output can't be written: {fault.strerror or 'it is closed'}", None)
    return int(ExitCode.USAGE)


def silence(stream: TextIO) -> None:
    """Points a broken stream's descriptor at nothing, so that flushing it at exit can't fail."""
    try:
        sink = os.open(os.devnull, os.O_WRONLY)
        os.dup2(sink, stream.fileno())
        os.close(sink)
    except (OSError, ValueError):
        return


def _last_resort(error: Exception) -> int:
    if type(error).__name__ == "Abort":  # typer's, of a prompt that was interrupted
        complain("stopped", None)
        return int(ExitCode.SIGINT)
    from seedcli.cli.mistakes import explain

    mistake = _lack_of(error) or explain(error)
    if mistake is not None:
        complain(*mistake)
        return int(ExitCode.USAGE)
    from seedcli.cli.crash import report_defect

    return report_defect(error)


def _lack_of(error: Exception) -> tuple[str, str] | None:
    """What this process was not given by whoever started it; None when that is not the matter."""
    import errno

    if not isinstance(error, OSError):
        return None
    if error.errno in (errno.EMFILE, errno.ENFILE):
        return "too many files are open already", "Raise the limit: ulimit -n 256"
    if error.errno == errno.ENOENT and error.filename is None:  # what `os.getcwd` raises
        return "the current folder is gone", "Go to another one first: cd"
    return None
