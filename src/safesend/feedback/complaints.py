"""Complaints: RFC 5965 with its kin, and what Microsoft sends in their place."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import attrs

from safesend.checks.mail_headers import Headers
from safesend.feedback.dates import first_date
from safesend.feedback.delivery_status import mailbox
from safesend.feedback.mail_kind import BounceMail, MailKind
from safesend.feedback.mail_parts import Opened, head_of
from safesend.feedback.marks import (
    address_keys,
    envelope_keys,
    id_keys,
    keys_of,
    returned_keys,
)
from safesend.feedback.news import Key, News
from safesend.ledger.heard import Heard
from safesend.message.address import Address

__all__ = ["NO_COMPLAINTS", "REPORT", "named_in", "read_complaint", "read_junk_report"]

REPORT = "message/feedback-report"

NO_COMPLAINTS: Mapping[str, Heard] = {
    # RFC 5965 section 7.3, RFC 6430: it was fetched out of the spam, or is about DMARC.
    "not-spam": Heard.DELIVERED,
    "auth-failure": Heard.TAKEN,
}
_WHO = ("original-rcpt-to", "removal-recipient")
_JUNK = "x-hmxmroriginalrecipient"
_REDACTED = "redacted"
_MOST = 20
_LONGEST = 100


def read_complaint(mail: Opened, report: bytes) -> BounceMail:
    """What a feedback report says (RFC 5965; RFC 6591 for authentication).

    Whom it names is often blackened (RFC 6590): then it counts for the mailbox that the
    message was sent to. Who has the message can complain of it, and could as well click
    on its link; one that names another mailbox, to which it was forwarded, leaves
    nobody out.
    """
    fields = head_of(report)
    kind = fields.get("feedback-type").strip().lower()[:_LONGEST]
    keys = [
        *(
            key
            for text in fields.all("original-mail-from")
            for key in address_keys(text)
        ),
        *returned_keys(mail.returned),
        *id_keys(fields.get("original-envelope-id")),
    ]
    people = [text for name in _WHO for text in fields.all(name)]
    dates = [*fields.all("arrival-date"), *fields.all("received-date")]
    heard = NO_COMPLAINTS.get(kind, Heard.COMPLAINED)
    return _complaint(mail, keys, _Told(heard, kind, people, dates))


def read_junk_report(mail: Opened) -> BounceMail | None:
    """A complaint of Microsoft's Junk Mail Reporting Program, if it is one.

    The message is attached, and who complained stands in a field that was put into it.
    """
    returned = mail.returned
    if returned is None or not (people := [*returned.all(_JUNK)]):
        return None
    told = _Told(Heard.COMPLAINED, "junk", people, [])
    return _complaint(mail, returned_keys(returned), told)


@attrs.frozen
class _Told:
    heard: Heard
    text: str
    people: list[str]
    dates: list[str]


def _complaint(mail: Opened, keys: Iterable[Key], told: _Told) -> BounceMail:
    complained = told.heard is Heard.COMPLAINED
    kind = MailKind.COMPLAINT if complained else MailKind.FEEDBACK
    found = keys_of(keys, envelope_keys(mail.headers))
    if not found:
        return BounceMail(kind)
    first, *others = found
    named = named_in(mail.returned)
    news = News(
        key=first.octets,
        mark=first.mark,
        others=tuple(others),
        heard=told.heard,
        at=first_date([*told.dates, *mail.headers.all("date")]),
        text=told.text,
        about=_readable(_mailboxes(told.people), named),
        named=named,
    )
    return BounceMail(kind, (news,))


def _readable(
    people: frozenset[Address], named: frozenset[Address]
) -> frozenset[Address]:
    """Those who are not blackened: RFC 6590 scrambles the name and keeps the domain."""
    domains = {one.domain for one in named}
    return frozenset(one for one in people if one in named or one.domain not in domains)


def named_in(returned: Headers | None) -> frozenset[Address]:
    """Whom the message that came back is addressed to."""
    texts = () if returned is None else [*returned.all("to")][:1]
    return _mailboxes(texts)


def _mailboxes(texts: Iterable[str]) -> frozenset[Address]:
    plain = [text for text in texts if _REDACTED not in text.lower()]
    found = map(mailbox, plain[:_MOST])
    return frozenset(one for one in found if one is not None)
