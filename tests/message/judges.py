"""Keys for the tests of signatures, and two verifiers that are not ours."""

from __future__ import annotations

import functools
from collections.abc import Callable

import attrs
import dkim

from safesend.message.dkim import Dkim
from safesend.message.dkim_key import new_key
from servers.opendkim import OpenDkim

DOMAIN = "example.org"


@functools.cache
def pem(kind: str = "rsa") -> bytes:
    """One key of each kind for a whole run of tests."""
    return new_key(ed25519=kind == "ed25519")


@functools.cache
def rsa() -> Dkim:
    return Dkim(DOMAIN, "r2026", pem())


@functools.cache
def ed25519() -> Dkim:
    return Dkim(DOMAIN, "e2026", pem("ed25519"))


def signing_by(sign: Callable[[bytes], bytes]) -> Dkim:
    """A key of RSA that signs as it is told to: wrongly, late, or not at all."""
    made = object.__new__(Dkim)
    key = attrs.evolve(rsa().key, sign=sign)
    made.__attrs_init__(DOMAIN, "r2026", key)
    return made


def dkimpy(content: bytes, *keys: Dkim) -> list[bool]:
    """What dkimpy says of each signature, from the first on."""
    records = {one.name: one.record.encode() for one in keys}

    def told(name: bytes, timeout: int = 5) -> bytes | None:
        return records.get(name.decode().rstrip("."))

    judge = dkim.DKIM(content)
    number = sum(name.lower() == b"dkim-signature" for name, _ in judge.headers)

    def verified(one: int) -> bool:
        try:
            return judge.verify(one, dnsfunc=told)
        except dkim.ValidationError:
            return False

    return [verified(one) for one in range(number)]


def opendkim(messages: list[bytes], *keys: Dkim) -> list[list[bool]]:
    """What OpenDKIM says of each signature of each message."""
    judge = OpenDkim({one.name: one.record for one in keys})
    return [[one.result == "pass" for one in told] for told in judge.judge(messages)]
