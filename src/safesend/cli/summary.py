"""What a person reads after a run: who got it, who did not, and what to do next."""

from __future__ import annotations

from collections.abc import Iterator

from safesend.cli.heard import heard_lines
from safesend.cli.holdups import line, pause_line
from safesend.cli.kinds import kind_line, seeds_words
from safesend.cli.orders_shown import begin_line, command, order_line
from safesend.cli.overview import WORDS
from safesend.cli.progress import describe
from safesend.cli.show import count, duration, people, when
from safesend.engine.brake import BY_ITSELF
from safesend.engine.events import Idle
from safesend.engine.report import Report
from safesend.ledger.base import Control, State
from safesend.ledger.heard import Heard
from safesend.ledger.postgres.address import is_address
from safesend.redaction import mask_text

__all__ = ["summary"]

_REASONS_SHOWN = 5
_TOLD_ELSEWHERE = frozenset({State.ACCEPTED, State.DRAFT, State.SENDING})


def summary(report: Report, again: str, now: float) -> Iterator[str]:
    """The lines of the account; `again` is the command that goes on."""
    everybody = people(report.recipients) + seeds_words(report.seeds)
    if loud := kind_line(report.kind, report.about):
        yield loud
    yield f"Accepted for {count(report.accepted)} of {everybody}{_speed(report)}."
    if report.stopped:
        yield _stopped(report.stopped)
    for state in WORDS:
        number = getattr(report, state.value, 0)
        if number and state not in _TOLD_ELSEWHERE:
            yield f"  {count(number):>9}  {WORDS[state]}"
            yield from _reasons(report, state.value)
    if report.deferred:
        number = count(report.deferred)
        yield f"  {number:>9}  of those who wait were put off by the server"
        yield from _reasons(report, "deferred")
    yield from _afterwards(report)
    if report.skipped:
        yield f"  {count(report.skipped):>9}  lines of the list left out (skip_invalid)"
    for note in report.notes:
        yield f"Note: {note}."
    for allowance in report.allowed:
        yield f"Allowed: {allowance}"
    yield from _carriers(report)
    yield from _holdups(report, now)
    yield f"Ledger: {report.ledger}"
    if report.purged:
        yield f"Purged, since their retention was over: {', '.join(report.purged)}."
    yield from _next_steps(report, again, now)


def _afterwards(report: Report) -> Iterator[str]:
    heard = {Heard.BOUNCED: report.bounced, Heard.COMPLAINED: report.complained}
    for told in heard_lines(heard):
        yield f"  {told}"


def _stopped(reason: str) -> str:
    if reason.startswith(BY_ITSELF):
        return f"{reason[0].upper()}{reason[1:]}."
    return f"Stopped before the end: {reason}."


def _speed(report: Report) -> str:
    if not report.sent_now:
        return " in earlier runs; nothing was sent now" if report.accepted else ""
    if report.seconds <= 0:
        return ""
    rate = report.sent_now / report.seconds
    return (
        f": {count(report.sent_now)} now, in {duration(report.seconds)} ({rate:,.0f}/s)"
    )


def _reasons(report: Report, state: str) -> Iterator[str]:
    for text, number in report.reasons.get(state, ())[:_REASONS_SHOWN]:
        if text:
            yield f"             {count(number)}: {mask_text(text)}"


def _carriers(report: Report) -> Iterator[str]:
    """What each of several carriers took, and when another one took over."""
    for name, number in report.carriers:
        yield f"  {count(number):>9}  taken now by {name}"
    for switch in report.switches[-_REASONS_SHOWN:]:
        yield f"Switched: {describe(switch)}."


def _holdups(report: Report, now: float) -> Iterator[str]:
    for hold in report.held:
        if hold.provider and (report.waiting or hold.control is Control.CANCEL):
            yield order_line(hold, report.ledger, now, _named(report))
    if not report.waiting:
        return
    for pause in report.pauses:
        yield pause_line(pause, now)
    due = report.next_due
    if due is not None and due > now:
        if report.waiting_for in {"hours", "pilot"}:
            yield line(Idle(due, report.waiting_for), now)
        if report.waiting_for == "delay":
            yield begin_line(due, report.ledger, now, _named(report))


def _named(report: Report) -> str:
    """The campaign, for commands about a ledger that is there for many."""
    return report.campaign if is_address(report.ledger) else ""


def _next_steps(report: Report, again: str, now: float) -> Iterator[str]:
    by_itself = (report.stopped or "").startswith(BY_ITSELF)
    named = _named(report)
    if report.waiting and (report.waiting_for == "order" or by_itself):
        whole = any(not hold.provider for hold in report.held)
        lifted = "\n  ".join(
            command("resume", report.ledger, campaign=named, provider=hold.provider)
            for hold in report.held
            if hold.control is Control.PAUSE and not (whole and hold.provider)
        )
        yield (
            "Next: let it go on, then run it again; nobody gets it twice:\n"
            f"  {lifted}\n  {again}"
        )
    elif report.waiting and report.waiting_for == "pilot" and report.next_due is None:
        yield (
            "Next: look at what the pilot got, then let the others have it:\n"
            f"  {command('approve', report.ledger, campaign=named)}\n  {again}"
        )
    elif report.waiting and report.waiting == report.in_hand:
        yield (
            f"{people(report.waiting)} waiting, in the hands of other workers, who go"
            f" on with them. Run it again if these stop:\n  {again}"
        )
    elif report.waiting:
        due = report.next_due
        at = f" at {when(due, now)}" if due is not None and due > now else ""
        yield f"Next: run it again{at}; nobody gets it twice:\n  {again}"
    if report.in_doubt:
        yield (
            f"{people(report.in_doubt)} in doubt: the line broke after the message was"
            " handed over, so it may have arrived. safesend does not guess. Who it is,"
            " what to look for, and how to decide:\n"
            f"  {command('resolve', report.ledger, campaign=named)}"
        )
