"""From words and settings to what is asked for: prompt, parameters, place, pictures."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from seedcli import inputs
from seedcli.errors import BadInput, UsageError
from seedcli.gateway.models import check
from seedcli.records import OutputPlan, Parameters, Placement, Source
from seedcli.settings import Settings

_LONGEST_PROMPT_FILE = 1_000_000


@dataclass(frozen=True, slots=True)
class Asked:
    """One command's request: the same prompt, parameters and place for all the words' pictures."""

    words: tuple[str, ...]
    prompt: str
    parameters: Parameters
    output: OutputPlan
    recursive: bool
    count: int
    stdin: Path | None = None

    def with_stdin(self, path: Path) -> Asked:
        return replace(self, stdin=path)

    def inputs(self, made_from: Callable[[Path], Source | None]) -> inputs.Inputs:
        """The pictures, each once; `made_from` knows the source of a result of the program."""
        folder = self.output.value if self.output.kind is Placement.FOLDER else None
        return inputs.Inputs(
            self.words,
            recursive=self.recursive,
            made_from=made_from,
            results=Path(folder) if folder else None,
            stdin=self.stdin,
        )


def read_request(settings: Settings, words: list[str]) -> Asked:
    """Everything that can be known before a picture is read. Raises `UsageError` or `BadInput`."""
    listed = settings.text("files_from")
    _check_stdin(settings, words)  # before any of them is read
    if listed is not None:
        words, prompt = _with_list(settings, words, listed)
    else:
        words, prompt = _split(settings, words)
    _check_stdin(settings, words)
    parameters = check(read_parameters(settings), unchecked=settings.flag("unchecked"))
    plan = read_output(settings, words)
    return Asked(tuple(words), prompt, parameters, plan, settings.flag("recursive"), settings.whole("count"))


def _split(settings: Settings, words: list[str], *, listed: bool = False) -> tuple[list[str], str]:
    return inputs.split_prompt(
        words,
        read_prompt(settings),
        listed=listed,
        recursive=settings.flag("recursive"),
        output=settings.text("output"),
    )


def read_output(settings: Settings, words: list[str]) -> OutputPlan:
    """`-o` in its forms; the folder of a template or file is checked by `seedcli.files`."""
    given, force, here = settings.text("output"), settings.flag("force"), os.getcwd()
    if given is None:
        kind = Placement.STDOUT if words == ["-"] else Placement.BESIDE
        return OutputPlan(kind, force=force, folder=here)
    if given == "-":
        return OutputPlan(Placement.STDOUT, folder=here)
    return plan_output(given, force=force, base=here)


def plan_output(given: str, *, force: bool, base: str) -> OutputPlan:
    """A place on disk: relative ones start at `base`."""
    absolute, here = os.path.abspath(os.path.join(base, given)), os.getcwd()
    if "{" in given:
        kind = Placement.TEMPLATE
        absolute += "/" if given.endswith(("/", os.sep)) else ""
    elif given.endswith(("/", os.sep)) or os.path.isdir(absolute):
        kind = Placement.FOLDER
    else:
        kind = Placement.FILE
    return OutputPlan(kind, absolute, force=force, folder=here, absolute=os.path.isabs(given))


def read_prompt(settings: Settings) -> str | None:
    """The prompt that options, file or variables give; None where none does."""
    found, file = settings.get("prompt"), settings.get("prompt_file")
    if file.value is None or (found.source == "option" != file.source):
        return found.value  # type: ignore[no-any-return]  # a text, by the table of keys
    if found.source == file.source == "option":
        raise UsageError("both --prompt and --prompt-file are given", hint="Give one of them.")
    return _read_prompt(Path(file.value))


def _read_prompt(path: Path) -> str:
    try:
        data = _stdin_head() if str(path) == "-" else _head(path)
    except OSError as fault:
        raise UsageError(f"--prompt-file {path}: {fault.strerror}", hint="Check the name.") from fault
    if len(data) > _LONGEST_PROMPT_FILE:
        raise UsageError(f"--prompt-file {path}: over 1 MB is no prompt", hint="Check the name.")
    try:
        return data.decode("utf-8-sig").strip()
    except UnicodeDecodeError as fault:
        raise UsageError(f"--prompt-file {path}: not UTF-8 text", hint="Save it as UTF-8.") from fault


def _stdin_head() -> bytes:
    if sys.stdin is None:
        raise UsageError("--prompt-file -: standard input is closed", hint="Pipe the prompt in.")
    return sys.stdin.buffer.read(_LONGEST_PROMPT_FILE + 1)


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(_LONGEST_PROMPT_FILE + 1)


def _with_list(settings: Settings, words: list[str], listed: str) -> tuple[list[str], str]:
    """`--files-from`: the one word left is the prompt, unless an option gave it."""
    words, prompt = _split(settings, words, listed=True)
    if listed == "-":
        data = inputs.read_stdin()
    else:
        try:
            data = Path(listed).read_bytes()
        except OSError as fault:
            raise BadInput(f"--files-from {listed}: {fault.strerror}", hint="Check the name.") from fault
    null = settings.flag("null")
    if b"\0" in data and not null:
        raise BadInput(f"--files-from {listed}: its names end with NUL", hint="Add -0.")
    names = inputs.read_list(data, null=null)
    if not names and not words:
        raise BadInput(f"--files-from {listed}: no names in it", hint="One image a line, or -0 for NUL.")
    return [*words, *names], prompt


def _check_stdin(settings: Settings, words: list[str]) -> None:
    users = ["the image -"] if "-" in words else []
    users += [
        f"--{name}"
        for name in ("prompt-file", "files-from")
        if str(settings.get(name.replace("-", "_")).value) == "-"
    ]
    if len(users) > 1:
        raise UsageError(f"standard input can't be {' and '.join(users)} at once", hint="Put one in a file.")


def read_parameters(settings: Settings) -> Parameters:
    """The gateway's optional fields as they are set; which model takes which is not looked at here."""

    def value(name: str):  # type: ignore[no-untyped-def]  # each setting has its own type
        return settings.get(name).value

    guidance = value("guidance_scale")
    return Parameters(
        model=value("model"),
        size=value("size"),
        seed=value("seed"),
        guidance_scale=guidance,
        watermark=value("watermark"),
        response_format=value("response_format"),
    )
