"""Amazon SES by its API: calls a second, beside plain loops over boto3.

Compared: one call of `SendEmail` (v2) with a raw message for each of many people, over
kept connections, without TLS and without a distance; to a sink of our own that answers
at once, and to moto in server mode. The loops are given messages that are built before
the time begins, and repeat nothing (`total_max_attempts: 1`), as safesend does. What
they keep is nothing: safesend composes, checks, keeps a ledger and asks GetAccount.

Not compared: a real account. It allows some tens a second as a rule, and a call to it
takes some tens of milliseconds: there neither is what limits.
"""

from __future__ import annotations

import contextlib
import functools
import json
import os
import sys
import zlib
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import attrs

from benchmarks import ROOT, letter
from benchmarks.contenders import ours
from benchmarks.contenders.clock import Clock
from benchmarks.core.question import CPU, RATE, Case, Measure, Question
from benchmarks.core.sinks import pinned
from benchmarks.core.site import Site
from benchmarks.means.loop import FEW, ready

__all__ = ["LANES", "QUESTIONS"]

LANES = 8
REGION = "eu-west-1"
NOBODY = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "not-a-secret",
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "AWS_EC2_METADATA_DISABLED": "true",
}
NO_LIMIT = "1000000/s"

Send = Callable[[Site], Measure]


@contextlib.contextmanager
def _sink(place: Path) -> Iterator[tuple[int, Callable[[], dict[str, Any]]]]:
    """Ours, on the first core; its port, and what it tells when it is ended."""
    from servers.process import free_port, started

    port, log = free_port(), place / "ses-sink.log"
    program = str(ROOT / "benchmarks" / "core" / "ses_sink.py")
    command = [*pinned(0), sys.executable, program, str(port)]
    daemon = started(command, port=port, log=log)

    def told() -> dict[str, Any]:
        daemon.stop()
        found: dict[str, Any] = json.loads(log.read_text("utf-8").splitlines()[-1])
        return found

    try:
        yield port, told
    finally:
        daemon.stop()


@contextlib.contextmanager
def _moto(place: Path) -> Iterator[tuple[int, Callable[[], dict[str, Any]]]]:
    """The server of moto, on the first core, with the sender's domain verified."""
    from servers.process import free_port, started

    port = free_port()
    command = [*pinned(0), sys.executable, "-m", "moto.server", "-p", str(port)]
    daemon = started(command, port=port, log=place / "moto.log", patience=30)
    client = _client(port, 1)
    domain = letter.SENDER.rpartition("@")[2].strip(">")
    client.create_email_identity(EmailIdentity=domain)
    client.close()
    try:
        yield port, dict
    finally:
        daemon.stop()


def _client(port: int, connections: int) -> Any:
    import boto3
    from botocore.config import Config

    return boto3.session.Session().client(
        "sesv2",
        region_name=REGION,
        endpoint_url=f"http://127.0.0.1:{port}",
        config=Config(
            retries={"total_max_attempts": 1, "mode": "standard"},
            max_pool_connections=connections,
        ),
    )


def _loop(site: Site, threads: int) -> Measure:
    made = ready(site)
    client = _client(site.port, threads)

    def send(one: tuple[str, bytes]) -> None:
        person, octets = one
        client.send_email(
            Destination={"ToAddresses": [person]}, Content={"Raw": {"Data": octets}}
        )

    clock = Clock()
    if threads == 1:
        for one in made:
            send(one)
    else:
        with ThreadPoolExecutor(threads) as pool:
            for _ in pool.map(send, made):
                pass
    return clock.measure(site.messages)


def _safesend(site: Site, lanes: int) -> Measure:
    from safesend.transports import SesTransport

    carrier = SesTransport(REGION, endpoint_url=f"http://127.0.0.1:{site.port}")
    campaign = ours.made(site)
    clock = Clock()
    report = campaign.send(
        carrier,
        ledger=str(site.folder / "benchmark.db"),
        lanes=lanes,
        throttle=NO_LIMIT,
    )
    whole = clock.measure(report.accepted)
    return Measure(report.accepted, report.seconds, whole.cpu)


def _measured(site: Site, send: Send, server: Any) -> Measure:
    """Against a server of its own, which must have taken what was asked for."""
    os.environ |= NOBODY
    with server(site.folder) as (port, told):
        if hasattr(os, "sched_setaffinity"):
            os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
        measure = send(attrs.evolve(site, port=port))
        said = told()
    if said:
        _check(said, site)
    return measure


def _check(said: dict[str, Any], site: Site) -> None:
    """Each call was for one person, and there were as many as asked for."""
    if said["faults"] or said["messages"] != site.messages:
        raise SystemExit(f"the sink took {said['messages']} calls {said['faults']}")
    numbers = range(site.messages)
    # The loops write to a few people again and again.
    right = {_sum(numbers), _sum(number % FEW for number in numbers)}
    if said["recipients"] not in right:
        raise SystemExit("others were written to than those who stand in the list")


def _sum(numbers: Iterable[int]) -> int:
    return sum(zlib.crc32(letter.row(number)[0].encode()) for number in numbers)


def _case(name: str, title: str, send: Send, server: Any, part: int = 1) -> Case:
    run = functools.partial(_measured, send=send, server=server)
    needs = ("boto3", "moto") if server is _moto else ("boto3",)
    return Case(name, title, run, part, needs=needs, alone=False)


def _cases(server: Any) -> tuple[Case, ...]:
    one, many = (functools.partial(_loop, threads=number) for number in (1, LANES))
    single = functools.partial(_safesend, lanes=1)
    lanes = functools.partial(_safesend, lanes=LANES)
    return (
        _case("boto3", "`boto3`, a loop", one, server),
        _case("boto3-8", f"`boto3`, {LANES} threads", many, server),
        _case("safesend-1", "safesend, one lane", single, server),
        _case("safesend-8", f"safesend, {LANES} lanes", lanes, server),
    )


QUESTIONS = (
    Question(
        name="ses",
        title="Amazon SES: what a call costs",
        text=(
            "2 KB, one `SendEmail` a message over kept connections, without TLS, to a"
            " sink of our own on the other core that answers at once. What limits is"
            " the processor, and of it boto3: the plain loop shows what a call costs"
            " of its own, whoever calls. More threads of one process do not help beyond"
            " that, as they share the interpreter; a second process on the same"
            " ledger does. A real account allows some tens a second, which one lane or"
            " a few bear."
        ),
        cases=_cases(_sink),
        reference="boto3",
        messages=2000,
        figure=RATE,
        beside=(CPU,),
    ),
    Question(
        name="ses-moto",
        title="Amazon SES: against moto",
        text=(
            "The same calls to moto in server mode on the other core, which takes each"
            " message apart. What limits is moto."
        ),
        cases=_cases(_moto),
        reference="boto3",
        messages=500,
        figure=RATE,
        beside=(CPU,),
    ),
)
