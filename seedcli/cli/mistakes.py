"""A command line that typer could not read: what is wrong with it, and what was probably meant."""

from __future__ import annotations

import re
import sys
from typing import Any

from seedcli.cli.style import SeedGroup, nearest
from seedcli.text import clean

_PLAIN_WORDS = {
    r"is not in the range (\S+?)<=x<=(\S+)$": r"is not from \1 to \2",
    "is not a valid (int|integer|float)( range)?$": "is not a number",
    "^Input should be a valid (integer|number).*": "a number is expected",  # since 0.29
}
_KEY_OPTIONS = ("--key", "--api-key", "--apikey", "--api_key", "--token")
_KEY_HINT = "Store it with 'seedcli config set api_key', or set SEEDCLI_API_KEY."


def explain(error: Any) -> tuple[str, str] | None:
    """A message and a hint; None when the error is no mistake of the user's.

    Typer's own classes are in its private copy of click, so they are told by their shape.
    """
    if not hasattr(error, "format_message") or not hasattr(error, "exit_code"):
        return None
    hint = f"See '{_command_path(error)} --help'."
    option = getattr(error, "option_name", None)
    if type(error).__name__ == "BadParameter" and getattr(error, "param", None) is not None:
        reason = error.message.rstrip(".")
        for words, plain in _PLAIN_WORDS.items():
            reason = re.sub(words, plain, reason)
        return f"{'/'.join(error.param.opts)}: {clean(reason)}", hint
    if option is None:
        message = clean(error.format_message(), limit=400).rstrip(".")
        if extra := re.fullmatch(r"Got unexpected extra argument\S* \((.*)\)", message):
            return f"too many words: {extra[1]}", hint
        return message[:1].lower() + message[1:], hint
    if option in _KEY_OPTIONS:
        return "no option takes the key: other users can see those", _KEY_HINT
    if type(error).__name__ == "NoSuchOption":
        if command := _taker(option, error):
            return f"{option} comes after the command", f"Such as: {command} {option} …"
        near = nearest(option, _options(error)) if option.startswith("--") else None
        meant = f". Did you mean {near}?" if near else ""
        return f"no such option: {clean(option, limit=60)}{meant}", hint
    if "requires an argument" in error.message:
        return f"{clean(option, limit=60)} needs a value", hint
    if "does not take a value" in error.message:
        return f"{clean(option, limit=60)} takes no value", hint
    return clean(error.format_message(), limit=400).rstrip("."), hint


def _command_path(error: Any) -> str:
    context = getattr(error, "ctx", None)
    if context is not None:
        return str(context.command_path)
    from seedcli.cli.app import COMMANDS

    # Typer does not say of which command an option lacks its value.
    return " ".join(["seedcli", *(word for word in sys.argv[1:2] if word in COMMANDS)])


def _taker(option: str, error: Any) -> str | None:
    """A command that takes an option which stands before it: `seedcli edit`, `seedcli history list`."""
    context = getattr(error, "ctx", None)
    group = getattr(context, "command", None)
    if context is None or not isinstance(group, SeedGroup):
        return None
    if context.parent is None:
        from seedcli.cli.known_words import Table

        table = Table()  # the other commands' options are among those of edit, and it is read faster
        return "seedcli edit" if option in table.values or option in table.switches else None
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if command is not None and any(option in param.opts for param in command.params):
            return f"{context.command_path} {name}"
    return None


def _options(error: Any) -> list[str]:
    context = getattr(error, "ctx", None)
    if context is None:
        return list(getattr(error, "possibilities", None) or [])
    params = context.command.get_params(context)
    return [
        name for param in params for name in (*param.opts, *param.secondary_opts) if name.startswith("--")
    ]
