"""Reads a finished message as its receiver does, and verifies the signatures.

It shares nothing with `signing`, which knows how the message was made: here the octets
are taken apart line by line, as RFC 6376 sections 3.4 and 6.1 tell a verifier to.
"""

from __future__ import annotations

import binascii
import hashlib
import re
from collections.abc import Mapping, Sequence

import attrs

from safesend.message.dkim import Dkim

__all__ = ["unverified"]

_FIELD = re.compile(rb"[^\r\n]*\r\n(?:[ \t][^\r\n]*\r\n)*")
_SPACES = re.compile(rb"[ \t]+")
_BLANK = re.compile(rb"[ \t\r\n]+")
_LAST_TAG = re.compile(rb"(?s)(?<=;)([ \t\r\n]*b=).*")


@attrs.frozen
class _Header:
    """One field as it stands, its name in lower case."""

    name: bytes
    raw: bytes


def unverified(content: bytes, dkim: Sequence[Dkim]) -> list[str]:
    """Those of the keys, by the names of their records, whose signature is not good."""
    block, _, body = content.partition(b"\r\n\r\n")
    headers = [_header(raw) for raw in _FIELD.findall(block + b"\r\n") if raw]
    digest = hashlib.sha256(_body(body)).digest()
    signatures = [one for one in headers if one.name == b"dkim-signature"]
    verified = {
        name
        for signature in signatures
        for name in [_verified_by(signature, headers, digest, dkim)]
    }
    names = [one.name for one in dkim]
    # One that nobody was to make is none of the campaign's.
    return names if len(signatures) > len(names) else sorted(set(names) - verified)


def _header(raw: bytes) -> _Header:
    return _Header(raw.partition(b":")[0].rstrip(b" \t").lower(), raw)


def _verified_by(
    signature: _Header, headers: list[_Header], body: bytes, dkim: Sequence[Dkim]
) -> str:
    tags = _tags(signature.raw.partition(b":")[2])
    for one in dkim:
        wanted = {
            b"v": b"1",
            b"a": one.algorithm.encode(),
            b"c": b"relaxed/relaxed",
            b"d": one.domain.encode(),
            b"s": one.selector.encode(),
            b"bh": binascii.b2a_base64(body, newline=False),
        }
        right = all(tags.get(tag) == value for tag, value in wanted.items())
        right = right and b"h" in tags and b"l" not in tags
        if right and _good(one, tags, signature, headers):
            return one.name
    return ""


def _good(
    dkim: Dkim, tags: Mapping[bytes, bytes], signature: _Header, headers: list[_Header]
) -> bool:
    digest = hashlib.sha256()
    left = list(headers)
    for name in tags[b"h"].lower().split(b":"):
        # Section 5.4.2: of several fields of a name the last one counts first.
        found = [one for one in left if one.name == name]
        if found:
            left.remove(found[-1])
            digest.update(_relaxed(found[-1].raw))
    without = _LAST_TAG.sub(rb"\1", signature.raw)
    digest.update(_relaxed(without).removesuffix(b"\r\n"))
    try:
        made = binascii.a2b_base64(tags[b"b"], strict_mode=True)
    except (binascii.Error, KeyError):
        return False
    return dkim.key.verifies(made, digest.digest())


def _tags(value: bytes) -> dict[bytes, bytes]:
    pairs = (pair.partition(b"=") for pair in _BLANK.sub(b"", value).split(b";"))
    return {name: text for name, _, text in pairs}


def _relaxed(raw: bytes) -> bytes:
    name, _, value = raw.partition(b":")
    value = _SPACES.sub(b" ", value.replace(b"\r\n", b"")).strip(b" ")
    return name.strip(b" \t").lower() + b":" + value + b"\r\n"


def _body(octets: bytes) -> bytes:
    lines = [_SPACES.sub(b" ", line).rstrip(b" ") for line in octets.split(b"\r\n")]
    while lines and not lines[-1]:
        lines.pop()
    return b"".join([line + b"\r\n" for line in lines])
