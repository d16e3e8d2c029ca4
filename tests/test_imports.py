"""Who may import whom, read from the syntax tree."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent / "seedcli"
ONLY_IN = {
    "h11": ("gateway/",),
    "pybase64": ("gateway/",),
    "ssl": ("gateway/", "sandbox/"),
    "httpx": (),
    "typer": ("cli/",),
    "rich": ("cli/", "pictures/"),
    "PIL": ("pictures/", "sandbox/"),
    "sqlite3": ("journal/", "cli/complete.py"),  # a Tab key waits for no journal to be opened
    "platformdirs": ("paths.py",),
    "starlette": ("sandbox/",),
    "uvicorn": ("sandbox/",),
    "click": (),
}
LOWER = {"gateway", "pictures", "journal", "files", "naming"}
FORBIDDEN = {
    **{
        name: {"cli", "batch", "editor", "save", *(LOWER - {name, "naming"})}
        for name in ("gateway", "pictures", "journal", "files")
    },
    "sandbox": {"gateway", "pictures", "journal", "files", "editor", "batch", "save", "cli"},
    "records": {"cli", "batch", "editor", "save", "sandbox", *LOWER},
    "errors": {"cli", "batch", "editor", "save", "sandbox", "records", *LOWER},
    "editor": {"cli", "batch", "sandbox"},
    "sending": {"cli", "batch", "editor", "sandbox"},
    "pace": {"cli", "batch", "editor", "sandbox", *LOWER},
    "save": {"cli", "batch", "editor", "sandbox"},
    "batch": {"cli", "sandbox"},
}


def modules() -> Iterator[tuple[str, str]]:
    for path in sorted(ROOT.rglob("*.py")):
        for name in imported(path):
            yield str(path.relative_to(ROOT)), name


def imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            yield base
            yield from (f"{base}.{alias.name}" for alias in node.names)


@pytest.mark.parametrize("package", sorted(ONLY_IN))
def test_a_foreign_package_is_imported_only_where_it_belongs(package: str) -> None:
    users = {file for file, name in modules() if name.split(".")[0] == package}
    assert {file for file in users if not file.startswith(ONLY_IN[package])} == set()


@pytest.mark.parametrize("part", sorted(FORBIDDEN))
def test_a_part_imports_no_part_above_or_beside_it(part: str) -> None:
    wrong = {
        (file, name)
        for file, name in modules()
        if file.split("/")[0].removesuffix(".py") == part
        and name.startswith("seedcli.")
        and name.split(".")[1] in FORBIDDEN[part]
    }
    assert wrong == set()
