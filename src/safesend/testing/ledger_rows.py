"""Rows and campaigns to test a ledger with."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from safesend.errors import LedgerError
from safesend.ledger.base import Account, Control, Ledger, NewRow, Row

__all__ = [
    "NOW",
    "PRINT",
    "account_of",
    "ask_for",
    "claimed_rows",
    "digest",
    "live_campaign",
    "make_rows",
    "payload",
    "refused",
]

NOW = 1_800_000_000.0
PRINT = b"fingerprint"


def digest(number: int) -> bytes:
    """The digest of the row with that number."""
    return number.to_bytes(16, "big")


def payload(number: int) -> bytes:
    """Its payload."""
    return b"payload %d" % number


def make_rows(
    count: int, content: bytes = b"", providers: Sequence[str] = ("example.org",)
) -> list[NewRow]:
    """Rows to enrol, numbered from 0; the providers in turn."""
    return [
        NewRow(
            digest(n),
            digest(n)[::-1],
            providers[n % len(providers)],
            content or payload(n),
        )
        for n in range(count)
    ]


def live_campaign(
    ledger: Ledger,
    count: int,
    name: str = "spring",
    providers: Sequence[str] = ("example.org",),
) -> int:
    """A campaign of so many rows, live."""
    campaign = ledger.campaign(name, NOW).id
    ledger.begin_draft(campaign)
    assert ledger.enrol(campaign, make_rows(count, providers=providers)) == count
    assert ledger.go_live(campaign, PRINT, NOW) == count
    return campaign


def claimed_rows(
    ledger: Ledger, campaign: int, limit: int
) -> tuple[int, Sequence[Row]]:
    """A new run, and what it claimed."""
    run = ledger.start_run(campaign, NOW)
    return run, ledger.claim(campaign, run, limit, NOW)


def ask_for(ledger: Ledger, campaign: int, control: Control) -> None:
    """Pause, resume or cancel."""
    ledger.set_control(campaign, control, actor="ada", reason="a test", now=NOW)


def account_of(ledger: Ledger, campaign: int, number: int) -> Account:
    """What is known of a row that has to be there."""
    account = ledger.account(campaign, digest(number))
    assert account is not None
    return account


def refused(call: Callable[..., object], *arguments: object) -> None:
    """Assert that the call raises `LedgerError`."""
    try:
        call(*arguments)
    except LedgerError:
        return
    raise AssertionError("a LedgerError was promised")
