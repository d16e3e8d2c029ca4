"""A defect of the program itself: said in one line, its details where a person can find them."""

from __future__ import annotations

import os
import sys
import traceback
from pathlib import Path

from seedcli.errors import ExitCode


def report_defect(error: Exception) -> int:
    """Says what happened; with SEEDCLI_DEBUG set, where. Never shows values of variables."""
    from seedcli.cli.border import complain
    from seedcli.text import clean

    where = traceback.extract_tb(error.__traceback__)[-1]
    place = f"{Path(where.filename).name}:{where.lineno}"
    complain(
        f"internal error: {type(error).__name__}: {clean(str(error))} ({place})",
        "What was paid for is in the journal: 'seedcli resume' finishes it. SEEDCLI_DEBUG=1 shows more.",
    )
    if os.environ.get("SEEDCLI_DEBUG"):
        sys.stderr.write("".join(traceback.format_exception(error)))
    return int(ExitCode.INTERNAL)
