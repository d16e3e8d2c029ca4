"""The PowerShell script, for Windows PowerShell 5.1 and later: tables in hashtables."""

from __future__ import annotations

from collections.abc import Iterable

from seedcli.cli.completions.catalogue import Command
from seedcli.cli.completions.values import Values, of_settings

_HEAD = """\
# Completion of seedcli for PowerShell.
# Made by `python -m seedcli.cli.completions --write`; changes here are lost.
"""

_TAIL = """\
Register-ArgumentCompleter -Native -CommandName seedcli -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)

    function New-Result($text, $tip) {
        if (-not $tip) { $tip = $text }
        $quoted = $text
        if ($text -match '[\\s''"`$;|&(){}]') { $quoted = "'" + $text.Replace("'", "''") + "'" }
        [System.Management.Automation.CompletionResult]::new($quoted, $text, 'ParameterValue', $tip)
    }
    function Get-Values($kind) {
        if ($kind -like '@*') {
            $ask = $kind.Substring(1)
            $lines = @(& seedcli __complete $ask 2>$null)
            foreach ($line in $lines) { $name, $tip = $line -split "`t", 2; , @($name, $tip) }
        } elseif ($seedcliWords.ContainsKey($kind)) {
            $seedcliWords[$kind]
        }
    }

    $commands = COMMANDS
    $seedcliWords = WORDS
    $path = ''
    $words = @()
    $wanted = $null
    $elements = @($commandAst.CommandElements | Select-Object -Skip 1 |
        Where-Object { $_.Extent.EndOffset -lt $cursorPosition } | ForEach-Object { $_.ToString() })
    foreach ($element in $elements) {
        $command = $commands[$path]
        if ($null -ne $wanted) { $wanted = $null; continue }
        if ($element -like '-*') {
            if ($element -notlike '*=*') { $wanted = $command.Valued[$element] }
        } elseif ($words.Count -eq 0 -and $command.Commands.Contains($element)) {
            $path = "$path $element".Trim()
        } else {
            $words += $element.Trim('"', "'")
        }
    }
    $command = $commands[$path]
    $prefix = $wordToComplete.Trim('"', "'")
    $lead = ''
    if ($null -eq $wanted -and $prefix -match '^(--[a-z-]+)=(.*)$') {
        $wanted = $command.Valued[$Matches[1]]
        $lead = $Matches[1] + '='
        $prefix = $Matches[2]
    }
    if ($null -ne $wanted) {
        $offered = @(Get-Values $wanted)
    } elseif ($prefix -like '-*') {
        $offered = @($command.Options.GetEnumerator() | Sort-Object Name |
            ForEach-Object { , @($_.Name, $_.Value) })
    } elseif ($command.Commands.Count) {
        $offered = @($command.Commands.GetEnumerator() | ForEach-Object { , @($_.Name, $_.Value) })
    } else {
        $kind = ''
        $last = $command.Kinds.Count - 1
        if ($last -ge 0) { $kind = $command.Kinds[[Math]::Min($words.Count, $last)] }
        if ($kind -eq 'setting') { $kind = 'setting:' + $words[0] }
        $offered = @(Get-Values $kind)
    }
    # Where nothing is offered PowerShell completes files itself.
    foreach ($pair in $offered) {
        if ($pair[0].StartsWith($prefix, [StringComparison]::Ordinal)) {
            New-Result ($lead + $pair[0]) $pair[1]
        }
    }
}
"""


def script(program: Command) -> str:
    """The whole script."""
    words = dict[str, Values]()
    commands = [f"        {_text(c.name)} = {_command(c, words)}" for c in program.walk()]
    for name, values in of_settings().items():
        if values.words:
            words[f"setting:{name}"] = values
    listed = [f"        {_text(name)} = @({_pairs(values.words)})" for name, values in words.items()]
    body = _TAIL.replace("COMMANDS", "\n".join(["@{", *commands, "    }"]))
    return _HEAD + body.replace("= WORDS", "\n".join(["= @{", *listed, "    }"]))


def _command(command: Command, words: dict[str, Values]) -> str:
    options = [(name, option.help) for option in command.options for name in option.names]
    valued = [
        (name, _kind(option.values, option.long, words))
        for option in command.options
        if option.values is not None
        for name in option.names
    ]
    below = [(c.path[-1], c.help) for c in command.commands]
    kinds = ", ".join(_text(_kind(a.values, a.metavar, words)) for a in command.arguments)
    # Options differ in case (-n, -N): only a dictionary made with Ordinal keeps them apart.
    return (
        "@{ "
        + f"Options = {_table(options)}; Valued = {_table(valued)}; "
        + f"Commands = [ordered]@{{ {'; '.join(f'{_text(k)} = {_text(v)}' for k, v in below)} }}; "
        + f"Kinds = @({kinds})"
        + " }"
    )


def _table(pairs: Iterable[tuple[str, str]]) -> str:
    entries = "".join(f" $t[{_text(key)}] = {_text(value)};" for key, value in pairs)
    return f"$( $t = [hashtable]::new([StringComparer]::Ordinal);{entries} $t )"


def _kind(values: Values, hint: str, words: dict[str, Values]) -> str:
    if values.of_setting:
        return "setting"
    if values.ask:
        return f"@{values.ask}"
    if not values.words:
        return ""
    name = next((name for name, known in words.items() if known == values), hint.strip("-[].").lower())
    words[name] = values
    return name


def _pairs(words: tuple[tuple[str, str], ...]) -> str:
    # The comma before the first keeps a list of one pair a list of pairs.
    return ", ".join(
        f", @({_text(word)}, {_text(text)})" if len(words) == 1 else f"@({_text(word)}, {_text(text)})"
        for word, text in words
    )


def _text(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
