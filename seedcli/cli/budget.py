"""Is a run within what its user allowed? Asked before the first send, over the whole run."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, NamedTuple

from seedcli.cli.session import Session
from seedcli.errors import OverBudget, UsageError
from seedcli.records import Run, State

if TYPE_CHECKING:  # a dry run asks for the allowance alone
    from seedcli.journal import Journal

_ASK_ABOVE = 20


def check_budget(session: Session, journal: Journal, *, run: Run | None, more: int, resend: bool) -> None:
    """Raises `OverBudget`, also when the person asked says no.

    `run` is the one gone on with, `more` what is to be added to it, or all of a new one. What earlier
    parts of the run spent, or may have, counts; still to be sent are those that are neither paid for
    nor in doubt, with `resend` also those in doubt.
    """
    spent = journal.spend(run.id) if run is not None else 0
    to_send = more + (_unsent(run, resend=resend) if run is not None else 0)
    settings = session.settings
    allowed = Allowance.read(session)
    allowed.check(spent + to_send)
    if to_send > _ASK_ABOVE and session.interactive and not settings.flag("yes"):
        _ask(to_send, price=allowed.price)


class Allowance(NamedTuple):
    """What the user allows a run to make and to cost."""

    images: int | None = None
    cost: float | None = None
    price: float | None = None

    @classmethod
    def read(cls, session: Session) -> Allowance:
        """Raises `UsageError` where a cost is limited and the price is not known."""
        get = session.settings.get
        found = cls(get("max_images").value, get("max_cost").value, get("price_per_image").value)
        if found.cost is not None and found.price is None:
            raise UsageError(
                "--max-cost needs the price of an image", hint="seedcli config set price_per_image 0.03"
            )
        return found

    def check(self, images: int) -> None:
        """Raises `OverBudget` when a run of so many images, paid or to be paid, is more than allowed."""
        if self.images is not None and images > self.images:
            raise OverBudget(
                f"the run makes {_count(images)}, more than --max-images {self.images}",
                hint="Name fewer pictures, or allow more.",
            )
        cost = images * (self.price or 0)
        if self.cost is not None and cost > self.cost * (1 + 1e-9):
            raise OverBudget(
                f"the run costs {cost:.2f} ({_count(images)} at {self.price:g}), "
                f"more than --max-cost {self.cost:g}",
                hint="Name fewer pictures, or allow more.",
            )


def _count(images: int) -> str:
    return "1 image" if images == 1 else f"{images} images"


def _unsent(run: Run, *, resend: bool) -> int:
    states = {State.INTENDED, State.FAILED} | ({State.IN_DOUBT} if resend else set())
    return sum(run.counts.get(state, 0) for state in states)


def _ask(images: int, *, price: float | None) -> None:
    cost = f", about {images * price:.2f}" if price else ""
    sys.stderr.write(f"This sends {images} images{cost}. Go on? [y/N] ")
    sys.stderr.flush()
    if sys.stdin.readline().strip().lower() not in ("y", "yes"):
        raise OverBudget("not sent: the answer was no", hint="--yes goes on without asking.")
