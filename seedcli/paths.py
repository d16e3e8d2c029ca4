"""Where the program keeps its configuration and its state on this platform."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

from seedcli.errors import ConfigError

_NAME = "seedcli"


def config_file(environ: Mapping[str, str]) -> Path:
    """The configuration file, absolute: `SEEDCLI_CONFIG`, else `config.toml` in the platform's folder."""
    if named := environ.get("SEEDCLI_CONFIG"):
        return absolute(named)
    return _folder(environ, "config") / "config.toml"


def state_folder(environ: Mapping[str, str]) -> Path:
    """The folder of the journal, absolute: `SEEDCLI_STATE_DIR`, else the platform's state folder."""
    if named := environ.get("SEEDCLI_STATE_DIR"):
        return absolute(named)
    return _folder(environ, "state")


def absolute(path: str | Path) -> Path:
    """`path` from the root, a leading `~` resolved: what comes from a variable has seen no shell.

    Raises ConfigError when there is no such home folder.
    """
    try:
        return Path(path).expanduser().absolute()
    except (RuntimeError, OSError) as error:
        raise ConfigError(f"{path}: {error}", hint="Write the whole path, without '~'.") from error


_XDG = {"config": ("XDG_CONFIG_HOME", ".config"), "state": ("XDG_STATE_HOME", ".local/state")}


def _folder(environ: Mapping[str, str], kind: str) -> Path:
    # The common case on Linux, answered without platformdirs: importing it takes 20 ms, half of what
    # `config path` and a Tab key take in all. A test holds both answers equal.
    variable, below_home = _XDG[kind]
    xdg, home = environ.get(variable, ""), environ.get("HOME", "")
    if sys.platform == "linux" and xdg.startswith("/"):
        return Path(xdg, _NAME)
    if sys.platform == "linux" and not xdg and home.startswith("/"):
        return Path(home, below_home, _NAME)

    import platformdirs

    if kind == "config":
        return platformdirs.user_config_path(_NAME, appauthor=False).absolute()
    return platformdirs.user_state_path(_NAME, appauthor=False).absolute()
