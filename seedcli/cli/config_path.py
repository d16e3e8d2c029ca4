"""`seedcli config path` as editors and scripts ask for it, answered without typer."""

from __future__ import annotations

import os
import sys

from seedcli import paths


def print_path() -> None:
    """The configuration file's path on standard output; ConfigError when it can't be told."""
    sys.stdout.write(f"{paths.config_file(os.environ)}\n")
