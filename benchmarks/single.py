"""One command at a time: how soon it answers, and what one picture costs."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace

from benchmarks.environment import ROOT
from benchmarks.figures import Claim, Figure, cpu, figure_of, megabytes, peak_mb, ratio, wall
from benchmarks.lab import KB, MB, Lab, Plan
from benchmarks.measure import Command, interleave, median
from benchmarks.references import jq_pipeline, printf_pipeline, requests_script

# What a shell does at a Tab, and its own start and the loading of the script besides.
_TAB = r"""
source "$1"
shift
COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMP_LINE="$*"
COMP_POINT=${#COMP_LINE}
_seedcli seedcli "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
((${#COMPREPLY[@]}))
"""
START, PICTURE, MEMORY = "Start-up", "One picture", "Memory"
_BARE, _PRINTF = "bare interpreter", "printf, base64, curl"
# The models' own limit is 10 MB.
LARGE, SMALL = 10 * MB, 100 * KB


def starting(lab: Lab, *, rounds: int) -> Iterator[Figure]:
    """Wall time beside an interpreter that does nothing."""
    rows = (
        ("seedcli --version", ("--version",), 1.8, 1.2),
        ("seedcli --help", ("--help",), 7.5, 5.0),
        ("seedcli config path", ("config", "path"), 7.5, 5.0),
        ("edit --dry-run", ("edit", str(lab.picture(SMALL)), "make eyes blue", "--dry-run"), 7.5, 5.0),
    )
    for what, words, at_most, aim in rows:
        claim = Claim(START, what, _BARE, at_most, aim)
        yield ratio(claim, lab.seedcli(*words), lab.bare(), cost=wall, rounds=rounds)
    for what, typed in (
        ("commands", ("ed",)),
        ("options", ("edit", "--guid")),
        ("models", ("edit", "-m", "seededit-")),
    ):
        claim = Claim(START, f"Tab on {what}", _BARE, 0.5)
        yield ratio(claim, _tab(lab, *typed), lab.bare(), cost=wall, rounds=rounds)


def _tab(lab: Lab, *typed: str) -> Command:
    bash = shutil.which("bash") or "bash"
    script = str(ROOT / "completions" / "seedcli.bash")
    return lab.command(bash, "--norc", "-c", _TAB, "tab", script, "seedcli", *typed)


def editing(lab: Lab, *, rounds: int, with_requests: bool) -> Iterator[Figure]:
    """From a picture on disk to its result on disk, beside other ways to do it."""
    for name, size, at_most in (("100 KB", SMALL, 4.5), ("10 MB", LARGE, 2.5)):
        claim = Claim(PICTURE, f"edit of {name}, CPU", _PRINTF, at_most)
        picture = lab.picture(size)
        yield ratio(claim, lab.edit(picture), printf_pipeline(lab, picture), cost=cpu, rounds=rounds)
    large = lab.picture(LARGE)
    claim = Claim(PICTURE, "edit of 10 MB, wall", "base64, jq, curl", 0.8)
    yield ratio(claim, lab.edit(large), jq_pipeline(lab, large), cost=wall, rounds=rounds)
    if with_requests:
        for what, cost in (("wall", wall), ("CPU", cpu), ("peak memory", peak_mb)):
            claim = Claim(PICTURE, f"edit of 10 MB, {what}", "requests script")
            script = requests_script(lab, large)
            yield ratio(claim, lab.edit(large), script, cost=cost, rounds=max(3, rounds // 2))


def holding(lab: Lab, *, rounds: int) -> Iterator[Figure]:
    """What a larger picture adds to the peak of memory, on the way out and on the way back."""
    small, large = lab.picture(SMALL), lab.picture(LARGE)
    yield _more(Claim(MEMORY, "picture of 10 MB", "of 100 KB", 2.0), lab.edit(large), lab.edit(small), rounds)
    inside = Plan(kind="b64_json")
    yield _more(
        Claim(MEMORY, "b64_json answer of 10 MB", "of 40 KB", 2.0),
        lab.edit(small, plan=replace(inside, result_bytes=LARGE)),
        lab.edit(small, plan=inside),
        rounds,
    )


def _more(claim: Claim, large: Command, small: Command, rounds: int) -> Figure:
    pairs = interleave((large, small), rounds=rounds)
    value = median([peak_mb(one) - peak_mb(other) for one, other in pairs])
    return figure_of(claim, pairs, value=value, unit="MB", shown=megabytes, cost=peak_mb)
