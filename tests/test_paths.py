from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import platformdirs
import pytest

from seedcli import paths
from seedcli.errors import ConfigError


def test_variables_name_the_places(tmp_path: Path) -> None:
    environ = {"SEEDCLI_CONFIG": str(tmp_path / "c.toml"), "SEEDCLI_STATE_DIR": str(tmp_path / "s")}
    assert paths.config_file(environ) == tmp_path / "c.toml"
    assert paths.state_folder(environ) == tmp_path / "s"


def test_a_variable_may_use_the_home_folder_and_the_current_one(home: Path) -> None:
    assert paths.config_file({"SEEDCLI_CONFIG": "~/c.toml"}) == home / "c.toml"
    assert paths.state_folder({"SEEDCLI_STATE_DIR": "here"}) == Path.cwd() / "here"


def test_a_home_folder_that_is_not_there_is_told() -> None:
    with pytest.raises(ConfigError, match="nobody-of-that-name"):
        paths.config_file({"SEEDCLI_CONFIG": "~nobody-of-that-name/c.toml"})


def test_an_empty_variable_counts_as_unset() -> None:
    environ = {"SEEDCLI_CONFIG": "", "SEEDCLI_STATE_DIR": "", "XDG_CONFIG_HOME": "/x", "HOME": "/h"}
    assert paths.config_file(environ) == Path("/x/seedcli/config.toml")
    assert paths.state_folder(environ) == Path("/h/.local/state/seedcli")


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere platformdirs answers by itself")
@pytest.mark.parametrize("home", ["/h", "/h/", "", None])
@pytest.mark.parametrize("xdg", ["/x", "/x/", "", None, "relative", " ", "~/x"])
def test_the_short_way_and_platformdirs_agree(
    monkeypatch: pytest.MonkeyPatch, home: str | None, xdg: str | None
) -> None:
    for name, value in (("HOME", home), ("XDG_CONFIG_HOME", xdg), ("XDG_STATE_HOME", xdg)):
        monkeypatch.delenv(name, raising=False) if value is None else monkeypatch.setenv(name, value)
    config = platformdirs.user_config_path("seedcli", appauthor=False).absolute()
    state = platformdirs.user_state_path("seedcli", appauthor=False).absolute()
    assert paths.config_file(os.environ) == config / "config.toml"
    assert paths.state_folder(os.environ) == state


def test_the_usual_case_loads_no_platformdirs() -> None:
    script = (
        "import os, sys; from seedcli import paths; paths.config_file(os.environ);"
        "paths.state_folder(os.environ); sys.exit('platformdirs' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0
