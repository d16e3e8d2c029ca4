"""The program's door: answers `--version`, help and the Tab key at once, hands on everything else."""

from __future__ import annotations

import atexit
import gc
import os
import sys

from seedcli import __version__

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn


def program() -> NoReturn:
    """`main`, and the end of the process: what a launcher calls."""
    code = main()
    atexit._run_exitfuncs()
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except (OSError, ValueError, AttributeError):
        sys.exit(code)  # Python has its own words and exit code for output that is lost
    # All files and threads are closed by now; taking hundreds of modules apart would be 12 ms of 90.
    os._exit(code)


def main() -> int:
    """Runs the command line given in `sys.argv`; returns the exit code."""
    if None in (sys.stdin, sys.stdout, sys.stderr):
        _fill_standard_streams()
    code = 0
    try:
        code = _answer(sys.argv[1:])
        sys.stdout.flush()
    except KeyboardInterrupt as interrupt:  # while modules are still being loaded
        return interrupt.args[0] if interrupt.args else 130
    except OSError as fault:
        from seedcli.cli.border import report_lost_output

        return report_lost_output(fault) if code == 0 else code
    return code


def _answer(words: list[str]) -> int:
    if words in (["--version"], ["-V"]):
        # Before typer is imported: 11 ms instead of 70.
        sys.stdout.write(f"seedcli {__version__}\n")
        return 0
    if words[:1] == ["__complete"]:
        # Pressing Tab on a preset's name or a job's ID: 25 ms instead of 80.
        from seedcli.cli import complete

        return complete.answer(words[1:])
    if not words or words[0] == "help" or words[-1] in ("-h", "--help"):
        # 17 ms instead of 60; what has no page goes on to typer.
        from seedcli.cli import kept_help

        if kept_help.answer(words):
            return 0
    return _run(words)


def _fill_standard_streams() -> None:
    """Some are closed, as daemons and `2>&-` leave them: no file of ours may take their numbers.

    Standard input stays None. Standard output is one that can't be written, so that it fails as a
    full disk does; what is said on standard error goes nowhere.
    """
    while (descriptor := os.open(os.devnull, os.O_RDWR)) <= 2:
        pass
    os.close(descriptor)
    if sys.stdout is None:
        sys.stdout = os.fdopen(1, "r", closefd=False)
    if sys.stderr is None:
        sys.stderr = os.fdopen(2, "w", encoding="utf-8", errors="backslashreplace", closefd=False)


def _run(words: list[str]) -> int:
    # The collector finds nothing to free among modules that are being loaded, and looks 90 times: 5 ms.
    gc.set_threshold(20_000)
    if words == ["config", "path"]:
        # 25 ms instead of 65; with options after it typer reads them.
        from seedcli.cli.border import guarded
        from seedcli.cli.config_path import print_path

        return guarded(print_path)
    if words[0] != "sandbox":  # that ends in its own way
        _end_in_order()
    if words[0] == "edit":
        # Twice even so, for another 6 ms; `carry_out` and `Desk.run` have it begin when all is loaded.
        gc.disable()
        # Typer, which all but this needs, is two thirds of what it takes to begin.
        from seedcli.cli.known_words import run_edit

        code = run_edit(words[1:])
        if code is not None:
            return code
    from seedcli.cli.app import run

    gc.enable()
    return run(words)


def _end_in_order() -> None:
    """SIGTERM and SIGHUP end the program as Ctrl-C does, until an edit under way heeds them itself."""
    import signal  # 0.5 ms

    def end(number: int, _: object) -> None:
        raise KeyboardInterrupt(128 + number)

    for name in ("SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)  # Windows has no SIGHUP
        if number is not None and signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, end)


if __name__ == "__main__":
    program()
