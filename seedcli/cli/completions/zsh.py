"""The zsh script: `_arguments` specifications with the help's own words."""

from __future__ import annotations

import re
from collections.abc import Iterator

from seedcli.cli.completions.catalogue import Argument, Command, Option
from seedcli.cli.completions.values import Values, of_settings

_HEAD = """\
#compdef seedcli
# Completion of seedcli for zsh.
# Made by `python -m seedcli.cli.completions --write`; changes here are lost.

# Names that only the program knows, each with what it is.
_seedcli_ask() {
  local -a found
  local line
  for line in ${(f)"$(command seedcli __complete $1 2>/dev/null)"}; do
    found+=("${${line%%$'\\t'*}//:/\\\\:}:${line#*$'\\t'}")
  done
  _describe -t $1 ${1%s} found
}

_seedcli_ask_or_files() {
  _seedcli_ask $1
  _files
}
"""

_TAIL = """
# Loaded from $fpath the file is the function's body; sourced, it registers the function.
if [[ ${funcstack[1]} == _seedcli ]]; then
  _seedcli "$@"
else
  compdef _seedcli seedcli
fi
"""


def script(program: Command) -> str:
    """The whole script."""
    words = dict[tuple[tuple[str, str], ...], str]()
    functions = "\n".join(_function(command, words) for command in reversed(list(program.walk())))
    lists = "\n".join(_word_function(name, listed) for listed, name in words.items())
    return "\n".join([_HEAD, lists, _settings(), functions]) + _TAIL


def _function(command: Command, words: dict[tuple[tuple[str, str], ...], str]) -> str:
    specs = [spec for option in command.options for spec in _option_specs(option, words)]
    name = "_".join(["_seedcli", *command.path])
    if command.commands:
        return _group(command, name, specs)
    specs += [_argument_spec(number, a, words) for number, a in enumerate(command.arguments, 1)]
    body = [f"{name}() {{"]
    if any(argument.values.of_setting for argument in command.arguments):
        body += ["  local curcontext=$curcontext context state state_descr line", "  typeset -A opt_args"]
        body += [_call(specs, "-C"), "  [[ $state == setting ]] && _seedcli_setting $line[1]"]
    else:
        body += [_call(specs, "").removesuffix(" && return 0")]
    return "\n".join([*body, "}", ""])


def _group(command: Command, name: str, specs: list[str]) -> str:
    below = [f"        {_quoted(f'{c.path[-1]}:{c.help}')}" for c in command.commands]
    cases = [f"        {c.path[-1]}) {name}_{c.path[-1]} ;;" for c in command.commands]
    return "\n".join(
        [
            f"{name}() {{",
            "  local curcontext=$curcontext context state state_descr line",
            "  typeset -A opt_args",
            _call([*specs, "'1:command:->command'", "'*::argument:->argument'"], "-C"),
            "  case $state in",
            "    command)",
            "      local -a commands=(",
            *below,
            "      )",
            f"      _describe -t commands '{' '.join(['seedcli', *command.path])} command' commands",
            "      ;;",
            "    argument)",
            "      case $line[1] in",
            *cases,
            "      esac",
            "      ;;",
            "  esac",
            "}",
            "",
        ]
    )


def _call(specs: list[str], flags: str) -> str:
    joined = " \\\n    ".join(specs)
    return f"  _arguments {'-s -S ' + flags}".rstrip() + f" : \\\n    {joined} && return 0"


def _option_specs(option: Option, words: dict[tuple[tuple[str, str], ...], str]) -> Iterator[str]:
    what = f"[{_escaped(option.help)}]"
    alone = "'*'" if option.repeatable else _quoted(f"({' '.join(option.names)})")
    if option.values is None:
        for name in option.names:
            yield f"{alone}{name}{_quoted(what)}"
        return
    what += f":{_escaped(option.metavar)}:{_action(option.values, option.long, words)}"
    for name in option.names:
        yield f"{alone}{name}{'=' if name.startswith('--') else '+'}{_quoted(what)}"


def _argument_spec(number: int, argument: Argument, words: dict[tuple[tuple[str, str], ...], str]) -> str:
    place = "*" if argument.repeatable else str(number)
    action = _action(argument.values, argument.metavar, words)
    return _quoted(f"{place}:{_escaped(argument.metavar)}:{action}")


def _action(values: Values, hint: str, words: dict[tuple[tuple[str, str], ...], str]) -> str:
    """The leading space keeps `_arguments` from adding words of its own to the call."""
    if values.of_setting:
        return "->setting"
    if values.ask:
        return f" _seedcli_ask{'_or_files' if values.files else ''} {values.ask}"
    if values.words:
        name = re.sub(r"\W+", "_", hint.strip("-[].").lower()).strip("_")
        return f" _seedcli_words_{words.setdefault(values.words, name)}"
    return "_files" if values.files else "_files -/" if values.folders else " "


def _word_function(name: str, words: tuple[tuple[str, str], ...]) -> str:
    listed = [f"    {_quoted(word + (':' + text if text else ''))}" for word, text in words]
    kind = name.replace("_", " ")
    return "\n".join(
        [
            f"_seedcli_words_{name}() {{",
            "  local -a words=(",
            *listed,
            "  )",
            f"  _describe -t values '{kind}' words",
            "}",
            "",
        ]
    )


def _settings() -> str:
    lines = []
    for name, values in of_settings().items():
        if values.words:
            lines.append(f"    {name}) compadd {' '.join(word for word, _ in values.words)} ;;")
        elif values.files:
            lines.append(f"    {name}) _files ;;")
    return "\n".join(["_seedcli_setting() {", "  case $1 in", *lines, "  esac", "}", ""])


def _escaped(text: str) -> str:
    return re.sub(r"([\\\[\]:])", r"\\\1", text)


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"
