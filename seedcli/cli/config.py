"""`seedcli config`: read and write the configuration."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from seedcli.cli.options import Config, Profile
from seedcli.cli.style import SETTINGS, SeedCommand, SeedGroup
from seedcli.errors import ConfigError, NoKey, UsageError

if TYPE_CHECKING:
    from seedcli.settings import Setting, Settings

_EXAMPLES = """\b
Examples:
  seedcli config set api_key                         asks, shows nothing
  printf %s "$KEY" | seedcli config set api_key      from standard input
  seedcli config set model seededit
  seedcli config set --profile work api_key          then: seedcli edit --profile work …
  seedcli config set presets.golden.prompt "make it golden hour"
"""

_SET = """Examples:

\b
  seedcli config set api_key                    asks, shows nothing
  seedcli config set model seededit
  seedcli config set --profile work base_url https://gateway.example
"""
_GET = """Examples:

\b
  seedcli config get base_url
  seedcli config get model --profile work
"""
_UNSET = """Examples:

\b
  seedcli config unset model
  seedcli config unset profiles.work
"""
_LIST = """Examples:

\b
  seedcli config list
  seedcli config list --json | jq -r .name
"""
_PATH = """Examples:

\b
  seedcli config path
  cp "$(seedcli config path)" kept.toml
"""
_PROFILES = """Examples:

\b
  seedcli config profiles
"""

app = typer.Typer(
    name="config",
    cls=SeedGroup,
    help="Read and write the configuration.",
    no_args_is_help=True,
    rich_markup_mode=None,
    add_completion=False,
    context_settings=SETTINGS,
    epilog=_EXAMPLES,
)


Name = Annotated[
    str,
    typer.Argument(
        metavar="KEY",
        help="A setting such as model, profiles.NAME.KEY or presets.NAME.KEY.",
        show_default=False,
    ),
]
Keyring = Annotated[
    bool,
    typer.Option("--keyring", help="The key in the system's keyring (extra keyring).", show_default=False),
]
Json = Annotated[bool, typer.Option("--json", help="One JSON object a line.", show_default=False)]


# Unknown options are let through to `value`: typer would repeat them, and one may be a key.
@app.command(
    "set", cls=SeedCommand, context_settings={**SETTINGS, "ignore_unknown_options": True}, epilog=_SET
)
def set_value(
    name: Name,
    value: Annotated[list[str] | None, typer.Argument(metavar="[VALUE]", show_default=False)] = None,
    keyring: Keyring = False,
    profile: Profile = None,
    config: Config = None,
) -> None:
    """Set KEY to VALUE in the configuration file.

    api_key takes no VALUE: it is asked for without being shown, or read from standard input.
    """
    from seedcli import config_file
    from seedcli.setting_names import join_name

    if "=" in name:
        raise UsageError("write KEY and VALUE as two words, without '='")
    keys = _target(name, profile=profile)
    path = _path(config)
    config_file.check_changeable(path)  # A broken file is told before anything is asked.
    checked = _checked_value(keys[-1], value or [], path=path)
    if keyring:
        from seedcli.cli.key_entry import keep_in_keyring

        keep_in_keyring(str(checked), keys, path=path)
        _say(f"set {join_name(keys)} in the system's keyring, and keyring in {path}")
    else:
        config_file.change(path, keys, checked)
        _say(f"set {join_name(keys)} in {path}")
    _note_overriding(keys[-1])


@app.command("get", cls=SeedCommand, epilog=_GET)
def get_value(
    name: Name,
    reveal: Annotated[
        bool, typer.Option("--reveal", help="Show the key or password itself.", show_default=False)
    ] = False,
    profile: Profile = None,
    config: Config = None,
) -> None:
    """Print the value of KEY that is in force."""
    from seedcli.setting_names import split_name

    keys = split_name(name)
    if len(keys) == 2:
        raise UsageError(f"{name} is a group of settings", hint="`seedcli config list` shows them.")
    settings = _loaded(config, profile=profile)
    found = settings.get(keys[0]) if len(keys) == 1 else _in_table(settings, keys)
    if found.value is None:
        raise _not_set(keys[-1], name)
    sys.stdout.write(f"{found.revealed if reveal else found.shown}\n")


@app.command("unset", cls=SeedCommand, epilog=_UNSET)
def unset_value(name: Name, keyring: Keyring = False, profile: Profile = None, config: Config = None) -> None:
    """Remove KEY from the configuration file, or with --keyring from there.

    profiles.NAME and presets.NAME remove the whole of it.
    """
    from seedcli import config_file
    from seedcli.setting_names import join_name, raw_parts

    path = _path(config)
    try:
        keys = _target(name, profile=profile, whole=True)
    except UsageError:
        # What a hand or another version wrote there can be removed all the same.
        keys = raw_parts(name)
        if not _stands(keys, config_file.read(path)[0]):
            raise
    if keyring:
        from seedcli.cli.key_entry import forget_in_keyring

        found = forget_in_keyring(keys)
        _say("removed the key from the system's keyring" if found else "the keyring holds no such key")
        return
    try:
        config_file.change(path, keys, None)
    except KeyError:
        _say(f"{join_name(keys)} was not set in {path}")
    else:
        _say(f"removed {join_name(keys)} from {path}")
    _note_overriding(keys[-1])


@app.command("list", cls=SeedCommand, epilog=_LIST)
def list_values(json: Json = False, profile: Profile = None, config: Config = None) -> None:
    """List every setting, its value and its source.

    The key and passwords in URLs are masked.
    """
    from seedcli.cli.config_list import everything, plain_value, write_json, write_table

    loaded = _loaded(config, profile=profile)
    settings = list(everything(loaded))
    if json or loaded.flag("json"):
        write_json({"name": s.name, "value": plain_value(s), "source": s.source} for s in settings)
    else:
        write_table(settings)


@app.command("path", cls=SeedCommand, epilog=_PATH)
def print_path(config: Config = None) -> None:
    """Print the configuration file's path.

    The file need not exist.
    """
    sys.stdout.write(f"{_path(config)}\n")


@app.command("profiles", cls=SeedCommand, epilog=_PROFILES)
def list_profiles(json: Json = False, profile: Profile = None, config: Config = None) -> None:
    """List the profiles, one a line."""
    settings = _loaded(config, profile=profile)
    if json or settings.flag("json"):
        from seedcli.cli.config_list import write_json

        write_json({"name": name, "active": name == settings.profile} for name in settings.profiles)
        return
    for name in settings.profiles:
        sys.stdout.write(f"{name}\n")


def _path(config: str | None) -> Path:
    from seedcli import paths

    return paths.absolute(config) if config else paths.config_file(os.environ)


def _loaded(config: str | None, *, profile: str | None) -> Settings:
    from seedcli.settings import load

    settings = load({}, environ=os.environ, config_path=Path(config) if config else None, profile=profile)
    for warning in settings.warnings:
        _say(f"warning: {warning}")
    return settings


def _target(name: str, *, profile: str | None, whole: bool = False) -> tuple[str, ...]:
    """The place in the file that `name` means: under the profile, when one is named."""
    from seedcli.setting_names import check_profile_name, split_name

    keys = split_name(name)
    if len(keys) == 2 and not whole:
        raise UsageError(f"{name} is a group of settings", hint=f"Name one of them: {name}.model")
    if len(keys) > 1 and profile:
        raise UsageError("--profile goes with a plain KEY, not with one that has dots")
    profile = profile or os.environ.get("SEEDCLI_PROFILE")
    if len(keys) > 1 or not profile:
        return keys
    return ("profiles", check_profile_name(profile), *keys)


def _checked_value(name: str, words: list[str], *, path: Path) -> object:
    from seedcli import settings
    from seedcli.setting_keys import KEYS

    if KEYS[name].secret:
        if words:
            raise UsageError(
                f"{name} is not taken as an argument: other users can see those, and the shell keeps them",
                hint=f'Give it when asked, or: printf %s "$KEY" | seedcli config set {name}',
            )
        from seedcli.cli.key_entry import read_key

        return read_key(f"API key (kept in {path}, not shown): ").reveal()
    if len(words) != 1:
        raise UsageError(
            f"{name} takes one value, not {len(words)}", hint="Put quotes round a value with spaces."
        )
    value: Any = settings.parse_value(name, words[0])
    if name == "base_url":
        from seedcli.gateway.endpoint import parse_endpoint

        parse_endpoint(value)
    if name == "model":
        from seedcli.gateway.models import model_id

        model_id(value)
    return str(value.absolute()) if isinstance(value, Path) else value


def _note_overriding(name: str) -> None:
    from seedcli.setting_keys import KEYS

    variables = KEYS[name].variables if name in KEYS else ()
    if variable := next((v for v in variables if os.environ.get(v, "").strip()), None):
        _say(f"note: {variable} is set in the environment and comes before the file")


def _stands(keys: tuple[str, ...], document: dict[str, Any]) -> bool:
    held: Any = document
    for key in keys:
        if not isinstance(held, dict) or key not in held:
            return False
        held = held[key]
    return True


def _in_table(settings: Settings, keys: tuple[str, ...]) -> Setting:
    from seedcli.settings import Setting

    kind, table, name = keys
    tables = settings.profiles if kind == "profiles" else settings.presets
    return Setting(name, tables.get(table, {}).get(name), f"file {settings.path}")


def _not_set(key: str, name: str) -> ConfigError:
    if key == "api_key":
        from seedcli.gateway.key import NO_KEY_HINT

        return NoKey(f"{name} is not set", hint=NO_KEY_HINT)
    return ConfigError(f"{name} is not set", hint=f"Set it: seedcli config set {name} VALUE")


def _say(message: str) -> None:
    sys.stderr.write(f"seedcli: {message}\n")
