"""Every setting's value in force, and where it came from.

The order: option, preset, environment, profile, configuration file, default.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from seedcli import config_file, paths
from seedcli.errors import ConfigError, SeedError, UsageError
from seedcli.records import ApiKey
from seedcli.setting_keys import IN_PRESETS, KEYS, STORED, Key
from seedcli.setting_names import is_plain, join_name, kept_elsewhere, meant
from seedcli.text import clean

_LONGEST_KEY_FILE = 4096


class Setting(NamedTuple):
    """A value and its source: "option", "preset cat", "environment SEEDCLI_MODEL", "profile work",
    "keyring", "keyring profile work", "file /…/config.toml" or "default".

    The value of `api_key` is an `ApiKey`, unchecked. The name is one of `KEYS`, or a full one such as
    `profiles.work.model`.
    """

    name: str
    value: Any
    source: str

    @property
    def shown(self) -> str | None:
        """The value as text that may be shown: the key and a URL's password masked. None: not set."""
        if isinstance(self.value, ApiKey):
            return self.value.masked
        # Only where a URL belongs: a prompt may hold what looks like a password and is none.
        key = KEYS[self.name.rpartition(".")[2]]
        text = self.revealed
        return re.sub(r"(?<=://)[^/]*@", "****@", text) if text and key.may_hold_secret else text

    @property
    def revealed(self) -> str | None:
        """The value as text, nothing masked. None: not set."""
        if self.value is None:
            return None
        if isinstance(self.value, ApiKey):
            return self.value.reveal()
        if isinstance(self.value, bool):
            return "true" if self.value else "false"
        return f"{self.value:.10g}" if isinstance(self.value, float) else str(self.value)


class Settings:
    """What `load` found. Values of options and variables are checked when they are asked for."""

    def __init__(
        self,
        contents: Contents,
        *,
        path: Path,
        options: Mapping[str, object],
        environ: Mapping[str, str],
        profile: str | None,
        warnings: tuple[str, ...],
    ) -> None:
        self.path = path
        self.profile = profile
        self.warnings = warnings
        self._contents = contents
        self._options = options
        self._environ = environ
        self._key_file: str | None = None

    def get(self, name: str) -> Setting:
        """The setting in force. Raises ConfigError (UsageError for an option) for a value that can't be."""
        key = KEYS[name]
        return next((found for found in self._layers(key)), Setting(name, key.default, "default"))

    def all(self) -> Iterator[Setting]:
        """Every setting that a configuration file may hold, set or not."""
        return (self.get(name) for name in STORED)

    def text(self, name: str) -> str | None:
        """A text, None when it is not set or set to nothing."""
        return self.get(name).value or None

    def flag(self, name: str) -> bool:
        return bool(self.get(name).value)

    def whole(self, name: str) -> int:
        """A whole number; only for settings that have a default."""
        return int(self.get(name).value)

    def number(self, name: str) -> float:
        """A number; only for settings that have a default."""
        return float(self.get(name).value)

    def location(self, name: str) -> Path | None:
        found: Path | None = self.get(name).value
        return found

    @property
    def api_key(self) -> ApiKey | None:
        found: ApiKey | None = self.get("api_key").value
        return found

    @property
    def profiles(self) -> Mapping[str, Mapping[str, object]]:
        """All profiles of the file, their values brought to type."""
        return self._contents.profiles

    @property
    def presets(self) -> Mapping[str, Mapping[str, object]]:
        """All presets of the file, their values brought to type."""
        return self._contents.presets

    @property
    def stored(self) -> Mapping[str, object]:
        """What stands in the file outside profiles and presets."""
        return self._contents.top

    def preset(self, name: str) -> Mapping[str, object]:
        """A preset's prompt and options; UsageError with the nearest name when there is none."""
        found = self._contents.presets.get(name)
        if found is None:
            raise UsageError(
                f"there is no preset {clean(name)}",
                hint=meant(name, self.presets) or f"Presets stand in {self.path}: `seedcli config list`.",
            )
        return found

    def _layers(self, key: Key) -> Iterator[Setting]:
        given = self._options.get(key.name)
        if given is not None:
            yield Setting(key.name, _typed(key, given, where=key.option, kind=UsageError), "option")
        if key.preset and (preset := self._preset_name()) and key.name in self.preset(preset):
            yield Setting(key.name, self.preset(preset)[key.name], f"preset {preset}")
        yield from self._from_environment(key)
        if self.profile is not None:
            yield from self._from_keyring(key, profile=self.profile)
            if key.name in self.profiles[self.profile]:
                yield Setting(key.name, self.profiles[self.profile][key.name], f"profile {self.profile}")
        yield from self._from_keyring(key, profile=None)
        if key.name in self.stored:
            yield Setting(key.name, self.stored[key.name], f"file {self.path}")

    def _from_keyring(self, key: Key, *, profile: str | None) -> Iterator[Setting]:
        if key.secret and self.flag("keyring"):
            from seedcli import keyring_store

            if held := keyring_store.fetch(profile):
                of_profile = "" if profile is None else f" profile {profile}"
                yield Setting(key.name, ApiKey(held.strip()), f"keyring{of_profile}")

    def _preset_name(self) -> str | None:
        return self.text("preset")

    def _from_environment(self, key: Key) -> Iterator[Setting]:
        for variable in key.variables:
            if not (value := self._environ.get(variable, "").strip()):
                continue
            if variable == key.file_variable:
                # Kept: a pipe such as <(pass show key) gives its text once.
                value = self._key_file = self._key_file or _key_file_text(value, variable=variable)
            yield Setting(key.name, _typed(key, value, where=variable), f"environment {variable}")


class Contents(NamedTuple):
    """A configuration file's values, names known and brought to type."""

    top: Mapping[str, object]
    profiles: Mapping[str, Mapping[str, object]]
    presets: Mapping[str, Mapping[str, object]]


def load(
    options: Mapping[str, object],
    *,
    environ: Mapping[str, str],
    config_path: Path | None = None,
    profile: str | None = None,
) -> Settings:
    """Read the configuration file and put options and environment above it.

    `options` maps names of `KEYS` to what the command line gave; None is "not given", so a switch that
    was not used must be None, not False. `config_path` is `--config` and must exist then; `profile` is
    `--profile`. Raises ConfigError: a broken file (with line and column), a name that is not known
    (with the nearest), a value of the wrong type, a profile that is not there.
    """
    if unknown := options.keys() - KEYS.keys():
        raise KeyError(f"options without a setting: {sorted(unknown)}")
    path = paths.absolute(config_path) if config_path is not None else paths.config_file(environ)
    document, warnings = config_file.read(path, required=config_path is not None)
    contents = _contents(document, path)
    profile = profile or environ.get("SEEDCLI_PROFILE") or None
    if profile is not None and profile not in contents.profiles:
        raise ConfigError(
            f"there is no profile {clean(profile)} in {path}",
            hint=meant(profile, contents.profiles)
            or f"Make it: seedcli config set --profile {clean(profile)} api_key",
        )
    return Settings(contents, path=path, options=options, environ=environ, profile=profile, warnings=warnings)


def parse_value(name: str, given: object) -> Any:
    """`given`, a word of the command line, brought to the type of the setting `name`; else UsageError."""
    return _typed(KEYS[name], given, where=name, kind=UsageError)


def _contents(document: dict[str, Any], path: Path) -> Contents:
    top = {name: value for name, value in document.items() if name not in ("profiles", "presets")}
    known = (*STORED, "profiles", "presets")
    return Contents(
        top=_values(top, known, path=path, prefix=()),
        profiles=_tables(document.get("profiles", {}), STORED, path=path, kind="profiles"),
        presets=_tables(document.get("presets", {}), IN_PRESETS, path=path, kind="presets"),
    )


def _tables(
    tables: object, known: tuple[str, ...], *, path: Path, kind: str
) -> dict[str, Mapping[str, object]]:
    if not isinstance(tables, dict) or not all(isinstance(table, dict) for table in tables.values()):
        raise ConfigError(f"{path}: {kind} holds tables only: [{kind}.NAME]")
    return {name: _values(table, known, path=path, prefix=(kind, name)) for name, table in tables.items()}


def _values(
    table: dict[str, object], known: tuple[str, ...], *, path: Path, prefix: tuple[str, ...]
) -> dict[str, object]:
    values = {}
    for name, given in table.items():
        shown = name if name in known or is_plain(name) else "(a name not shown)"
        where = f"{path}: {clean(join_name((*prefix, shown)))}"
        if name in KEYS and name not in known:
            message, hint = kept_elsewhere(KEYS[name], known)
            raise ConfigError(f"{where}: {message}", hint=hint)
        if name not in KEYS:
            raise ConfigError(f"{where} is not a setting", hint=meant(name, known))
        value = _typed(KEYS[name], given, where=where)
        # A relative path in a file starts at that file: the command runs anywhere.
        values[name] = path.parent / value if KEYS[name].is_path else value
    return values


def _typed(key: Key, given: object, *, where: str, kind: type[SeedError] = ConfigError) -> Any:
    try:
        value = key.parse(given)
    except ValueError as error:
        found = "" if key.may_hold_secret else f", not {clean(str(given), limit=60)!r}"
        raise kind(f"{where}: expected {error}{found}") from error
    return ApiKey(value.strip()) if key.secret else value


def _key_file_text(named: str, *, variable: str) -> str:
    path = paths.absolute(named)
    try:
        with path.open("rb") as file:
            data = file.read(_LONGEST_KEY_FILE + 1)
    except OSError as error:
        raise ConfigError(
            f"the key's file {path} can't be read: {error.strerror}", hint=f"{variable} names it."
        ) from error
    held = data.decode("utf-8-sig", "replace").strip()
    if not held or len(data) > _LONGEST_KEY_FILE:
        raise ConfigError(
            f"the key's file {path} is {'too long for a key' if held else 'empty'}",
            hint=f"{variable} names it.",
        )
    return held
