"""Whether DNS says of a DKIM key what it needs (RFC 6376 section 3.6.1)."""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterator, Mapping, Sequence

import attrs

from safesend.errors import Severity
from safesend.message.dkim import Dkim

__all__ = ["KeyFlaw", "key_flaws", "tag_list"]

_TAG = re.compile(r"\s*([A-Za-z][A-Za-z0-9_]*)\s*=\s*([!-:<-~]*(?:\s+[!-:<-~]+)*)\s*")
_BLANKS = re.compile(r"\s+")


@attrs.frozen
class KeyFlaw:
    """What is wrong with a published key. REFUSE: no signature of it counts."""

    severity: Severity
    reason: str


def key_flaws(dkim: Dkim, records: Sequence[str]) -> list[KeyFlaw]:
    """What a receiver would hold against the TXT records at `dkim.name`; or nothing."""
    found = [KeyFlaw(Severity.REFUSE, reason) for reason in _refused(dkim, records)]
    if not found:
        tags = tag_list(records[0]) or {}
        found += [KeyFlaw(Severity.WARN, reason) for reason in _doubts(dkim, tags)]
    return found


def _refused(dkim: Dkim, records: Sequence[str]) -> Iterator[str]:
    if not records:
        yield "there is no TXT record of this name; publish the one of 'dkim record'"
        return
    if len(records) > 1:
        # Section 3.6.2.2: what a receiver makes of several is undefined.
        yield f"there are {len(records)} TXT records of this name; leave one"
        return
    tags = tag_list(records[0])
    if tags is None:
        yield "the record is no list of tags, v=DKIM1; k=...; p=..., each of them once"
    elif tags.get("v", "DKIM1") != "DKIM1" or "v" in list(tags)[1:]:
        yield "the record must begin with v=DKIM1"
    elif "p" not in tags:
        yield "the record has no key: the tag p= is missing"
    elif not tags["p"]:
        yield "the key is revoked: p= is empty"
    else:
        yield from _other_key(dkim, tags)
        yield from _not_for_mail(tags)


def tag_list(record: str) -> dict[str, str] | None:
    """The tags in their order; None where they cannot be read (section 3.2)."""
    tags: dict[str, str] = {}
    for text in record.rstrip().removesuffix(";").split(";"):
        found = _TAG.fullmatch(text)
        if found is None or found[1] in tags:
            return None
        tags[found[1]] = found[2]
    return tags


def _other_key(dkim: Dkim, tags: Mapping[str, str]) -> Iterator[str]:
    kind, wanted = tags.get("k", "rsa"), dkim.key
    if kind != wanted.kind:
        yield f"the record is for a key of the kind k={kind}, not {wanted.kind}"
        return
    try:
        public = binascii.a2b_base64(_BLANKS.sub("", tags["p"]), strict_mode=True)
    except binascii.Error:
        yield (
            "the key in p= is damaged: it is no base64. A long record is several texts"
            " of up to 255 characters, with nothing between them"
        )
        return
    # Some publish an RSA key alone, without what says that it is one: its end.
    bare = kind == "rsa" and len(public) > wanted.bits // 8
    if public != wanted.public and not (bare and wanted.public.endswith(public)):
        yield "the record has another key than the one that signs"


def _not_for_mail(tags: Mapping[str, str]) -> Iterator[str]:
    if "sha256" not in _listed(tags.get("h", "sha256")):
        yield f"the record allows the hash h={tags['h']} only, not sha256"
    if not {"*", "email"} & _listed(tags.get("s", "*")):
        yield f"the record is for the service s={tags['s']}, not for mail"


def _listed(value: str) -> set[str]:
    return {one.strip() for one in value.split(":")}


def _doubts(dkim: Dkim, tags: Mapping[str, str]) -> Iterator[str]:
    if "y" in _listed(tags.get("t", "")):
        yield "the record says t=y: while you test, receivers may ignore the signature"
    if dkim.advice:
        yield dkim.advice
