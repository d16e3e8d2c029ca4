"""Every command in README and docs/ is run as it stands, against a sandbox."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from seedcli.sandbox.server import RunningSandbox

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
WRITTEN = [*PAGES, *(ROOT / name for name in ("CONTRIBUTING.md", "CHANGELOG.md")), *ROOT.glob("*/README.md")]
BY_OTHERS = ("make ", "python3 -m venv ", "mkdir -p ~/.local/bin ", "~/.local/share/seedcli/bin/pip ")
"""Set-up: run by .ci/run and by the tests of the built wheel."""


def blocks() -> Iterator[tuple[Path, int, str]]:
    for page in PAGES:
        text = page.read_text()
        for match in re.finditer(r"^```console\n(.*?)^```$", text, re.MULTILINE | re.DOTALL):
            yield page, text[: match.start()].count("\n") + 2, match[1]


def commands(block: str) -> str:
    """The lines that are commands; a block with `$ ` in it shows output too."""
    lines = block.replace("\\\n", "\\\n").splitlines()
    if any(line.startswith("$ ") for line in lines):
        lines = [line.removeprefix("$ ") for line in lines if line.startswith("$ ")]
    return "\n".join(line for line in lines if not line.startswith(BY_OTHERS))


CASES = [
    pytest.param(commands(block), id=f"{page.name}:{line}")
    for page, line, block in blocks()
    if commands(block).strip()
]


@pytest.mark.parametrize("script", CASES)
def test_a_documented_command_runs_as_it_stands(
    script: str, at_home: Path, sandbox: Callable[..., RunningSandbox], home: Path
) -> None:
    for tool in ("jq", "parallel"):
        if tool in script and shutil.which(tool) is None:
            pytest.skip(f"{tool} is not installed here; .ci/run installs it")
    gateway = sandbox()
    environment = {
        **os.environ,
        "PATH": f"{at_home.parent / 'bin'}:{os.environ['PATH']}",
        "SEEDCLI_BASE_URL": gateway.base_url,
        "SEEDCLI_API_KEY": gateway.key,
        "KEY": gateway.key,
    }
    for folder in (".local/share/bash-completion/completions", ".zfunc", ".config/fish/completions"):
        (home / folder).mkdir(parents=True)
    shell = ["bash", "-euo", "pipefail", "-c"]
    first = (
        "seedcli edit cat.jpg 'make it warmer' -q >/dev/null; rm cat-edited.jpg.json 2>/dev/null || true\n"
    )
    subprocess.run(
        [*shell, first], cwd=at_home, env=environment, check=True, timeout=60, stdin=subprocess.DEVNULL
    )
    done = subprocess.run(
        [*shell, script],
        cwd=at_home,
        env=environment,
        capture_output=True,
        text=True,
        timeout=90,
        input=gateway.key,
    )
    assert done.returncode == 0, f"{script}\n{done.stdout}\n{done.stderr}"


def links(page: Path) -> Iterator[str]:
    yield from re.findall(
        r"\]\(([^)\s]+)\)", re.sub(r"^```.*?^```$", "", page.read_text(), flags=re.M | re.S)
    )


def anchors(page: Path) -> set[str]:
    """What GitHub makes of a page's headings."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", WRITTEN, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    for link in links(page):
        name, _, anchor = link.partition("#")
        if name.startswith("https://"):
            continue
        target = page.parent / name if name else page
        assert target.exists(), link
        assert not anchor or anchor in anchors(target), link


def test_each_picture_is_in_a_page() -> None:
    shown = {(page.parent / link).resolve() for page in WRITTEN for link in links(page)}
    pictures = {
        path for path in (ROOT / "docs" / "images").iterdir() if path.suffix in (".svg", ".png", ".jpg")
    }
    assert pictures and pictures <= shown
