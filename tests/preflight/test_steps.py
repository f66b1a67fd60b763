"""Judging that must ask on its way."""

from __future__ import annotations

import asyncio

import dns.rcode

from safesend.net.resolver import Resolver, Unanswered
from safesend.preflight.steps import along, together
from servers.dns import Zone, run_dns

from .tables import answered


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
        "b.test": Zone(rcode=dns.rcode.SERVFAIL, delay=0.5),
        "c.test": Zone(a=("192.0.2.1",), delay=0.5),
    }
    with run_dns(zones) as server:
        place = Resolver(["127.0.0.1"], port=server.port, timeout=10)
        first, [silent, host] = asyncio.run(along(steps(), place))
    assert first.texts == ("c.test",)
    assert isinstance(silent, Unanswered)
    assert len(host.records) == 1
    assert server.most_at_once == 2


def chain(name, length):
    """Asks one thing after the other; the verdict is how much it heard."""
    count = 0
    for number in range(length):
        said = yield [(f"{name}{number}.test", kind) for kind in ("A", "AAAA")]
        count += len(said)
    return name, count


def test_several_go_on_together():
    """
    Each at its own pace, and each hears what it asked; nothing is asked of no step.
    """
    rounds = []

    def watched():
        steps = together([chain("a", 2), chain("b", 0), chain("c", 1)])
        asked = next(steps)
        try:
            while True:
                rounds.append([name for name, kind in asked if kind == "A"])
                asked = steps.send((yield asked))
        except StopIteration as end:
            return end.value

    found, _ = answered(watched(), {})
    assert found == [("a", 4), ("b", 0), ("c", 2)]
    assert rounds == [["a0.test", "c0.test"], ["a1.test"]]
    assert answered(together([]), {}) == ([], [])
