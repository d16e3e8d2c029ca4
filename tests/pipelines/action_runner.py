"""Runs a composite GitHub Action as a runner would: inputs, expressions, steps in bash, outputs, masks."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

_EXPRESSION = re.compile(r"\$\{\{\s*(.*?)\s*\}\}")


@dataclass
class Job:
    """A job that uses an action: what its runner keeps, and what its log shows."""

    action: Path
    workspace: Path
    temp: Path
    env: dict[str, str]
    log: str = ""
    masks: list[str] = field(default_factory=list)
    steps: dict[str, dict[str, str]] = field(default_factory=dict)
    codes: dict[str, int] = field(default_factory=dict)
    inputs: dict[str, str] = field(default_factory=dict)
    outputs: dict[str, str] = field(default_factory=dict)

    @property
    def failed(self) -> bool:
        return any(self.codes.values())

    @property
    def shown_log(self) -> str:
        """The log as people see it: workflow commands are taken out, and what is masked is starred."""
        shown = "\n".join(line for line in self.log.splitlines() if not line.startswith("::add-mask::"))
        for mask in self.masks:
            shown = shown.replace(mask, "***")
        return shown

    @property
    def summary(self) -> str:
        return "".join(path.read_text() for path in sorted(self.temp.glob("summary-*")))

    def use(self, **inputs: str) -> Job:
        """Runs the action to its end; a step after one that failed runs only when it says `always()`."""
        declared = yaml.safe_load(self.action.read_text())
        given = {name.replace("_", "-"): value for name, value in inputs.items()}
        assert set(given) <= set(declared["inputs"])
        defaults = {name: str(each.get("default", "")) for name, each in declared["inputs"].items()}
        self.inputs = defaults | given
        for step in declared["runs"]["steps"]:
            condition = step.get("if", "")
            if not (self.failed and "always()" not in condition) and self._holds(condition):
                self._run(step)
        self.outputs = {name: self._text(each["value"]) for name, each in declared["outputs"].items()}
        return self

    def _run(self, step: Mapping[str, Any]) -> None:
        assert step["shell"] == "bash"
        name = step["id"]
        script = self.temp / f"{name}.sh"
        script.write_text(step["run"])
        files = {kind: self.temp / f"{kind.lower()}-{name}" for kind in ("OUTPUT", "PATH", "SUMMARY")}
        for path in files.values():
            path.touch()
        env = self.env | {key: self._text(value) for key, value in step.get("env", {}).items()}
        env |= {"GITHUB_OUTPUT": str(files["OUTPUT"]), "GITHUB_PATH": str(files["PATH"])}
        env |= {"GITHUB_STEP_SUMMARY": str(files["SUMMARY"])}
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", script],
            cwd=self.workspace / self._text(step.get("working-directory", ".")),
            env={**os.environ, **env},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=60,
        )
        self._note(name, done.stdout.decode("utf-8", "replace"), done.returncode, files)

    def _note(self, name: str, log: str, code: int, files: Mapping[str, Path]) -> None:
        self.log += log
        self.masks += [
            line.removeprefix("::add-mask::").replace("%25", "%")
            for line in log.splitlines()
            if line.startswith("::add-mask::")
        ]
        self.codes[name] = code
        self.steps[name] = read_outputs(files["OUTPUT"].read_text())
        for folder in files["PATH"].read_text().splitlines():
            self.env["PATH"] = f"{folder}{os.pathsep}{self.env['PATH']}"

    def _text(self, value: str) -> str:
        return _EXPRESSION.sub(lambda match: self._value(match[1]), value)

    def _value(self, expression: str) -> str:
        """`a || b` of contexts and texts: the first that is not empty."""
        return next((found for part in expression.split("||") if (found := self._one(part.strip()))), "")

    def _one(self, name: str) -> str:
        if match := re.fullmatch(r"'(.*)'", name):
            return match[1]
        kind, _, rest = name.partition(".")
        if kind == "steps":
            step, _, output = rest.partition(".outputs.")
            return self.steps.get(step, {}).get(output, "")
        github = {"action_path": str(self.action.parent)}
        return {"inputs": self.inputs, "env": self.env, "github": github}[kind].get(rest, "")

    def _holds(self, condition: str) -> bool:
        """`always() && a != b`."""
        inner = _EXPRESSION.sub(r"\1", condition)
        parts = [part.strip() for part in inner.split("&&") if part.strip() and part.strip() != "always()"]
        return all(self._one(left.strip()) != self._one(right.strip()) for left, right in map(_sides, parts))


def _sides(comparison: str) -> tuple[str, str]:
    left, _, right = comparison.partition("!=")
    return left, right


def read_outputs(text: str) -> dict[str, str]:
    """`name=value` lines, and `name<<end` … `end` for values of several lines."""
    found: dict[str, str] = {}
    lines = iter(text.splitlines())
    for line in lines:
        if re.match(r"[\w-]+<<", line):
            name, _, end = line.partition("<<")
            value = list(iter(lambda: next(lines), end))
            found[name] = "\n".join(value)
        else:
            name, _, found_value = line.partition("=")
            found[name] = found_value
    return found
