"""For tests of what uses safesend: fakes, a scripted SMTP server, published promises.

`safesend.testing.strategies` (needs hypothesis) has strategies for addresses,
recipients and hostile text. Nothing of the library itself imports this room, but the
demonstration of the command line.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from safesend.testing.certificates import Certificates
    from safesend.testing.clock import FakeClock
    from safesend.testing.envelopes import make_envelopes
    from safesend.testing.ledgers import check_ledger
    from safesend.testing.once import assert_sent_once
    from safesend.testing.post import Received
    from safesend.testing.privacy import assert_private
    from safesend.testing.rules import Moment
    from safesend.testing.server import SmtpServer
    from safesend.testing.transactions import Transaction
    from safesend.testing.transports import check_transport

__all__ = [
    "Certificates",
    "FakeClock",
    "Moment",
    "Received",
    "SmtpServer",
    "Transaction",
    "assert_private",
    "assert_sent_once",
    "check_ledger",
    "check_transport",
    "make_envelopes",
]

_MODULES = {
    "Certificates": "certificates",
    "FakeClock": "clock",
    "Moment": "rules",
    "Received": "post",
    "SmtpServer": "server",
    "Transaction": "transactions",
    "assert_private": "privacy",
    "assert_sent_once": "once",
    "check_ledger": "ledgers",
    "check_transport": "transports",
    "make_envelopes": "envelopes",
}


def __getattr__(name: str) -> object:
    """Load a module when its name is first asked for: each brings its own imports."""
    if name in _MODULES:
        return getattr(importlib.import_module(f"{__name__}.{_MODULES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
