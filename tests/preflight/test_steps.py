"""Judging that must ask on its way."""

from __future__ import annotations

import asyncio

import dns.rcode

from safesend.net.resolver import Resolver, Unanswered
from safesend.preflight.steps import along
from servers.dns import Zone, run_dns


def steps():
    [first] = yield [("a.test", "TXT")]
    both = yield [("b.test", "A"), (first.texts[0], "A")]
    return first, both


def test_what_was_heard_leads_on():
    """
    Each step's questions are asked at once; who does not answer is told as well.
    """
    zones = {
        "a.test": Zone(txt=("c.test",)),
        "b.test": Zone(rcode=dns.rcode.SERVFAIL, delay=0.1),
        "c.test": Zone(a=("192.0.2.1",), delay=0.1),
    }
    with run_dns(zones) as server:
        place = Resolver(["127.0.0.1"], port=server.port, timeout=2)
        first, [silent, host] = asyncio.run(along(steps(), place))
    assert first.texts == ("c.test",)
    assert isinstance(silent, Unanswered)
    assert len(host.records) == 1
    assert server.most_at_once == 2
