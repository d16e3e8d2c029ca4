"""`seedcli edit` with its options read without typer, which alone takes 45 ms of the 60 to begin.

Only a command line that is right is read here; whatever is not, or asks for help, is left to typer,
which knows what to say. `python -m seedcli.cli.completions --write` makes the table of options from
what typer knows, and a test holds that both understand every right command line alike.
"""

from __future__ import annotations

import json
import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    Given = dict[str, str | bool | None]

FILE = os.path.join(os.path.dirname(__file__), "edit_options.json")


def run_edit(arguments: list[str]) -> int | None:
    """The exit code of `seedcli edit`; None, and nothing is done, when typer must look at it."""
    read = read_edit(arguments)
    if read is None:
        return None
    from seedcli.cli.border import guarded
    from seedcli.cli.edit_run import run_edit as edit

    return guarded(lambda: edit(*read))


def read_edit(arguments: list[str]) -> tuple[list[str], Given] | None:
    """The words and all parameters, None where one was not given; None when typer must look."""
    table = Table()
    words: list[str] = []
    given: Given = dict.fromkeys(table.parameters)
    left = iter(arguments)
    try:
        for argument in left:
            if argument == "--":
                words += left
            elif argument.startswith("--"):
                table.read_long(argument, left, given)
            elif argument.startswith("-") and argument != "-":
                table.read_short(argument[1:], left, given)
            else:
                words.append(argument)
    except (KeyError, StopIteration):
        return None
    return (words, given) if arguments else None


class Table:
    """Options by name: the parameter of those that take a value, and what switches set.

    What is not in it raises KeyError, a value that is missing StopIteration.
    """

    def __init__(self) -> None:
        with open(FILE, encoding="utf-8") as file:
            table = json.load(file)
        self.values: dict[str, str] = table["values"]
        self.switches: dict[str, list[str | bool]] = table["switches"]

    @property
    def parameters(self) -> list[str]:
        return [*self.values.values(), *(str(name) for name, _ in self.switches.values())]

    def read_long(self, argument: str, left: Iterator[str], given: Given) -> None:
        name, sign, value = argument.partition("=")
        if sign:
            given[self.values[name]] = value
        elif not self._switch(name, given):
            given[self.values[name]] = next(left)

    def read_short(self, letters: str, left: Iterator[str], given: Given) -> None:
        """`-rq`, `-o FILE`, `-oFILE`, `-rqoFILE`."""
        for number, letter in enumerate(letters, 1):
            name = f"-{letter}"
            if not self._switch(name, given):
                given[self.values[name]] = letters[number:] or next(left)
                return

    def _switch(self, name: str, given: Given) -> bool:
        if name not in self.switches:
            return False
        parameter, state = self.switches[name]
        given[str(parameter)] = state
        return True
