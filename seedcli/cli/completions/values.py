"""What may stand after an option or as a word: told by its name, or by what its help calls it.

An option that is added with `url|b64_json`, FILE or FOLDER as its metavar is completed without a change here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Values:
    """Fixed words with what they mean, kinds that the program is asked for, files, folders.

    `of_setting`: whatever the setting that stands before it takes.
    """

    words: tuple[tuple[str, str], ...] = ()
    ask: str = ""
    files: bool = False
    folders: bool = False
    of_setting: bool = False


ANYTHING = Values()
FILES = Values(files=True)
ASKED = ("presets", "profiles", "jobs", "edits")
"""What `seedcli __complete KIND` lists."""

_METAVARS = {"FILE": FILES, "PATH": FILES, "DIR": Values(folders=True), "FOLDER": Values(folders=True)}
_CHOICE = re.compile(r"[a-z0-9_-]+(\|[a-z0-9_-]+)+")


def of_option(names: tuple[str, ...], metavar: str) -> Values:
    """What the option takes."""
    for name in names:
        if name in _named():
            return _named()[name]
    if _CHOICE.fullmatch(metavar):
        return Values(words=tuple((word, "") for word in metavar.split("|")))
    return _METAVARS.get(metavar, ANYTHING)


def of_argument(metavar: str) -> Values:
    """What the word takes: `ID|FILE` an edit's ID or a file."""
    bare = metavar.strip("[]").split("...")[0]
    if _CHOICE.fullmatch(bare):
        return Values(words=tuple((word, "") for word in bare.split("|")))
    kinds = [_words_of(word) for word in bare.split("|")]
    return Values(
        words=tuple(pair for kind in kinds for pair in kind.words),
        ask=next((kind.ask for kind in kinds if kind.ask), ""),
        files=any(kind.files for kind in kinds),
        folders=any(kind.folders for kind in kinds),
        of_setting=any(kind.of_setting for kind in kinds),
    )


def of_settings() -> dict[str, Values]:
    """What each setting that the configuration file may hold takes."""
    from seedcli.setting_keys import KEYS, STORED, switch

    on_off = Values(words=(("true", ""), ("false", "")))
    special = {"output": FILES, "ca_bundle": FILES, "response_format": _choice("url", "b64_json")}
    return {
        name: on_off
        if KEYS[name].parse is switch
        else special.get(name) or of_option((KEYS[name].option,), "")
        for name in STORED
    }


def _words_of(metavar: str) -> Values:
    """For the words of commands; the names are those that the commands' help uses."""
    if metavar in ("IMAGE", "MANIFEST", "PICTURE", "BEFORE", "AFTER", "RESULT"):
        return FILES
    if metavar == "KEY":
        return Values(words=_setting_names())
    if metavar == "VALUE":
        return Values(of_setting=True)
    if metavar == "TOPIC":
        from seedcli.cli.topics import SUMMARIES

        return Values(words=tuple(SUMMARIES.items()))
    if metavar == "COMMAND":
        from seedcli.cli.app import COMMANDS

        return Values(words=tuple(COMMANDS.items()))
    if metavar == "MODEL":
        return _named()["--model"]
    asked = {"ID": "edits", "JOB_SET_ID": "jobs", "PROFILE": "profiles", "PRESET": "presets"}
    return Values(ask=asked[metavar]) if metavar in asked else _METAVARS.get(metavar, ANYTHING)


def _named() -> dict[str, Values]:
    """The options that are known by name."""
    from seedcli.gateway.models import MODELS
    from seedcli.records import State
    from seedcli.sandbox.faults import KINDS

    models = [(model.name, model.title) for model in MODELS] + [(model.id, model.title) for model in MODELS]
    sizes = [(size, model.title) for model in MODELS for size in model.sizes]
    return {
        "--model": Values(words=tuple(models)),
        "--size": Values(words=tuple(sizes)),
        "--fault": Values(words=tuple((kind, text) for kind, (_, text) in KINDS.items())),
        "--state": _choice(*State),
        "--preset": Values(ask="presets"),
        "--profile": Values(ask="profiles"),
        "--files-from": FILES,
    }


def _choice(*words: str) -> Values:
    return Values(words=tuple((str(word), "") for word in words))


def _setting_names() -> tuple[tuple[str, str], ...]:
    from seedcli.setting_keys import KEYS, STORED

    return tuple((name, KEYS[name].help) for name in STORED)
