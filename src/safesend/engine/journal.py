"""What a run writes into the log of its program: numbers and masked replies.

The logger is "safesend". Where it goes and how much of it is the program's to say: this
module sets up nothing. At DEBUG every outcome is in it that is no acceptance.
"""

from __future__ import annotations

import datetime as dt
import logging

from safesend.engine.events import (
    Event,
    Held,
    Idle,
    Measured,
    Noted,
    Rehearsed,
    Stopping,
    Switched,
    Unreached,
)
from safesend.engine.settings import Tally
from safesend.ledger.base import Result, State
from safesend.redaction import mask_text

__all__ = ["LOG", "begun", "ended", "hear", "not_begun", "opened", "outcome"]

LOG = logging.getLogger("safesend")
LOG.addHandler(logging.NullHandler())


def begun(run: int, relay: str, waiting: int, lanes: int) -> None:
    """A run is about to send."""
    LOG.info(
        "run %d begins: %d wait, through %s, %d connections at most",
        *(run, waiting, relay, lanes),
    )


def ended(run: int, tally: Tally, error: BaseException | None) -> None:
    """A run is over, and everything of it is recorded."""
    LOG.info(
        "run %d is over: %d accepted in %.1f s", run, tally.accepted, tally.seconds
    )
    if error is not None:
        LOG.error("run %d could not go on: %s", run, mask_text(str(error)))


def not_begun(run: int, error: BaseException) -> None:
    """A run is over before it could send."""
    LOG.error("run %d could not begin: %s", run, mask_text(str(error)))


def opened(route: str, security: str) -> None:
    """A session was opened; `security` says how it is protected, if known."""
    LOG.debug("connected to %s%s", route, f" ({security})" if security else "")


def outcome(result: Result, provider: str) -> None:
    """What became of a row, where it was not accepted; its text names nobody."""
    if result.state is State.ACCEPTED or not LOG.isEnabledFor(logging.DEBUG):
        return
    reply = (result.code, result.enhanced, mask_text(result.text))
    LOG.debug(
        "row %d (%s) is %s after %s: %s",
        *(result.id, provider or "-", result.state.value, result.stage or "-"),
        " ".join(str(part) for part in reply if part) or "no reply",
    )


def hear(event: Event) -> None:
    """A listener of every run."""
    match event:
        case Rehearsed(recipients, new):
            LOG.info("%d messages were composed and checked, %d new", recipients, new)
        case Held(route, provider, until, reason):
            LOG.warning(
                "nothing goes to %s until %s: %s",
                *(provider or route, _date(until), mask_text(reason)),
            )
        case Switched(left, to, provider, reason):
            LOG.warning(
                "%s goes from %s to %s: %s",
                *(provider or "mail", left or "nowhere", to or "nowhere"),
                mask_text(reason),
            )
        case Noted(route, note):
            LOG.warning("%s: %s", route, mask_text(note))
        case Idle(until, waiting):
            LOG.info("nothing goes until %s (%s)", _date(until), waiting)
        case Unreached(route, reason):
            LOG.warning("%s is not reached: %s", route, mask_text(reason))
        case Stopping(reason):
            LOG.warning("the run stops before its end: %s", mask_text(reason))
        case Measured(limit=limit, rate=rate, sessions=sessions, busy=busy):
            LOG.debug(
                "%.1f/s, %d connections, %d busy, limited by %s",
                *(rate, sessions, busy, limit.kind if limit else "nothing"),
            )
        case _:
            pass


def _date(seconds: float) -> str:
    return f"{dt.datetime.fromtimestamp(seconds, dt.UTC):%Y-%m-%d %H:%M:%S} UTC"
