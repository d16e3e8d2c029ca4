"""What docs/recipes.md says for a company's network, with a proxy and a certificate that are there."""

from __future__ import annotations

import os
import re
import shlex
import stat
import subprocess
from collections.abc import Callable
from pathlib import Path

from company_network import Authority, Proxy
from program import Program

from seedcli.sandbox.server import RunningSandbox

RECIPES = Path(__file__).parents[2] / "docs" / "recipes.md"


def test_the_recipe_for_a_companys_network(
    edit: Program,
    gateway: Callable[..., tuple[RunningSandbox, int]],
    proxy: Callable[..., Proxy],
    authority: Authority,
    tmp_path: Path,
) -> None:
    (recipe,) = re.findall(
        r"^```sh\n(export HTTPS_PROXY.*?)^```$", RECIPES.read_text(), re.MULTILINE | re.DOTALL
    )
    sandbox, port = gateway()
    through = proxy(port)
    (tmp_path / "company.pem").write_bytes(authority.bundle.read_bytes())
    program = tmp_path / "bin" / "seedcli"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec {shlex.join(edit.command)} "$@"\n')
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    path = f"{program.parent}:{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", recipe.replace("http://proxy.example:3128", through.url())],
        cwd=tmp_path,
        env={**os.environ, **edit.variables, "PATH": path},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "everything is in order" in done.stdout
    assert sandbox.stats().made == 1 and set(through.targets) == {"gateway.test:443"}
