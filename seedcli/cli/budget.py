"""Is a run within what its user allowed? Asked before the first send, over the whole run."""

from __future__ import annotations

import sys

from seedcli.cli.session import Session
from seedcli.errors import OverBudget, UsageError
from seedcli.journal import Journal
from seedcli.records import Run, State

_ASK_ABOVE = 20


def check_budget(session: Session, journal: Journal, *, images: int, run: Run | None) -> None:
    """Raises `OverBudget`, also when the person asked says no.

    What earlier parts of the run spent, or may have, counts; the images still to be sent are
    those of the run that are neither paid for nor in doubt.
    """
    spent = journal.spend(run.id) if run is not None else 0
    to_send = images if run is None else _unsent(run)
    settings = session.settings
    most, most_cost = settings.get("max_images").value, settings.get("max_cost").value
    price = settings.get("price_per_image").value
    planned = spent + to_send
    if most is not None and planned > most:
        raise OverBudget(
            f"the run makes {planned} images, more than --max-images {most}", hint="Name fewer pictures."
        )
    if most_cost is not None:
        _check_cost(planned, price=price, most=most_cost)
    if to_send > _ASK_ABOVE and session.interactive and not settings.flag("yes"):
        _ask(to_send, price=price)


def _unsent(run: Run) -> int:
    return sum(run.counts.get(state, 0) for state in (State.INTENDED, State.FAILED))


def _check_cost(planned: int, *, price: float | None, most: float) -> None:
    if price is None:
        raise UsageError(
            "--max-cost needs the price of an image", hint="seedcli config set price_per_image 0.03"
        )
    cost = planned * price
    if cost > most * (1 + 1e-9):
        raise OverBudget(
            f"the run costs {cost:.2f} ({planned} images at {price:g}), more than --max-cost {most:g}",
            hint="Name fewer pictures, or allow more.",
        )


def _ask(images: int, *, price: float | None) -> None:
    cost = f", about {images * price:.2f}" if price else ""
    sys.stderr.write(f"This sends {images} images{cost}. Go on? [y/N] ")
    sys.stderr.flush()
    if sys.stdin.readline().strip().lower() not in ("y", "yes"):
        raise OverBudget("not sent: the answer was no", hint="--yes goes on without asking.")
