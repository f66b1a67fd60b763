"""What was heard of messages after they were sent, as a person reads it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from safesend.cli.show import count
from safesend.ledger.heard import Heard

__all__ = ["heard_lines"]

_WORDS: Mapping[Heard, str] = {
    Heard.DELIVERED: "delivered to the server of their mailbox",
    Heard.BOUNCED: "bounced: came back for good",
    Heard.RETURNED: "came back this time; another message may arrive",
    Heard.COMPLAINED: "complained: called it spam",
    Heard.REJECTED: "rejected by the carrier after it had taken them",
}


def heard_lines(heard: Mapping[Any, int]) -> Iterator[str]:
    """A line for each thing that was heard, with its number."""
    for one, words in _WORDS.items():
        if number := heard.get(one, 0):
            yield f"{count(number):>9}  afterwards {words}"
