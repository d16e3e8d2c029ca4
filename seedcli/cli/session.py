"""What every command begins with: its settings, and how it speaks."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from seedcli import paths
from seedcli.cli.report import Reporter, can_move, decide_colour, share_terminal
from seedcli.pictures.prepare import PrepareOptions
from seedcli.settings import Settings, load


class Session(NamedTuple):
    """The settings in force and the reporter that follows them."""

    settings: Settings
    reporter: Reporter

    @property
    def state_folder(self) -> Path:
        return paths.state_folder(os.environ)

    @property
    def journal_path(self) -> Path:
        return self.state_folder / "journal.db"

    @property
    def prepare_options(self) -> PrepareOptions:
        settings = self.settings
        return PrepareOptions(
            enabled=not settings.flag("no_prepare"),
            pad=settings.flag("pad"),
            keep_location=settings.flag("keep_location"),
        )

    @property
    def interactive(self) -> bool:
        """Whether a person is there to be asked."""
        settings = self.settings
        told_not_to = settings.flag("no_input") or settings.flag("json") or bool(os.environ.get("CI"))
        return not told_not_to and sys.stdin is not None and sys.stdin.isatty() and sys.stderr.isatty()


def open_session(given: Mapping[str, Any]) -> Session:
    """`given` holds what the command line said, by option; None where it said nothing.

    Raises `ConfigError` or `UsageError` for a setting that can't be.
    """
    options = dict(given)
    config, profile = options.pop("config", None), options.pop("profile", None)
    settings = load(
        options, environ=os.environ, config_path=Path(config) if config else None, profile=profile
    )
    for name, value in options.items():
        if value is not None:
            settings.get(name)  # a slip is told at once, not when the value is needed
    reporter = Reporter(
        json=settings.flag("json"),
        quiet=settings.flag("quiet"),
        verbose=settings.flag("verbose"),
        colour=decide_colour(settings.text("color") or "auto", sys.stderr),
        moves=not settings.flag("quiet") and can_move(sys.stderr),
        one_terminal=share_terminal(),
    )
    for warning in settings.warnings:
        reporter.warn(warning)
    return Session(settings, reporter)
