"""Several images at once on a journal whose disk fills up: what is in flight is still received and kept."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from torture_bench import CAT, Bench, Scenario
from torture_gateway import Gateway, picture
from torture_judge import Came, Trial
from torture_strace import Point, strike

IMAGES = tuple(f"cat-{number}.jpg" for number in range(1, 5))
WORDS = ("edit", *IMAGES, "make it blue", "--json", "-j", "2")
TELLING = range(10, 90, 24)
ALL = range(2, 100, 4)
# Long enough for another image's turn to come, and the journal to fail it, meanwhile.
_LATENCY_S = 0.4


@pytest.fixture
def crowd(strace: None, torture_gateway: Gateway, tmp_path: Path) -> Iterator[Bench]:
    bench = Bench(Scenario("first", "url"), folder=tmp_path.resolve(), gateway=torture_gateway)
    for name in IMAGES:
        shutil.copy(CAT, bench.template / name)
    torture_gateway.latency_s = _LATENCY_S
    yield bench
    torture_gateway.latency_s = 0.0


def _attempt(bench: Bench, number: int) -> Trial:
    trial = Trial(Point("pwrite64", "wal", number, "error=ENOSPC", lasting=True))
    bench.restore()
    struck = strike(
        trial.point, WORDS, places=bench.places, folder=bench.case, env=bench.env, same_names=False
    )
    bench.gateway.settle()
    trial.story.append(f"struck: exit {struck.code}: {struck.stderr.strip()[-600:]}")
    said = struck.stdout + struck.stderr
    trial.hold("Traceback" not in said and "internal error" not in said, "a defect shows")
    _hold_all_kept(trial, bench, "at once")
    trial.hold(struck.code != 0 or bench.gateway.whole == len(IMAGES), "exit code 0 and not all were sent")
    if struck.hit:
        trial.came = Came.LATER
        again = bench.run(*WORDS)
        trial.story.append(f"again: exit {again.code}: {again.stderr.strip()[-600:]}")
        _hold_all_kept(trial, bench, "in the end")
    trial.hold(bench.gateway.whole == len(IMAGES), f"sent {bench.gateway.whole} of {len(IMAGES)}")
    return trial


def _hold_all_kept(trial: Trial, bench: Bench, when: str) -> None:
    """Each picture that was made is on disk whole, whatever the journal knows of it."""
    made = sorted(picture(number) for number in range(1, bench.gateway.whole + 1))
    kept = sorted(path.read_bytes() for path in bench.case.glob("*-edited*.jpg"))
    trial.hold(made == kept, f"{len(made)} made and {len(kept)} kept {when}")


def test_a_full_disk_loses_nothing_that_is_in_flight(
    crowd: Bench, tally: Callable[[list[Trial]], None]
) -> None:
    tally([_attempt(crowd, number) for number in TELLING])


@pytest.mark.torture
@pytest.mark.parametrize("part", range(4))
def test_a_disk_full_at_any_moment_loses_nothing_that_is_in_flight(
    part: int, crowd: Bench, tally: Callable[[list[Trial]], None]
) -> None:
    tally([_attempt(crowd, number) for number in ALL[part::4]])
