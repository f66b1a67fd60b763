"""A ready-made message as a letter of ours: what a template and a campaign take of it.

Nothing of its octets is sent. It is read by the standard parser, and composed anew, so
that all that is promised of a letter holds for it too.
"""

from __future__ import annotations

import hashlib
import io
import re
from collections.abc import Iterable, Iterator, Mapping
from email import message_from_bytes, policy
from email.generator import BytesGenerator
from email.message import EmailMessage, Message
from typing import Any, NoReturn

import attrs

from safesend.errors import (
    AddressError,
    ConfigurationError,
    Leak,
    TemplateError,
    UnsafeMessage,
)
from safesend.message.address import Address
from safesend.message.custom_headers import check_name
from safesend.message.headers import check_text
from safesend.message.mailbox_list import Mailbox, mailboxes
from safesend.message.ready import with_crlf
from safesend.message.ready_contents import Contents, contents_of
from safesend.message.recipient_fields import addresses_in, names_people
from safesend.message.template import Template

__all__ = ["Ready", "ReadyLetter", "read_letter", "template_of"]

Ready = Message | bytes | str
"""How a ready-made message may be given. A text is ASCII, as smtplib takes it."""

_ONE_LINE = re.compile(r"\r\n(?=[ \t])")
_BREAK = re.compile(r"\r\n?|\n")
_DIVIDER = re.compile(r"[^a-z0-9]+")
_INJECTED = re.compile(r"(?:\r\n?|\n)(?![ \t])|\0")

# What the engine writes itself, and what was written on another mail's way.
_OWN = re.compile(
    r"date|message-id|mime-version|content-(?!language).*|auto-submitted"
    r"|received(?:-spf)?|return-path|(?:dkim|domainkey)-signature|arc-.*"
    r"|authentication-results|user-agent|x-mailer|x-unsent|x-originating-ip"
    r"|x-php-.*",
    re.IGNORECASE,
)
_ONCE = frozenset({"from", "reply-to", "sender", "subject"})
# Its parser takes the square of the time for these.
_LONG_TYPE = re.compile(
    rb"^content-[a-z-]{1,40}[ \t]*+:(?:[^\r]|\r\n[ \t]){20000}",
    re.IGNORECASE | re.MULTILINE,
)
_LONGEST = 20_000
"""Characters of a header that is looked at; a letter's may have 8,000."""


@attrs.frozen(kw_only=True)
class ReadyLetter:
    """What a ready-made message says, from whom, and whom its fields name.

    `headers` are those that a template may have.
    """

    sender: Address | None
    reply_to: Address | None
    subject: str = attrs.field(repr=False)
    headers: Mapping[str, str] = attrs.field(repr=False)
    contents: Contents = attrs.field(repr=False)
    _people: tuple[tuple[str, str], ...] = attrs.field(repr=False)

    @property
    def to(self) -> list[str]:
        """The mailboxes of its To. `AddressError` if it cannot be read in one way."""
        return _mailboxes(value for name, value in self._people if name == "to")

    @property
    def copies(self) -> list[str]:
        """The mailboxes of its Cc and Bcc. Raises `AddressError` as well."""
        return _mailboxes(v for name, v in self._people if name in ("cc", "bcc"))

    @property
    def hidden(self) -> list[str]:
        """Whatever looks like an address in Resent-To, X-Bcc and the like."""
        other = (v for name, v in self._people if name not in ("to", "cc", "bcc"))
        return list(dict.fromkeys(a for v in other for a in addresses_in(v.encode())))

    def template(self) -> Template:
        """The letter as it stands: no field is filled in, and braces are braces."""
        return Template(
            self.subject,
            text=self.contents.text,
            html=self.contents.html,
            attachments=self.contents.attachments,
            headers=self.headers,
            reply_to=self.reply_to,
            inline=self.contents.inline,
            literal=True,
        )

    def digest(self) -> str:
        """Hexadecimal, over what a reader sees: subject, text, html, names of files.

        What programs write anew at every run (dates, ids, the insides of a PDF) is not
        in it.
        """
        contents, total = self.contents, hashlib.sha256()
        files = (*contents.attachments, *contents.inline)
        for item in (
            self.subject,
            contents.text,
            contents.html,
            *(file.name for file in files),
        ):
            data = b"-" if item is None else b"+" + item.encode(errors="replace")
            total.update(b"%d:%b" % (len(data), data))
        return total.hexdigest()


def template_of(message: Ready) -> Template:
    """The template that sends this message's content, as it stands, to anybody.

    Subject, text, html, files, pictures, Reply-To and the headers that a template may
    have are kept; those that name people are not, nor Date and Message-ID, which each
    copy has of its own. Raises as `read_letter` does.
    """
    return read_letter(message).template()


def read_letter(message: Ready) -> ReadyLetter:
    """Take a ready-made message apart.

    Raises `TemplateError`, naming the part or header, for what could not be carried
    over as it is; `UnsafeMessage` for what could inject a header (L11);
    `AddressError` for senders that cannot be read in one way; `AttachmentError` for
    file names; `ConfigurationError` for what is no message.
    """
    parsed = _parsed(_octets(message))
    fields = list(_fields(parsed))
    once = {name.lower(): value for name, value in fields if name.lower() in _ONCE}
    sender = _mailbox("From", once.get("from"))
    _check_sender(sender, _mailbox("Sender", once.get("sender")))
    return ReadyLetter(
        sender=sender,
        reply_to=_mailbox("Reply-To", once.get("reply-to")),
        subject=_subject(once.get("subject")),
        headers=_headers(fields),
        contents=contents_of(parsed),
        people=tuple((n.lower(), value) for n, value in fields if _is_for_people(n)),
    )


def _octets(message: Ready) -> bytes:
    """As the standard library would write it, with CRLF line ends."""
    given: object = message
    if isinstance(given, Message):
        return _written(given)
    if isinstance(given, bytes | bytearray | memoryview):
        return with_crlf(bytes(given))
    if isinstance(given, str):
        if given.isascii():
            return with_crlf(given.encode())
        raise ConfigurationError(
            "a message that is a text is ASCII only; give its octets (bytes), or the"
            " EmailMessage itself"
        )
    kind = type(given).__name__
    raise ConfigurationError(
        f"a ready-made message is an EmailMessage, or its octets (bytes), not a {kind}"
    )


def _written(message: Message[Any, Any]) -> bytes:
    for part in message.walk():
        for name, value in part.raw_items():
            # With `compat32` the standard library writes such a text as it is.
            if isinstance(value, str) and _INJECTED.search(f"{name}:{value}"):
                _injected(name)
    rules = message.policy.clone(linesep="\r\n")
    if isinstance(rules, policy.EmailPolicy):
        rules = rules.clone(max_line_length=None)  # folds are where it goes wrong
    try:
        # Not its own `as_bytes`, which with Django's classes knows no policy.
        stream = io.BytesIO()
        BytesGenerator(stream, mangle_from_=False, policy=rules).flatten(message)
    except Exception as error:  # noqa: BLE001  the caller's object, any error
        kind = type(error).__name__
    else:
        return stream.getvalue()
    raise TemplateError(f"the message cannot be written as a mail ({kind})")


def _parsed(octets: bytes) -> EmailMessage:
    if b"\0" in octets:
        raise UnsafeMessage([Leak("I5", "the message", "holds a NUL")])
    if found := _LONG_TYPE.search(octets):
        name = found[0].partition(b":")[0].decode().strip()
        raise TemplateError(f"has more than {_LONGEST} characters", f"header {name}")
    try:
        parsed = message_from_bytes(octets, policy=policy.default)
    except Exception as error:  # noqa: BLE001  hostile input, any error
        kind = type(error).__name__
        raise TemplateError(f"the message cannot be read as a mail ({kind})") from None
    assert isinstance(parsed, EmailMessage)
    return parsed


def _fields(message: EmailMessage) -> Iterator[tuple[str, str]]:
    """Name and value of each header, unfolded, nothing decoded."""
    seen: set[str] = set()
    for name, raw in message.raw_items():
        folded = _BREAK.sub("\r\n", str(raw))
        octets = _ONE_LINE.sub("", folded).encode("ascii", "surrogateescape")
        try:
            value = octets.decode()  # RFC 6532
        except UnicodeDecodeError:
            reason = "holds octets that are no UTF-8; encode it (RFC 2047)"
            raise TemplateError(reason, f"header {name[:50]}") from None
        lower, left_out = name.lower(), _OWN.fullmatch(name) or _is_for_people(name)
        if lower in seen and not left_out:
            raise TemplateError("stands there more than once", f"header {name[:50]}")
        seen.add(lower)
        yield name, value.strip(" \t")


def _is_for_people(name: str) -> bool:
    plain = _DIVIDER.sub("-", name.lower()).strip("-")
    return names_people(plain.encode())


def _mailboxes(values: Iterable[str]) -> list[str]:
    found = (one.address for value in values for one in mailboxes(value))
    return list(dict.fromkeys(found))


def _headers(fields: list[tuple[str, str]]) -> dict[str, str]:
    kept = {}
    for name, value in fields:
        if name.lower() in _ONCE or _OWN.fullmatch(name) or _is_for_people(name):
            continue
        _check_name(name)
        if text := _text(name, value):  # an empty one says nothing
            kept[name] = text
    return kept


def _check_name(name: str) -> None:
    try:
        check_name(name)
    except TemplateError as error:
        reason, part = str(error).removeprefix(f"{error.part}: "), error.part
    else:
        return
    raise TemplateError(f"{reason}; take it out of the message", part)


def _subject(value: str | None) -> str:
    text = "" if value is None else _text("Subject", value)
    if not text:
        raise TemplateError("is empty; a letter has a subject", "header Subject")
    return text


def _text(name: str, value: str) -> str:
    """A header of free text, decoded (RFC 2047)."""
    if len(value) > _LONGEST:
        raise TemplateError(f"has {len(value)} characters", f"header {name[:50]}")
    decoded = value
    if "=?" in value:
        decoded = str(policy.default.header_factory(name, value))
    if "\ufffd" in decoded and "\ufffd" not in value:
        reason = "holds an encoded word that cannot be decoded"
        raise TemplateError(reason, f"header {name[:50]}")
    text = decoded.strip(" \t").replace("\t", " ")
    check_text(name, text)
    return text


def _mailbox(name: str, value: str | None) -> Address | None:
    if not value:
        return None
    try:
        found = mailboxes(value)
        if len(found) == 1:
            return _address(name, found[0])
        reason = f"holds {len(found)} mailboxes; a mailing has one sender, and answers"
        reason += " go to one address"
    except AddressError as error:
        reason = str(error)
    raise AddressError(f"{name}: {reason}")


def _address(name: str, mailbox: Mailbox) -> Address:
    display = _text("Subject", mailbox.name) if mailbox.name else ""
    if not display or display == mailbox.address:
        return Address.parse(mailbox.address)
    check_text(name, display)
    quoted = display.replace("\\", "\\\\").replace('"', '\\"')
    return Address.parse(f'"{quoted}" <{mailbox.address}>', name_allowed=True)


def _check_sender(sender: Address | None, actual: Address | None) -> None:
    if actual is not None and actual != sender:
        raise TemplateError(
            "is another mailbox than From; a mailing has one sender, so leave it out",
            "header Sender",
        )


def _injected(name: str) -> NoReturn:
    reason = "holds a line break: it could add a recipient"
    shown = name if name.isprintable() and name.isascii() else "(unreadable)"
    raise UnsafeMessage([Leak("L11", f"header {shown[:50]}", reason)])
