"""CHANGELOG keeps its form, and the version stands in one place."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

from seedcli import __version__

ROOT = Path(__file__).parents[2]
CHANGELOG = (ROOT / "CHANGELOG.md").read_text()
SECTION = re.compile(r"^## \[(?P<version>[^]]+)\](?: - (?P<date>\d{4}-\d{2}-\d{2}))?$", re.MULTILINE)
KINDS = {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}


def number(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))


def test_the_sections_are_unreleased_then_versions_newest_first() -> None:
    sections = list(SECTION.finditer(CHANGELOG))
    assert len(sections) == len(re.findall(r"^## ", CHANGELOG, re.MULTILINE)), "a heading of another form"
    assert sections[0]["version"] == "Unreleased"
    released = [section["version"] for section in sections[1:]]
    assert released == sorted(released, key=number, reverse=True)
    days = [date.fromisoformat(section["date"]) for section in sections[1:]]
    assert days == sorted(days, reverse=True)


def test_every_section_holds_entries_of_the_known_kinds() -> None:
    for section in SECTION.split(CHANGELOG)[3::3]:
        parts = re.split(r"^### (.*)$", section, flags=re.MULTILINE)
        assert set(parts[1::2]) <= KINDS
        assert len(set(parts[1::2])) == len(parts[1::2])
        assert all(part.strip().startswith("- ") for part in parts[2::2])


def test_the_version_is_that_of_the_newest_section_or_is_still_to_be_released() -> None:
    assert re.fullmatch(r"\d+\.\d+\.\d+", __version__)
    released = [section["version"] for section in SECTION.finditer(CHANGELOG)][1:]
    assert not released or number(__version__) >= number(released[0])


def test_the_version_stands_in_one_place() -> None:
    stated = re.compile(
        rf"""(version\w*\s*[=:]\s*|seedcli[- /])["']?{re.escape(__version__)}\b""", re.IGNORECASE
    )
    places = [
        path.relative_to(ROOT).as_posix()
        for pattern in (
            "*.toml",
            "*.md",
            "Makefile",
            "seedcli/**/*.py",
            "man/**/*",
            "completions/*",
            "docs/*.md",
        )
        for path in ROOT.glob(pattern)
        if path.is_file() and stated.search(path.read_text())
    ]
    assert places == ["seedcli/__init__.py"]
