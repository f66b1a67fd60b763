"""Signing alone: what DKIM adds to a message that is composed already.

Compared: the same letter of 2 KB to one person after the other. "bare" is the key
alone, asked by `cryptography` for a signature over 32 octets: less than that nobody who
signs can take. dkimpy is given the finished octets and has everything read,
canonicalised, hashed and signed; safesend is given what its composer made, in which
whatever does not change is canonical and hashed already. Both with relaxed/relaxed and
SHA-256, each with the headers that it signs by itself. Before that the same build must
be verified by dkimpy, both algorithms, and one octet changed must not: or there is no
figure.

Not compared: keys of 1024 bits, and DNS. "whole" is what a message takes from its
values to its sealed octets. Two threads have two cores, all others one.
"""

from __future__ import annotations

import base64
import functools
import itertools
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import attrs

from benchmarks import letter
from benchmarks.contenders.clock import Clock
from benchmarks.core.question import CPU, RATE, Case, Measure, Question
from benchmarks.core.site import Site

__all__ = ["QUESTIONS"]

DATE = 1_700_000_000.0
DOMAIN = "example.org"
FEW = 200
"""So many people, again and again: their messages are in memory."""


@attrs.frozen
class Work:
    """The letter, its people and a key, ready to be signed by whom it is timed."""

    pem: bytes = attrs.field(repr=False)
    dkim: Any
    preparer: Any
    people: list[Any] = attrs.field(repr=False)

    @classmethod
    def made(cls, kind: str) -> Work:
        """With a fresh key, 2,048 bits of RSA or Ed25519."""
        from safesend import Address, Dkim, Recipient, Template
        from safesend.engine.prepare import Preparer
        from safesend.message.compile import Letterhead, compile_message
        from safesend.message.dkim_key import new_key
        from safesend.message.identity import CampaignKey

        pem = new_key(ed25519=kind == "ed25519")
        dkim = Dkim(DOMAIN, "s1", pem)
        source = letter.LETTERS["2k"]
        template = Template(source.subject, text=source.text, html=source.html)
        sender = Address.parse(letter.SENDER, name_allowed=True)
        head = Letterhead(sender=sender, message_id_domain=DOMAIN)
        compiled = compile_message(template, head, dkim=[dkim])
        preparer = Preparer(compiled, CampaignKey(bytes(32), "dkim"))
        people = []
        for number in range(FEW):
            values: dict[str, Any] = dict(letter.fields(number))
            people.append(Recipient(values.pop("email"), **values))
        return cls(pem, dkim, preparer, people)


def _bare(work: Work) -> tuple[Callable[[Any], object], list[Any]]:
    return work.dkim.key.sign, [bytes([one]) * 32 for one in range(FEW)]


def _signed(work: Work) -> tuple[Callable[[Any], object], list[Any]]:
    from safesend.message.compose import sign

    _prove(work)
    composed = [work.preparer.compose(one, DATE) for one in work.people]
    return sign, composed


def _whole(work: Work) -> tuple[Callable[[Any], object], list[Any]]:
    return lambda one: work.preparer.envelope(one, DATE), work.people


def _dkimpy(work: Work) -> tuple[Callable[[Any], object], list[Any]]:
    import dkim
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    key, relaxed = work.pem, (b"relaxed", b"relaxed")
    if work.dkim.key.kind == "ed25519":
        opened: Any = load_pem_private_key(work.pem, None)
        key = base64.b64encode(opened.private_bytes_raw())
    algorithm = work.dkim.algorithm.encode()

    def sign(content: bytes) -> object:
        return dkim.sign(
            content,
            b"s1",
            DOMAIN.encode(),
            key,
            canonicalize=relaxed,
            signature_algorithm=algorithm,
        )

    made = [work.preparer.unsigned(one, DATE).content for one in work.people]
    return sign, made


def _prove(work: Work) -> None:
    """dkimpy, where it is here, verifies what is signed and not what was changed."""
    try:
        import dkim
    except ImportError:
        return
    content = work.preparer.envelope(work.people[0], DATE).content
    record = work.dkim.record.encode()

    def verified(octets: bytes) -> bool:
        return bool(dkim.verify(octets, dnsfunc=lambda _, timeout=5: record))  # noqa: ARG005

    if not verified(content) or verified(content[:-4] + b"x--\r\n"):
        raise SystemExit("a signature is not what it should be")


Making = Callable[[Work], tuple[Callable[[Any], object], list[Any]]]


def _made(site: Site, making: Making, kind: str, threads: int = 1) -> Measure:
    work, few = making(Work.made(kind))
    each = site.messages // threads
    work(few[0])

    def go() -> None:
        for one in itertools.islice(itertools.cycle(few), each):
            work(one)

    if threads == 1:
        clock = Clock()
        go()
        return clock.measure(each)
    with ThreadPoolExecutor(threads) as pool:
        clock = Clock()
        for done in [pool.submit(go) for _ in range(threads)]:
            done.result()
        return clock.measure(each * threads)


_RSA, _ED25519 = "RSA, 2,048 bits", "Ed25519"
_TITLES = {"rsa": _RSA, "ed25519": _ED25519}


def _case(
    name: str, title: str, making: Making, kind: str, part: int, *more: str
) -> Case:
    run = functools.partial(_made, making=making, kind=kind)
    full = f"{title}, {_TITLES[kind]}"
    return Case(f"{name}-{kind}", full, run, part, needs=("cryptography", *more))


def _cases(kind: str, part: int, theirs: int) -> tuple[Case, ...]:
    needs = ("dkim", "nacl") if kind == "ed25519" else ("dkim",)
    return (
        _case("bare", "the bare signature", _bare, kind, part),
        _case("dkimpy", "dkimpy", _dkimpy, kind, theirs, *needs),
        _case("signed", "safesend, signed", _signed, kind, part),
        _case("whole", "safesend, composed, signed and sealed", _whole, kind, part),
    )


def _in_threads(threads: int) -> Case:
    run = functools.partial(_made, making=_signed, kind="rsa", threads=threads)
    title = f"safesend, signed in {threads} threads, {_RSA}"
    needs = ("cryptography",)
    return Case(f"threads-{threads}", title, run, 10, needs=needs, alone=False)


QUESTIONS = (
    Question(
        name="dkim",
        title="Signing with DKIM",
        text=(
            "The letter of 2 KB, composed before the time begins (but for the cases"
            " that say so); relaxed/relaxed, SHA-256, no `l=`. Every build is verified"
            " by dkimpy before it is timed."
        ),
        cases=(
            *_cases("rsa", 10, 200),
            *_cases("ed25519", 1, 10),
            _in_threads(2),
        ),
        reference="bare-rsa",
        also=("bare-ed25519",),
        messages=20_000,
        figure=CPU,
        beside=(RATE,),
    ),
)
