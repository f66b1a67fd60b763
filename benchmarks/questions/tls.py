"""What encryption costs: sending over TLS beside sending in plain text.

Compared: processor time of sending a message, by safesend (16 sessions) and by smtplib
(one connection, messages made before), each over TLS and without, to a sink of our own
that speaks both. The certificate is made on the spot, and verified.

Not compared: the handshakes, which are few, and the server's half of the work. It is
TLS from the first octet, so that both are one sink; with STARTTLS all is the same after
the fifth line.
"""

from __future__ import annotations

import contextlib
import functools
import os
import smtplib
import ssl
from collections.abc import Callable, Iterator

import attrs

from benchmarks.core.question import CPU, RATE, Case, Measure, Question
from benchmarks.core.sinks import run_sink
from benchmarks.core.site import Site
from benchmarks.means.loop import loop
from benchmarks.means.mailing import mailed

__all__ = ["QUESTIONS"]

Send = Callable[[Site, ssl.SSLContext | None], Measure]


def _measured(site: Site, send: Send, *, tls: bool) -> Measure:
    with _sink(site, tls=tls) as (there, context):
        _keep_to_the_last_core()
        return send(there, context)


@contextlib.contextmanager
def _sink(site: Site, *, tls: bool) -> Iterator[tuple[Site, ssl.SSLContext | None]]:
    """A sink on the first core; what it says it took must be right."""
    from servers.certificates import Certificates

    made = Certificates.make(site.folder / "certificates")
    options = ("--tls", str(made.good)) if tls else ()
    context = ssl.create_default_context(cafile=str(made.ca)) if tls else None
    with run_sink("python", site.folder, *options) as sink:
        yield attrs.evolve(site, port=sink.port), context
    if sink.told()["messages"] != site.messages:
        raise SystemExit(f"the sink took {sink.told()['messages']} messages")


def _keep_to_the_last_core() -> None:
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})


def _safesend(site: Site, context: ssl.SSLContext | None) -> Measure:
    from safesend.transports import SmtpTransport

    tls = "insecure-plaintext" if context is None else "implicit"
    carrier = SmtpTransport("127.0.0.1", site.port, tls=tls, tls_context=context)
    return mailed(site, carrier, disk=False)


def _smtplib(site: Site, context: ssl.SSLContext | None) -> Measure:
    if context is None:
        return loop(site, smtplib.SMTP)
    return loop(site, functools.partial(smtplib.SMTP_SSL, context=context))


def _case(name: str, title: str, send: Send, part: int, *, tls: bool) -> Case:
    run = functools.partial(_measured, send=send, tls=tls)
    return Case(name, title, run, part, alone=False)


QUESTIONS = (
    Question(
        name="tls",
        title="What TLS costs",
        text=(
            "2 KB, processor time of sending (safesend with its ledger in memory, 16"
            " sessions; smtplib with messages that are built before, one connection) to"
            " a sink of our own, over TLS and without. The certificate is verified."
        ),
        cases=(
            _case("safesend", "safesend, plain text", _safesend, 1, tls=False),
            _case("safesend-tls", "safesend, TLS", _safesend, 1, tls=True),
            _case("smtplib", "`smtplib`, plain text", _smtplib, 4, tls=False),
            _case("smtplib-tls", "`smtplib`, TLS", _smtplib, 4, tls=True),
        ),
        reference="safesend",
        messages=20_000,
        figure=CPU,
        beside=(RATE,),
    ),
)
