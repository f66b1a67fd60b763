"""Events of Amazon SES as news: event publishing, and the older notifications.

Amazon SES Developer Guide, "Contents of event data that Amazon SES publishes to Amazon
SNS" and "Amazon SNS notification contents for Amazon SES".
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Mapping

from safesend.errors import AddressError
from safesend.feedback.complaints import NO_COMPLAINTS
from safesend.feedback.news import News, opaque_id
from safesend.feedback.wrappings import Unfit
from safesend.ledger.heard import Heard
from safesend.message.address import Address

__all__ = ["TAG", "ses_kind", "ses_news"]

TAG = "safesend"
"""The message tag that holds the id of a message."""

_Object = Mapping[str, object]

_NO_NEWS = {"renderingfailure", "subscription"}
"""Events that say nothing of a message of ours: it is none of a template of SES."""

_KINDS: Mapping[str, tuple[str, Heard]] = {
    # By eventType: the object that tells more, and what is heard.
    "send": ("send", Heard.TAKEN),
    "delivery": ("delivery", Heard.DELIVERED),
    "deliverydelay": ("deliveryDelay", Heard.TAKEN),
    "open": ("open", Heard.DELIVERED),
    "click": ("click", Heard.DELIVERED),
    "bounce": ("bounce", Heard.RETURNED),
    "complaint": ("complaint", Heard.COMPLAINED),
    "reject": ("reject", Heard.REJECTED),
}
_ALL_KINDS = _NO_NEWS | _KINDS.keys()

_NO_MAILBOX = frozenset(
    {"General", "NoEmail", "Suppressed", "OnAccountSuppressionList"}
)
_NOT_THE_MAILBOX = re.compile(
    r"(?!5\.7\.13$)5\.(?:1\.[278]|2\.(?:[2-9]|\d\d)|[3-9]\.\d+)"
)
"""RFC 3463: the mailbox is full, or its host, the route, the content or a policy."""

_REPLY = re.compile(
    r"(?:smtp; *)?([2-5]\d\d)(?:[ -]+([245]\.\d{1,3}\.\d{1,3})\b)?",
    re.ASCII | re.IGNORECASE,
)
_STATUS = re.compile(r"[245]\.\d{1,3}\.\d{1,3}", re.ASCII)
_MOST = 50
"""Addresses of one event; each message of ours has one."""

_LONGEST = 1000


def ses_kind(event: _Object) -> str:
    """The type of an event as SES spells it; "" for what is none of its types.

    Raises `Unfit`.
    """
    name = "eventType" if "eventType" in event else "notificationType"
    kind = event[name]
    if not isinstance(kind, str):
        raise Unfit(name, "is not a text, so it is not known what happened")
    return kind if _plain(kind) in _ALL_KINDS else ""


def ses_news(event: _Object) -> News | None:
    """What an event says of a message of ours; None where it says nothing of one.

    Raises `Unfit` with the field that is wrong.
    """
    kind = _plain(ses_kind(event))
    if kind not in _KINDS:
        return None
    mail = _object(event, "mail")
    key = opaque_id(_ids(mail))
    if key is None:
        return None
    name, heard = _KINDS[kind]
    # "send" and the like are empty, and some tools leave out what is empty.
    told = _object(event, name, needed=kind in {"bounce", "complaint"})
    found: dict[str, object] = {
        "key": key,
        "at": _date(told.get("timestamp")) or _date(mail.get("timestamp")),
        "sent_to": _mailboxes(mail.get("destination")),
    }
    if kind == "bounce":
        return _bounce(told, found)
    if kind == "complaint":
        return _complaint(told, found)
    return News(heard=heard, **_said(told), **found)  # type: ignore[arg-type]


def _bounce(told: _Object, found: dict[str, object]) -> News:
    kind, sub = told.get("bounceType"), _text(told.get("bounceSubType"))
    if not isinstance(kind, str):
        raise Unfit("bounce.bounceType", "is missing, or not a text")
    people = _objects(told.get("bouncedRecipients"))
    said: dict[str, object] = {}
    for one in people[:1]:
        said = _reply(_text(one.get("diagnosticCode")), _text(one.get("status")))
    permanent = kind == "Permanent"
    status = _text(said.get("enhanced"))
    text = f"{kind}/{sub} {said.get('text', '')}".strip()
    return News(
        heard=Heard.BOUNCED if permanent else Heard.RETURNED,
        no_mailbox=permanent
        and sub in _NO_MAILBOX
        and not (sub == "General" and _NOT_THE_MAILBOX.fullmatch(status)),
        about=_mailboxes([one.get("emailAddress") for one in people]),
        **{**said, "text": text[:_LONGEST]},  # type: ignore[arg-type]
        **found,  # type: ignore[arg-type]
    )


def _complaint(told: _Object, found: dict[str, object]) -> News:
    kind, sub = (
        _text(told.get(name)) for name in ("complaintFeedbackType", "complaintSubType")
    )
    people = _objects(told.get("complainedRecipients"))
    return News(
        heard=NO_COMPLAINTS.get(kind, Heard.COMPLAINED),
        text=" ".join(filter(None, (kind, sub)))[:_LONGEST],
        about=_mailboxes([one.get("emailAddress") for one in people]),
        **found,  # type: ignore[arg-type]
    )


def _said(told: _Object) -> dict[str, object]:
    """The reply of the server that took it, or why SES rejected it."""
    if "reason" in told:
        return {"text": f"Reject: {_text(told['reason'])}"[:_LONGEST]}
    return _reply(_text(told.get("smtpResponse")), "")


def _reply(text: str, status: str) -> dict[str, object]:
    """Code, enhanced code and text of a reply as far as it has them."""
    found = _REPLY.match(text)
    code = int(found[1]) if found else None
    enhanced = found[2] if found else None
    if not enhanced and _STATUS.fullmatch(status):
        enhanced = status
    text = text[found.end() :] if found else text.removeprefix("smtp;")
    return {"code": code, "enhanced": enhanced, "text": text.strip(" -")[:_LONGEST]}


def _ids(mail: _Object) -> Iterator[object]:
    """The tag first: SES gives a message a Message-ID of its own."""
    yield from _values(_object(mail, "tags", needed=False).get(TAG))
    yield _object(mail, "commonHeaders", needed=False).get("messageId")
    for header in _objects(mail.get("headers")):
        if _text(header.get("name")).lower() == "message-id":
            yield header.get("value")


def _plain(kind: str) -> str:
    return kind.replace(" ", "").lower()


def _object(value: _Object, name: str, *, needed: bool = True) -> _Object:
    found = value.get(name)
    if isinstance(found, dict):
        return found
    if needed:
        raise Unfit(name, "is missing, or not an object")
    return {}


def _values(value: object) -> list[object]:
    return value if isinstance(value, list) else [value]


def _objects(value: object) -> list[_Object]:
    return [one for one in _values(value) if isinstance(one, dict)]


def _text(value: object) -> str:
    """A text in one line and in Unicode; "" for what is none."""
    if not isinstance(value, str):
        return ""
    return " ".join(value.encode("utf-8", "replace").decode("utf-8").split())


def _mailboxes(value: object) -> frozenset[Address]:
    """Those that can be read; SES gives the display name with some of them."""
    found = set()
    for text in _values(value)[:_MOST]:
        try:
            found.add(Address.parse(_text(text), name_allowed=True))
        except AddressError:
            continue
    return frozenset(found)


def _date(value: object) -> float | None:
    try:
        date = dt.datetime.fromisoformat(_text(value))
    except ValueError:
        return None
    if date.year == dt.MAXYEAR:  # elsewhere it may be the year after, which is none
        return None
    if date.tzinfo is None:
        date = date.replace(tzinfo=dt.UTC)
    return max(0.0, date.timestamp())
