"""Who is known from one call, what they may see, and the copy of each of them."""

from __future__ import annotations

import contextlib
import hashlib
import logging
import re
import unicodedata
from collections.abc import Callable, Collection, Iterable, Iterator

import attrs

from safesend.checks.allowance import Allow
from safesend.errors import AddressError, ConfigurationError, Leak, UnsafeMessage
from safesend.message.address import Address
from safesend.message.encoded_words import decoded_words
from safesend.message.mailbox_list import is_plain, mailboxes
from safesend.message.nested_mail import may_be_mail, may_hold_mail
from safesend.message.ready import ReadyMessage, with_crlf
from safesend.message.recipient_fields import (
    Field,
    fields_of,
    may_tell,
    names_in,
    names_people,
    split_head,
)
from safesend.scanner.private import Company
from safesend.smtplib.exceptions import SMTPUnsafeMessage
from safesend.smtplib.fates import NO_MAILBOX

__all__ = ["Discretion", "People", "people_of"]

_log = logging.getLogger("safesend")

Copy = Callable[[str], tuple[bytes, ...]]
"""Gives the message as it goes to one mailbox, in pieces."""

_NOT_ONE = b"5.1.3 not sent: this is not exactly one mailbox"
_A_LIST = b"5.1.3 not sent: these are several people in one text; give a list"
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_FIELD = re.compile(rb"[!-9;-~\x80-\xff]+[ \t]*:")
_VISIBLE = frozenset({b"to", b"cc"})


@attrs.define
class People:
    """The recipients of a call: mailbox -> as given, in the order of the list."""

    given: list[str] = attrs.field(repr=False)
    mailboxes: dict[str, list[str]] = attrs.field(factory=dict, repr=False)
    unreadable: dict[str, tuple[int, bytes]] = attrs.field(factory=dict, repr=False)


def people_of(to_addrs: str | Iterable[str]) -> People:
    """Read the recipients; one mailbox that stands there twice gets one copy.

    Local names without a domain are taken. What is not exactly one mailbox is put
    aside, with the reason.
    """
    everybody = [to_addrs] if isinstance(to_addrs, str) else list(to_addrs)
    if len(everybody) == 1 and _is_plain(everybody[0]):
        return People(everybody, {everybody[0]: everybody[:]})
    people = People(everybody)
    first: dict[str, str] = {}
    for given in everybody:
        one: object = given
        if not isinstance(one, str):
            kind = type(one).__name__
            raise TypeError(f"a recipient is a text, not {kind}: nothing was sent")
        try:
            found = [one.address for one in mailboxes(given)]
        except AddressError:
            found = []
        # A quoted "@" is delivered elsewhere by who forgets the quotes
        # (GHSA-mm7p-fcc7-pg87).
        if len(found) != 1 or found[0].count("@") > 1:
            text = _A_LIST if len(found) > 1 else _NOT_ONE
            people.unreadable[given] = (NO_MAILBOX, text)
            continue
        mailbox = first.setdefault(_compared(found[0]), found[0])
        people.mailboxes.setdefault(mailbox, []).append(given)
    return people


def _is_plain(given: object) -> bool:
    return isinstance(given, str) and is_plain(given)


def _compared(mailbox: str) -> str:
    """The same for all spellings of one mailbox: of case, and of a domain (RFC 5890).

    No letter becomes two: `strasse` and `straße` are two people.
    """
    local, sign, domain = mailbox.rpartition("@")
    for address in _addresses([mailbox]):
        domain = address.domain
    return unicodedata.normalize("NFC", f"{local}{sign}{domain}").lower()


class Discretion:
    """What is asked of a message before its first octet leaves.

    It remembers the people and the message of the last call: a loop over one list asks
    once.
    """

    def __init__(self) -> None:
        self._public: tuple[str | Address, ...] = ()
        self._allow: tuple[Allow | str, ...] = ()
        self._known: frozenset[str] = frozenset()
        self._company: Company | None = None
        self._asked: tuple[bytes, list[Leak]] = b"", []
        self._last: tuple[bytes, ReadyMessage] | None = None

    def told(
        self, public: Collection[str | Address], allow: Collection[Allow | str]
    ) -> None:
        """What may stand in a message, as for `safesend.inspect`."""
        if not (public or allow or self._public or self._allow):
            return
        rules = tuple(public), tuple(allow)
        if rules != (self._public, self._allow):
            self._public, self._allow = rules
            self._company = None

    def private(
        self, octets: bytes, recipients: Collection[str], besides: Collection[str]
    ) -> Copy:
        """The copies, one for each; raises `SMTPUnsafeMessage` for what must not go.

        `besides` are people who are known from elsewhere than the octets.
        """
        if len(recipients) == 1 and not besides:
            [only] = recipients
            if _is_private_to(only, octets):
                return lambda _mailbox: (octets,)
        digest = hashlib.blake2b(octets).digest()
        if self._last is None or self._last[0] != digest:
            self._last = digest, _read(octets)
        ready = self._last[1]
        known = frozenset((*recipients, *ready.named, *besides))
        if len(known) > 1:
            self._ask(digest, ready, known, recipients)
        return ready.addressed

    def disclosed(
        self,
        octets: bytes,
        recipients: Collection[str],
        besides: Collection[str],
        limit: int,
    ) -> Copy:
        """The one message for all of them, with its To and Cc, and never a Bcc."""
        _check_limit(limit)
        ready = _read(octets)
        block = _disclosed(octets)
        visible = [one.address for one in ready.people]
        number = len({one.casefold() for one in (*recipients, *visible)})
        if number > limit:
            reason = f"{number} people would see each other, more than max_disclosed"
            raise SMTPUnsafeMessage(
                [Leak("L01", "To and Cc", reason)],
                f"nothing was sent. max_disclosed is {limit}; without disclose=True"
                " each of them gets a private message",
            )
        seen = frozenset(visible)
        hidden = Company(
            [one for one in (*recipients, *ready.named, *besides) if one not in seen],
            public=[*self._public, *_addresses(visible)],
            allow=self._allow,
        )
        leaks = hidden.exposed_in(block + ready.body, list(recipients))
        if leaks:
            raise SMTPUnsafeMessage(leaks)
        _log.warning("disclose=True: %d people see each other in To or Cc", number)
        return lambda _mailbox: (block, ready.body)

    def _ask(
        self,
        digest: bytes,
        ready: ReadyMessage,
        known: frozenset[str],
        recipients: Collection[str],
    ) -> None:
        if known != self._known or self._company is None:
            self._company = Company(
                sorted(known), public=self._public, allow=self._allow
            )
            self._known = known
            self._asked = b"", []
        # Any two of them see together what each of them could see of the others; who
        # has no address of ours sees all by himself.
        strange = [one for one in recipients if not any(_addresses([one]))]
        digest += bytes([bool(strange)])
        if digest != self._asked[0]:
            readers: list[str | Address] = [*self._company.people, *strange]
            self._asked = digest, self._company.exposed(ready, readers)
        if self._asked[1]:
            raise SMTPUnsafeMessage(self._asked[1])


def _check_limit(limit: object) -> None:
    if not isinstance(limit, int) or isinstance(limit, bool):
        kind = type(limit).__name__
        raise ConfigurationError(
            f"max_disclosed is a number of people, not {kind}: nothing was sent"
        )


def _disclosed(octets: bytes) -> bytes:
    """The header block with To and Cc; these must say in one way who is seen."""
    kept = []
    for field in fields_of(split_head(with_crlf(octets))[0]):
        if field.name in _VISIBLE:
            _check_list(field)
        if field.name in _VISIBLE or not names_people(field.name):
            kept.append(field.octets)
    return b"".join(kept)


def _check_list(field: Field) -> None:
    try:
        mailboxes(field.value.decode("utf-8", "surrogateescape"))
    except AddressError as error:
        reason = str(error).rpartition(": ")[2]
    else:
        return
    place = f"header {field.name.decode().title()}"
    reason = f"does not say in one way who would be seen: {reason}"
    raise SMTPUnsafeMessage([Leak("L01", place, reason)], "nothing was sent. Mend it")


def _read(octets: bytes) -> ReadyMessage:
    try:
        return ReadyMessage.read(octets)
    except UnsafeMessage as unsafe:
        leaks = unsafe.leaks
    raise SMTPUnsafeMessage(leaks, "nothing was sent. Take it out")


def _is_private_to(mailbox: str, octets: bytes) -> bool:
    """Whether it names this one person already, in one plain To and nowhere else.

    Such a message stays as it is: what `ReadyMessage` would give is the same octets.
    9 us for 2 KB in two parts.
    """
    block, body = split_head(octets)
    if sum(map(may_tell, names_in(b"\n" + block))) != 1 or may_be_mail(block):
        return False
    if b"multipart" in block.lower() and may_hold_mail(body):
        return False
    if b"\0" in octets or (b"=?" in block and _hides_control(block)):
        return False
    before, line, after = block.partition(b"To: %b\r\n" % mailbox.encode())
    begins = not before or before.endswith(b"\n")
    return bool(line) and begins and (not after or _FIELD.match(after) is not None)


def _hides_control(block: bytes) -> bool:
    unfolded = block.replace(b"\r\n ", b" ").replace(b"\r\n\t", b"\t")
    words = decoded_words(unfolded.decode("utf-8", "replace"))
    return any(_CONTROL.search(word) for word in words)


def _addresses(mailboxes: Iterable[str]) -> Iterator[Address]:
    """Those that are whole addresses: only these could be found in a text."""
    for mailbox in mailboxes:
        with contextlib.suppress(AddressError):
            yield Address.parse(mailbox)
