"""Torture runs whole only when asked for by its mark; where strace can't work, everything here fails."""

from __future__ import annotations

import json
import os
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from torture_bench import SCENARIOS, Bench
from torture_gateway import Gateway, gateway
from torture_judge import Came, Trial
from torture_strace import refusal

_COUNTS = "torture"
_MISSING = "strace is not installed (apt-get install strace): nothing is struck here; with CI=true this fails"
Tally = Callable[[list[Trial]], None]


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """`make test` takes the short form alone, `make torture` the whole."""
    if "torture" in (config.option.markexpr or ""):
        return
    slow = [item for item in items if item.get_closest_marker("torture")]
    if slow:
        config.hook.pytest_deselected(items=slow)
        items[:] = [item for item in items if item not in set(slow)]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """How many points were tried, and what came of them."""
    counts: Counter[str] = Counter()
    for reports in terminalreporter.stats.values():
        for report in reports:
            for name, value in getattr(report, "user_properties", ()):
                if name == _COUNTS and report.when == "call":
                    counts.update(json.loads(value))
    if counts:
        points = sum(count for name, count in counts.items() if name != "problems")
        parts = ", ".join(f"{count} {name}" for name, count in counts.most_common())
        terminalreporter.write_line(f"torture: {points} points: {parts}")


@pytest.fixture(scope="session")
def strace() -> None:
    """Fails where strace can't work, for a run in which nothing was struck proves nothing.

    Skips only on a machine of a person who has no strace at all.
    """
    if shutil.which("strace") is None and os.environ.get("CI", "").lower() not in ("true", "1"):
        pytest.skip(_MISSING)
    why = refusal()
    if why is not None:
        pytest.fail(why, pytrace=False)


@pytest.fixture(scope="session")
def torture_gateway() -> Iterator[Gateway]:
    with gateway() as server:
        yield server


@pytest.fixture(scope="session")
def bench(
    strace: None, torture_gateway: Gateway, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str], Bench]:
    """The bench of a scenario, by name; made once in each worker."""
    made: dict[str, Bench] = {}

    def give(name: str) -> Bench:
        if name not in made:
            scenario = next(each for each in SCENARIOS if each.name == name)
            folder = Path(tmp_path_factory.mktemp(name)).resolve()
            made[name] = Bench(scenario, folder=folder, gateway=torture_gateway)
        return made[name]

    return give


@pytest.fixture
def tally(record_property: Callable[[str, object], None]) -> Tally:
    """Counts trials for the summary; fails when one of them broke a promise, or too few were struck."""

    def count(trials: list[Trial]) -> None:
        reached = sum(trial.came is not Came.NOT_REACHED for trial in trials)
        assert 2 * reached > len(trials), f"only {reached} of {len(trials)} faults came to pass"
        broken = [trial for trial in trials if trial.problems]
        counts = Counter(str(trial.came) for trial in trials)
        record_property(_COUNTS, json.dumps(counts | Counter(problems=len(broken))))
        if broken:
            pytest.fail("\n".join(map(str, broken)), pytrace=False)

    return count
