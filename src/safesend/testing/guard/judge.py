"""What a test has sent, asked whether it shows people to one another.

Only the checks that are about other people are asked: several visible readers (L01),
blind copies that are sent along (L02), the address of anybody else who got mail in the
same test, or its digest, anywhere in the message (I3), lists in other headers (L12),
and what cannot be read at all (I6).
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterable, Iterator, Sequence

import attrs

from safesend.checks.addresses import guessed, keys_of, masked, mentions
from safesend.checks.fields import fields
from safesend.checks.mail import read_mail
from safesend.checks.reading import Reading
from safesend.errors import AddressError, Leak
from safesend.message.address import Address
from safesend.message.mailbox_list import mailboxes
from safesend.scanner.inspection import Watch
from safesend.testing.guard.log import Sent

__all__ = ["Judgement", "Seen", "judge"]

_ABOUT_OTHERS = frozenset({"I3", "I6", "L02", "L12"})
_NEVER_MEANT = frozenset({"I6", "L02"})
_VISIBLE = frozenset(
    {
        "to",
        "cc",
        "resent-to",
        "resent-cc",
        "apparently-to",
        "x-to",
        "x-cc",
        "x-odoo-cc",
        "x-original-cc",
    }
)
_IN_BRACKETS = re.compile(r"<([^<>]*)>\s*$")
_SHOWN = 3
_NOBODY = "nobody@safesend.invalid"


@attrs.frozen
class Seen:
    """One sending, what it was to whom, and what shows somebody in it."""

    sent: Sent
    readers: tuple[Address, ...]
    leaks: tuple[Leak, ...]


@attrs.frozen
class Judgement:
    """What leaks, and what may: shared by several without showing it (L03), unread."""

    leaking: tuple[Seen, ...] = ()
    shared: tuple[Seen, ...] = ()
    unread: tuple[Seen, ...] = ()


def judge(
    sent: Sequence[Sent], colleagues: Iterable[str] = (), *, meant: bool = False
) -> Judgement:
    """Look at all that one test has sent.

    `colleagues` may be seen by everybody, and may see everybody. With `meant` people
    may be shown to one another; a Bcc header may still not be sent.
    """
    if not sent:
        return Judgement()
    own = {_key(each) for each in _addresses(colleagues)}
    audience = dict.fromkeys(_addresses(who for one in sent for who in one.recipients))
    unread = tuple(Seen(one, (), ()) for one in sent if one.trouble)
    leaking, shared = list[Seen](), list[Seen]()
    with Watch([a for a in audience if _key(a) not in own], public=colleagues) as watch:
        for one in sent:
            if one.trouble:
                continue
            seen = _look(watch, one, own, meant=meant)
            if seen.leaks:
                leaking.append(seen)
            elif len(seen.readers) > 1 and not meant:
                shared.append(seen)
    return Judgement(tuple(leaking), tuple(shared), unread)


def _look(watch: Watch, sent: Sent, own: set[str], *, meant: bool) -> Seen:
    people = tuple(dict.fromkeys(_addresses(sent.recipients)))
    readers = tuple(one for one in people if _key(one) not in own)
    if people and not readers:
        return Seen(sent, (), ())
    visible = list(_visible(sent.content, own))
    found = {(leak.check, leak.place): leak for leak in visible}
    # What names somebody is foreign to one of any two readers.
    for reader in readers[:2] or (Address.parse(_NOBODY),):
        for leak in watch.inspect(sent.content, reader):
            if leak.check in _ABOUT_OTHERS and ("L01", leak.place) not in found:
                found.setdefault((leak.check, leak.place), leak)
    kept = [one for one in found.values() if not meant or one.check in _NEVER_MEANT]
    return Seen(sent, readers, tuple(kept))


def _visible(content: bytes, own: set[str]) -> Iterator[Leak]:
    """Two or more mailboxes over To, Cc and their twins, the sender's not counted."""
    head = content.replace(b"\r\n", b"\n").partition(b"\n\n")[0] + b"\n\n"
    reading = Reading.of(read_mail(head, lambda *_: ()))
    named: dict[str, set[str]] = {}
    for name, piece in fields(reading):
        if name in _VISIBLE or name == "from":
            named.setdefault(name, set()).update(_named(piece.text))
    known = own | named.pop("from", set())
    people = {one: None for ones in named.values() for one in sorted(ones - known)}
    if len(people) > 1:
        shown = ", ".join(masked(one) for one in [*people][:_SHOWN])
        more = ", …" if len(people) > _SHOWN else ""
        reason = f"{len(people)} people see one another ({shown}{more})"
        for name, ones in named.items():
            if ones - known:
                yield Leak("L01", f"header {name.title()}", reason)


def _named(text: str) -> set[str]:
    """Who is named in a list; also at hosts of tests, whose names have no dot."""
    found = [one for one in mentions(text) if not guessed(one)]
    named = {one.spellings[0] for one in found}
    with contextlib.suppress(AddressError):
        for mailbox in mailboxes(text):
            if "@" in mailbox.address and not any(mentions(mailbox.address)):
                named.add(mailbox.address.lower())
    return named


def _addresses(texts: Iterable[str]) -> Iterator[Address]:
    """Those that are mailboxes; a local user of the server ("root") is none."""
    for text in texts:
        bare = _IN_BRACKETS.search(text)
        with contextlib.suppress(AddressError):
            yield Address.parse(bare[1] if bare else text.strip())


def _key(address: Address) -> str:
    return keys_of(address)[0]
