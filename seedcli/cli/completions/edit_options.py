"""The table by which `seedcli.cli.known_words` reads an edit's options, made from what typer knows."""

from __future__ import annotations

import json
from typing import Any

import typer


def table() -> str:
    """Options with the name of their parameter: those that take a value, and switches with what they set."""
    from seedcli.cli.edit import app

    options: list[Any] = [p for p in typer.main.get_command(app).params if _is_read(p)]
    values = {name: p.name for p in options if not p.is_flag for name in p.opts}
    switches = {name: (p.name, True) for p in options if p.is_flag for name in p.opts}
    switches |= {name: (p.name, False) for p in options for name in p.secondary_opts}
    return json.dumps({"values": values, "switches": switches}, indent=1) + "\n"


def _is_read(param: Any) -> bool:
    """All but the arguments and `--version`; raises ValueError for an option of another kind."""
    if param.param_type_name != "option" or param.name == "version":
        return False
    kind = getattr(getattr(param, "type", None), "name", "text")  # 0.29 keeps no type at the parameter
    if param.nargs != 1 or param.multiple or param.count or kind not in ("str", "text", "boolean"):
        raise ValueError(f"{param.name}: seedcli.cli.known_words reads single texts and switches alone")
    return True
