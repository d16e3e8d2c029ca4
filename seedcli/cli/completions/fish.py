"""The fish script: a `complete` for each option, under the condition that its command is being typed."""

from __future__ import annotations

import re
from collections.abc import Iterator

from seedcli.cli.completions.catalogue import Command, Option
from seedcli.cli.completions.values import Values, of_settings

_HEAD = """\
# Completion of seedcli for fish.
# Made by `python -m seedcli.cli.completions --write`; changes here are lost.

# The command that is being typed, then the words that belong to it, a line each.
function __seedcli_line
    set -l path
    set -l words
    set -l skip no
    set -l known {known}
    for token in (commandline -opc)[2..-1]
        if test $skip = yes
            set skip no
        else if contains -- $token {valued}
            set skip yes
        else if string match -q -- '-*' $token
            continue
        else if test (count $words) -eq 0; and contains -- "$path $token" $known
            set path "$path $token"
        else
            set -a words $token
        end
    end
    string trim -- "$path"
    test (count $words) -gt 0; and printf '%s\\n' $words
    return 0
end

# Whether COMMAND is being typed, with exactly N words so far, or with `+` at least N.
function __seedcli_at -a command least more
    set -l line (__seedcli_line)
    test "$line[1]" = "$command"; or return 1
    test -z "$least"; and return 0
    set -l count (math (count $line) - 1)
    test $count -eq $least; and return 0
    test "$more" = +; and test $count -gt $least
end

function __seedcli_ask -a kind
    command seedcli __complete $kind 2>/dev/null
end
"""


def script(program: Command) -> str:
    """The whole script."""
    words = dict[tuple[tuple[str, str], ...], str]()
    lines = [line for command in program.walk() for line in _lines(command, words)]
    valued = {
        name
        for command in program.walk()
        for option in command.options
        if option.values
        for name in option.names
    }
    switches = {
        name
        for command in program.walk()
        for option in command.options
        if option.values is None
        for name in option.names
    }
    known = [f"' {command.name}'" for command in program.walk() if command.path]
    head = _HEAD.replace("{known}", " ".join(known))
    head = head.replace("{valued}", " ".join(sorted(valued - switches)))
    functions = [_word_function(name, listed) for listed, name in words.items()]
    return "\n".join([head, *functions, _settings(), "complete -c seedcli -f", *lines]) + "\n"


def _lines(command: Command, words: dict[tuple[tuple[str, str], ...], str]) -> Iterator[str]:
    at = f"complete -c seedcli -n {_quoted('__seedcli_at ' + _quoted(command.name))}"
    for below in command.commands:
        first = f"complete -c seedcli -n {_quoted('__seedcli_at ' + _quoted(command.name) + ' 0')}"
        yield f"{first} -a {below.path[-1]} -d {_quoted(below.help)}"
    for option in command.options:
        yield from (f"{at} {flags}" for flags in _option(option, words))
    for number, argument in enumerate(command.arguments):
        count = f"{number} +" if argument.repeatable else str(number)
        place = f"complete -c seedcli -n {_quoted('__seedcli_at ' + _quoted(command.name) + ' ' + count)}"
        if argument.values.files:
            yield f"{place} -F"
        offered = _offered(argument.values, argument.metavar, words)
        if offered:
            yield f"{place} -k -a {_quoted(offered)}"


def _option(option: Option, words: dict[tuple[tuple[str, str], ...], str]) -> Iterator[str]:
    """Names that mean the same stand together; `--no-watermark` is the opposite of `--watermark`."""
    longs = [name for name in option.names if name.startswith("--")]
    shorts = [name for name in option.names if not name.startswith("--")]
    first = [*(f"-s {name[1:]}" for name in shorts), *(f"-l {name[2:]}" for name in longs[:1])]
    takes = ""
    if option.values is not None:
        offered = _offered(option.values, option.long, words)
        takes = " -r -F" if option.values.files else " -x" + (f" -k -a {_quoted(offered)}" if offered else "")
    yield f"{' '.join(first)} -d {_quoted(option.help)}{takes}"
    for name in longs[1:]:
        yield f"-l {name[2:]} -d {_quoted(option.help)}{takes}"


def _offered(values: Values, hint: str, words: dict[tuple[tuple[str, str], ...], str]) -> str:
    if values.of_setting:
        return "(__seedcli_setting (__seedcli_line)[2])"
    if values.ask:
        return f"(__seedcli_ask {values.ask})"
    if values.words:
        name = re.sub(r"\W+", "_", hint.strip("-[].").lower()).strip("_")
        return f"(__seedcli_words_{words.setdefault(values.words, name)})"
    return "(__fish_complete_directories)" if values.folders else ""


def _word_function(name: str, words: tuple[tuple[str, str], ...]) -> str:
    pairs = " ".join(f"{_quoted(word)} {_quoted(text)}" for word, text in words)
    return f"function __seedcli_words_{name}\n    printf '%s\\t%s\\n' {pairs}\nend\n"


def _settings() -> str:
    lines = ["function __seedcli_setting -a setting", "    switch $setting"]
    for name, values in of_settings().items():
        if values.words:
            lines += [
                f"        case {name}",
                f"            printf '%s\\n' {' '.join(word for word, _ in values.words)}",
            ]
        elif values.files:
            lines += [f"        case {name}", "            __fish_complete_path (commandline -ct)"]
    return "\n".join([*lines, "    end", "end", ""])


def _quoted(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
