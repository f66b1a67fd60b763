"""From the octets of a mail in a bounce mailbox to news.

Theory of operation: a report (RFC 3464, RFC 5965) is told by its parts, whatever stands
round them; then what machines answer by themselves is set aside by its headers, and
what is left and has a sign of a bounce is read as a text. By what a message is known
again, and what that proves, is in `marks`.

Whose bounce is it? A message of ours goes to one mailbox, which may send it on. The
report names that one as Original-Recipient, where it was told (ORCPT), and the last one
as Final-Recipient. A mailbox is taken for gone only where the last one is its own, or
bears its name on another host of its domain; that a friend's mailbox is gone to which
somebody's mail is sent on, or one of many behind an alias, is no reason to leave out
the mailbox itself. The message came back all the same, and that is booked.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import attrs

from safesend.errors import ConfigurationError
from safesend.feedback.automatic import kind_by_headers
from safesend.feedback.complaints import (
    REPORT,
    named_in,
    read_complaint,
    read_junk_report,
)
from safesend.feedback.dates import first_date
from safesend.feedback.delivery_status import (
    Deed,
    DeliveryStatus,
    Fortune,
    read_status,
)
from safesend.feedback.mail_kind import BounceMail, MailKind
from safesend.feedback.mail_parts import Opened, open_mail
from safesend.feedback.marks import (
    answered_keys,
    envelope_keys,
    id_keys,
    keys_in_text,
    keys_of,
    returned_keys,
)
from safesend.feedback.news import Key, News
from safesend.feedback.plain_bounces import failures_in, said_of, text_of
from safesend.feedback.said import Fate, Said, fate_of
from safesend.ledger.heard import Heard
from safesend.message.address import Address
from safesend.policies.providers import builtin as providers
from safesend.policies.replies import Rulebook, builtin

__all__ = ["read_bounce"]

_STATUS = ("message/delivery-status", "message/global-delivery-status")
_RECEIPT = (
    "message/disposition-notification",
    "message/global-disposition-notification",
)
_RECEIPTS = "disposition-notification"
_FINAL = b"final-recipient:"
_NOT_UNDERSTOOD = (
    "it looks like a bounce of a message of yours, and is in no form that is known;"
    " read it yourself"
)
_LONGEST = 1_000
_KINDS = ((Deed.FAILED, MailKind.BOUNCE), (Deed.DELAYED, MailKind.DELAY))
_FATES = {
    Deed.DELAYED: Fate(Heard.TAKEN),
    Deed.DELIVERED: Fate(Heard.DELIVERED),
    # Nobody will tell more of it (RFC 3464 section 2.3.3).
    Deed.RELAYED: Fate(Heard.TAKEN),
    Deed.EXPANDED: Fate(Heard.TAKEN),
}


def read_bounce(octets: bytes, rules: Rulebook | None = None) -> BounceMail:
    """What a mail in a bounce mailbox is, and what it says of messages of ours.

    `rules` say what replies mean, by default the built-in ones. Never raises, and takes
    time in proportion to the first megabyte, whatever the octets are.
    """
    if not octets.strip():
        return BounceMail(MailKind.UNREADABLE, problem="the mail is empty")
    mail = open_mail(octets)
    rules = builtin() if rules is None else rules
    if complaint := mail.first(REPORT):
        return read_complaint(mail, complaint.octets)
    if report := _status_of(mail):
        return _delivery(mail, octets, read_status(report), rules)
    if mail.report_type == _RECEIPTS or mail.first(*_RECEIPT):
        return BounceMail(MailKind.RECEIPT)
    if (junk := read_junk_report(mail)) is not None:
        return junk
    kind = kind_by_headers(mail.headers)
    return _plain(mail, octets, rules) if kind is None else BounceMail(kind)


def _status_of(mail: Opened) -> bytes | None:
    """The part for machines; some call it a text."""
    if part := mail.first(*_STATUS):
        return part.octets
    if mail.report_type == "delivery-status":
        for part in mail.parts:
            if part.type == "text/plain" and _FINAL in part.octets.lower():
                return part.octets
    return None


def _delivery(
    mail: Opened, octets: bytes, status: DeliveryStatus, rules: Rulebook
) -> BounceMail:
    if not status.fortunes:
        return _plain(mail, octets, rules)
    keys = keys_of(
        envelope_keys(mail.headers),
        returned_keys(mail.returned),
        *map(id_keys, status.ids),
        answered_keys(mail.headers),
    )
    dates, named = [*mail.headers.all("date")], named_in(mail.returned)
    found = []
    for one in status.fortunes:
        gone = _gone(one)
        said = _in_words(one, mail) if one.said.tells_nothing else one.said
        fate = _FATES.get(one.deed) or _fate(said, gone, rules)
        those = _known(gone, one.original, one.final) | named
        at = first_date([one.at, *dates])
        found.append(_Found(fate, said, _known(gone), those, at))
    deeds = {one.deed for one in status.fortunes}
    kind = next((kind for deed, kind in _KINDS if deed in deeds), MailKind.DELIVERY)
    return BounceMail(kind, _news(keys, found))


def _in_words(fortune: Fortune, mail: Opened) -> Said:
    """What stands beside the name in the part for a person.

    Exim (of its own mailboxes) and OpenSMTPD write 5.0.0 of everything, and the reason
    there only. A reply of another class than the report's is about something else.
    """
    if (whom := fortune.final or fortune.original) is None:
        return fortune.said
    found = said_of(text_of(mail), whom)
    if found.digit in {"", fortune.said.digit} and found.text:
        return attrs.evolve(found, enhanced=found.enhanced or fortune.said.enhanced)
    return fortune.said


def _gone(fortune: Fortune) -> Address | None:
    """The mailbox that did not get it: as its sender wrote it, if it is that one."""
    original, final = fortune.original, fortune.final
    if original is None:
        return final
    if final is None:
        local = fortune.local or original.local
        return original if local.lower() == original.local.lower() else None
    inside = f".{final.domain}".endswith(f".{original.domain}")
    same = final.local.lower() == original.local.lower()
    return original if same and inside else final


def _plain(mail: Opened, octets: bytes, rules: Rulebook) -> BounceMail:
    text = text_of(mail)
    keys = keys_of(
        envelope_keys(mail.headers),
        returned_keys(mail.returned),
        keys_in_text(text),
        answered_keys(mail.headers),
    )
    try:
        late, gone = failures_in(octets)
    except ConfigurationError as error:
        return BounceMail(MailKind.UNKNOWN, problem=str(error) if keys else "")
    if not late and not gone:
        return BounceMail(MailKind.UNKNOWN, problem=_NOT_UNDERSTOOD if keys else "")
    at = first_date(mail.headers.all("date"))
    named = named_in(mail.returned).union(late, gone)
    found = [
        _Found(_FATES[Deed.DELAYED], Said(), _known(one), named, at) for one in late
    ]
    for one in gone:
        said = said_of(text, one)
        found.append(_Found(_fate(said, one, rules), said, _known(one), named, at))
    return BounceMail(MailKind.BOUNCE if gone else MailKind.DELAY, _news(keys, found))


@attrs.frozen
class _Found:
    """What a report says of one mailbox."""

    fate: Fate
    said: Said
    about: frozenset[Address]
    named: frozenset[Address]
    at: float | None


def _fate(said: Said, gone: Address | None, rules: Rulebook) -> Fate:
    if gone is None:
        return attrs.evolve(fate_of(said, rules), no_mailbox=False)
    return fate_of(said, rules, providers().of(gone.domain))


def _known(*addresses: Address | None) -> frozenset[Address]:
    return frozenset(one for one in addresses if one is not None)


def _news(keys: Sequence[Key], found: Iterable[_Found]) -> tuple[News, ...]:
    if not keys:
        return ()
    first, *others = keys
    return tuple(
        News(
            key=first.octets,
            mark=first.mark,
            others=tuple(others),
            heard=one.fate.heard,
            at=one.at,
            code=one.said.code,
            enhanced=one.said.enhanced,
            text=one.said.text[:_LONGEST],
            no_mailbox=one.fate.no_mailbox,
            about=one.about,
            named=one.named,
        )
        for one in dict.fromkeys(found)
    )
