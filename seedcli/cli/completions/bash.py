"""The bash script: tables in `case`, no subshell and no other program but for what only seedcli knows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from seedcli.cli.completions.catalogue import Command, Option
from seedcli.cli.completions.values import Values, of_settings

_HEAD = """\
# Completion of seedcli for bash 3.2 and later.
# Made by `python -m seedcli.cli.completions --write`; changes here are lost.

# What a command takes: subs, opts (long options), shorts, and kinds of its words in order.
_seedcli_command() {
  subs='' opts='' shorts='' kinds=''
  case $1 in
"""

_MIDDLE = """\
  esac
}

# What an option of a command takes: sets kind; fails for a switch.
_seedcli_option() {
  kind=''
  case "$1 $2" in
"""

_VALUES = """\
  esac
}

# The fixed words of a kind.
_seedcli_words() {
  case $1 in
"""

_TAIL = """\
    *) words='' ;;
  esac
}

_seedcli_offer() {
  local word
  for word in $1; do
    [[ $word == "$cur"* ]] && COMPREPLY+=("$word")
  done
}

# Names that only the program knows, quoted for the shell as file names are.
_seedcli_ask() {
  local line bare=${cur#[\\"\\']}
  bare=${bare//\\\\/}
  while IFS= read -r line; do
    line=${line%%$'\\t'*}
    [[ $line == "$bare"* ]] && COMPREPLY+=("$line")
  done < <(command seedcli __complete "$1" 2>/dev/null)
  [[ ${#COMPREPLY[@]} -gt 0 ]] && compopt -o filenames 2>/dev/null
}

# Files are readline's own to complete, and quote: it does so when nothing else is offered.
_seedcli_kind() {
  local kind=$1 words=''
  case $kind in
    *@*) _seedcli_ask "${kind##*@}" ;;
  esac
  case $kind in
    *files* | *folders*)
      if [[ ${#COMPREPLY[@]} -gt 0 || $kind == folders ]]; then
        local flag=-f found
        [[ $kind == folders ]] && flag=-d
        compopt -o filenames 2>/dev/null
        while IFS= read -r found; do
          COMPREPLY+=("$found")
        done < <(compgen "$flag" -- "$cur")
      fi
      return
      ;;
  esac
  _seedcli_words "${kind%%@*}"
  _seedcli_offer "$words"
  [[ ${#COMPREPLY[@]} -eq 0 ]] && compopt +o default +o bashdefault 2>/dev/null
}

_seedcli() {
  local IFS=$' \\t\\n' cur=${COMP_WORDS[COMP_CWORD]} path='' kind='' wanted='' setting=''
  local subs opts shorts kinds word i count=0 only_words=''
  COMPREPLY=()
  _seedcli_command ''
  for ((i = 1; i < COMP_CWORD; i++)); do
    word=${COMP_WORDS[i]}
    if [[ -n $wanted ]]; then
      [[ $word == '=' ]] || wanted='' # --option=value comes as three words
    elif [[ -z $only_words && $word == -- ]]; then
      only_words=yes
    elif [[ -z $only_words && $word == -?* ]]; then
      # Of -rm the last letter takes the next word; in -mNAME the value is there already.
      if [[ $word != --* && ${#word} -gt 2 ]]; then
        _seedcli_option "$path" "${word:0:2}" && continue
        word=-${word:${#word}-1}
      fi
      _seedcli_option "$path" "$word" && wanted=${kind:-anything}
    elif [[ " $subs " == *" $word "* ]]; then
      path=${path:+$path }$word
      _seedcli_command "$path"
    else
      [[ $count -eq 0 ]] && setting=$word
      count=$((count + 1))
    fi
  done
  [[ -n $wanted && $cur == '=' ]] && cur=''
  if [[ -n $wanted ]]; then
    _seedcli_kind "$wanted"
  elif [[ -z $only_words && $cur == --* ]]; then
    _seedcli_offer "$opts"
  elif [[ -z $only_words && $cur == -* && $cur != - ]]; then
    _seedcli_offer "$shorts"
  elif [[ -z $only_words && $cur == - ]]; then
    _seedcli_offer "$opts $shorts"
  elif [[ -n $subs ]]; then
    _seedcli_offer "$subs"
    [[ ${#COMPREPLY[@]} -eq 0 ]] && compopt +o default +o bashdefault 2>/dev/null
  else
    # shellcheck disable=SC2206 # kinds are single words
    local list=($kinds)
    kind=''
    if [[ $count -lt ${#list[@]} ]]; then
      kind=${list[count]}
    elif [[ ${#list[@]} -gt 0 && ${list[${#list[@]} - 1]} == *... ]]; then
      kind=${list[${#list[@]} - 1]}
    fi
    kind=${kind%...}
    [[ $kind == setting ]] && kind=setting:$setting
    _seedcli_kind "${kind:-nothing}"
  fi
  return 0
}

complete -o bashdefault -o default -F _seedcli seedcli
"""


def script(program: Command) -> str:
    """The whole script."""
    kinds = _Kinds()
    commands = [f"    '{c.name}') {_table(c, kinds)} ;;" for c in program.walk()]
    options = [f"    {pattern}) kind={kind or chr(39) * 2} ;;" for pattern, kind in _options(program, kinds)]
    settings = [
        f"    setting:{name}) words='{' '.join(word for word, _ in values.words)}' ;;"
        for name, values in of_settings().items()
        if values.words
    ]
    words = [f"    {name}) words='{' '.join(listed)}' ;;" for listed, name in kinds.fixed.items()]
    return "".join(
        [
            _HEAD,
            *(line + "\n" for line in commands),
            _MIDDLE,
            *(line + "\n" for line in [*options, "    *) return 1 ;;"]),
            _VALUES,
            *(line + "\n" for line in [*words, *settings]),
            _TAIL,
        ]
    )


class _Kinds:
    """Short names for what may stand somewhere; the same words have one name."""

    def __init__(self) -> None:
        self.fixed: dict[tuple[str, ...], str] = {}

    def name(self, values: Values, hint: str) -> str:
        if values.of_setting:
            return "setting"
        words = tuple(word for word, _ in values.words)
        first = self.fixed.setdefault(words, hint) if words else ""
        return (
            first
            + ("files" if values.files else "folders" if values.folders else "")
            + (f"@{values.ask}" if values.ask else "")
        )


def _table(command: Command, kinds: _Kinds) -> str:
    longs = [name for option in command.options for name in option.names if name.startswith("--")]
    shorts = [name for option in command.options for name in option.names if not name.startswith("--")]
    fields = {
        "subs": [below.path[-1] for below in command.commands],
        "opts": longs,
        "shorts": shorts,
        "kinds": [
            (kinds.name(a.values, _hint(a.metavar)) or "nothing") + ("..." if a.repeatable else "")
            for a in command.arguments
        ],
    }
    return " ".join(f"{name}='{' '.join(held)}'" for name, held in fields.items() if held)


def _options(program: Command, kinds: _Kinds) -> Iterable[tuple[str, str]]:
    """Patterns over "COMMAND OPTION" and their kinds; an option that is the same everywhere stands once."""
    taken: dict[str, dict[str, str | None]] = defaultdict(dict)
    for command in program.walk():
        for option in command.options:
            for name in option.names:
                taken[name][command.name] = _kind(option, kinds)
    special, common = list[tuple[str, str]](), defaultdict[str, list[str]](list)
    for name, by_command in taken.items():
        if len(set(by_command.values())) == 1:
            kind = next(iter(by_command.values()))
            if kind is not None:
                common[kind].append(f"*' {name}'")
            continue
        special += [(f"'{command} {name}'", kind) for command, kind in by_command.items() if kind is not None]
    return [*special, *((" | ".join(patterns), kind) for kind, patterns in common.items())]


def _kind(option: Option, kinds: _Kinds) -> str | None:
    return None if option.values is None else kinds.name(option.values, _hint(option.long))


def _hint(name: str) -> str:
    return "".join(char if char.isalnum() else "_" for char in name.strip("-[].").lower()) + "_words"
