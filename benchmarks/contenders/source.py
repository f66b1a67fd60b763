"""Postfix's smtp-source: a load generator in C that renders nothing and keeps nothing.

See smtp-source(1): -d does not disconnect after a message, -s 10 has ten sessions. One
text, one address, no pipelining.
"""

from __future__ import annotations

import subprocess

from benchmarks.contenders.clock import Clock
from benchmarks.core.question import Case, Measure
from benchmarks.core.site import Site
from servers.process import program

__all__ = ["CASES"]

OCTETS = {"2k": 2000, "20k": 20_000}


def _sent(site: Site) -> Measure:
    command = [program("smtp-source", "postfix"), "-d", "-s", "10"]
    command += ["-m", str(site.messages), "-l", str(OCTETS[site.size])]
    command += ["-f", "office@example.org", "-t", "person@example.org"]
    clock = Clock()
    subprocess.run([*command, f"inet:127.0.0.1:{site.port}"], check=True)
    return clock.measure(site.messages)


CASES = (
    Case(
        "smtp-source",
        "smtp-source -d -s 10, of Postfix, in C",
        _sent,
        needs=("smtp-source",),
        note="one text, one address: renders nothing, checks nothing, keeps nothing",
        parts=0,
    ),
)
