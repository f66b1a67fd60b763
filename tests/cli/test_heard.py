"""cli/heard.py: what was heard afterwards, in lines."""

from __future__ import annotations

from safesend.cli.heard import heard_lines
from safesend.ledger.heard import Heard


def test_what_was_heard_has_a_line_each():
    """
    In their order; that a carrier has a message is no news to a person.
    """
    found = [*heard_lines({"complained": 2, "delivered": 1_234, "taken": 9})]
    assert found == [
        "    1,234  afterwards delivered to the server of their mailbox",
        "        2  afterwards complained: called it spam",
    ]
    assert [*heard_lines({Heard.BOUNCED: 0})] == []
    everything = dict.fromkeys(Heard, 1)
    assert len([*heard_lines(everything)]) == len(Heard) - 1
