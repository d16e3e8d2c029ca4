"""Failures where GitHub shows them: as annotations of a workflow's run, beside the file they are about.

The format is GitHub's "workflow commands": a line on standard output or error that begins with `::`.
"""

from __future__ import annotations

import os
from collections.abc import Mapping


def annotation(
    message: str,
    *,
    environ: Mapping[str, str],
    hint: str | None = None,
    path: str | None = None,
    level: str = "error",
) -> str | None:
    """The line that annotates the run, None where no GitHub Action is running.

    `path` is the absolute path of the picture; it is named when it lies in the workspace.
    """
    if environ.get("GITHUB_ACTIONS") != "true":
        return None
    properties = {"title": "seedcli"}
    file = _in_workspace(path, environ.get("GITHUB_WORKSPACE", ""))
    if file is not None:
        properties = {"file": file, **properties}
    text = f"{message}\n{hint}" if hint else message
    named = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
    return f"::{level} {named}::{_data(text)}"


def _in_workspace(path: str | None, workspace: str) -> str | None:
    if path is None or not workspace:
        return None
    inside = os.path.relpath(path, workspace)
    return None if inside.startswith(os.pardir) else inside.replace(os.sep, "/")


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
