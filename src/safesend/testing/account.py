"""What a scripted server saw, told in lines for the report of a test that failed."""

from __future__ import annotations

from collections.abc import Iterator

from safesend.checks.documents.tally import counted
from safesend.redaction import mask_text
from safesend.testing.server import SmtpServer
from safesend.testing.transactions import Transaction

__all__ = ["account_of"]

_MOST = 30
"""The last so many tries, and violations, are told."""
_NAMED = 3


def account_of(server: SmtpServer) -> str:
    """Connections, every try to hand over a message and its end, broken rules.

    Addresses are masked, also those that replies repeat.
    """
    return "\n".join(_lines(server))


def _lines(server: SmtpServer) -> Iterator[str]:
    tries, violations = server.transactions, list(server.violations)
    yield (
        f"{server.url}: {counted(server.connections, 'connection')},"
        f" {counted(len(tries), 'transaction')},"
        f" {counted(len(server.messages), 'message')} taken"
    )
    if len(tries) > _MOST:
        yield f"... {counted(len(tries) - _MOST, 'earlier transaction')}"
    yield from map(_told, tries[-_MOST:])
    for kind, count in sorted(server.turned_away.items()):
        yield f"turned away by {kind}: {count}"
    if violations:
        yield f"against the rules of SMTP: {len(violations)}"
        yield from (f"  {mask_text(one)}" for one in violations[:_MOST])


def _told(one: Transaction) -> str:
    people = ", ".join(map(mask_text, one.recipients[:_NAMED])) or "nobody"
    more = len(one.recipients) - _NAMED
    people += f" and {more} more" if more > 0 else ""
    end = "taken" if one.accepted else f"not taken, at {one.stage}"
    reply = mask_text(one.reply).replace("\n", " / ") or "no reply"
    sender = mask_text(one.sender) or "<>"
    return (
        f"{one.number}. connection {one.connection}, {sender} to {people}:"
        f" {end}: {reply}"
    )
