"""One mailbox: parsed once, compared rightly, printed masked.

A text is taken when it is exactly one addr-spec, and refused when it could be read
as anything else: a list, a group, a route, a comment, a display name. The standard
library's parsers are not used, since they answer such a text with another person's
address (CVE-2023-27043).
"""

from __future__ import annotations

import re
import unicodedata
from typing import NoReturn

import attrs

from safesend.errors import AddressError
from safesend.redaction import mask_address

__all__ = ["Address", "restored_address"]

_LOCAL, _PATH = 64, 254
"""Octets, RFC 5321 section 4.5.3.1: a path of 256 counts its angle brackets too."""
_READABLE = 1_000
"""Longer texts are not even looked at."""

_ATEXT = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]"
# Labels with hyphens in third and fourth place are A-labels or reserved (RFC 5890
# section 2.3.1) and need `idna`; a last label that ends in a digit is no name.
_LABEL = r"(?!..--)[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_LAST = r"(?!..--)(?:[A-Za-z0-9][A-Za-z0-9-]{0,61})?[A-Za-z]"
_plain = re.compile(
    rf"({_ATEXT}+(?:\.{_ATEXT}+)*)@((?:{_LABEL}\.)+{_LAST})", re.ASCII
).fullmatch
_plain_domain = re.compile(r"[A-Za-z0-9.-]+", re.ASCII).fullmatch
# Quotes are taken round dots and spaces only. A quoted "@", comma or bracket is
# legal (RFC 5321 section 4.1.2), and a parser on the way that forgets the quotes
# delivers it to somebody else (GHSA-mm7p-fcc7-pg87).
_quoted = re.compile(r"\"((?:[^\W_]|[. !#$%&'*+/=?^_`{|}~-])+)\"@([^\"@]*)").fullmatch
_named = re.compile(r" *(?:\"((?:[^\"\\]|\\.)*)\"|([^\"<>]*?)) *<([^<>]*)>").fullmatch

_FOREIGN: tuple[tuple[str, str], ...] = (
    (",;", "this is a list; make one Recipient (one row) per person"),
    ("<>", "it has angle brackets or a display name; give the bare address"),
    ("()", "it has a comment in parentheses; leave that out"),
    (
        "[]",
        "brackets (an IP address in place of a domain) are not taken; name a domain",
    ),
    (":", "groups and source routes are not taken; make one Recipient per person"),
    ('"\\', "quotes and backslashes are not taken here; write it without them"),
)


@attrs.frozen(init=False, eq=False, repr=False)
class Address:
    """One mailbox, checked when made. Prints masked; `wire` gives it whole.

    `local` is as written, `domain` in A-labels and lower case (IDNA 2008), `name`
    the display name of a sender. Two addresses are equal when `normalised` is.
    """

    local: str
    domain: str
    name: str | None

    def __init__(self, *_: object) -> None:
        raise TypeError("Address.parse(text) makes an address")

    @classmethod
    def parse(cls, text: str, *, name_allowed: bool = False) -> Address:
        """The mailbox that `text` is: `ada@example.org`.

        With `name_allowed` (for senders) also `Ada <ada@example.org>`. Raises
        `AddressError` for everything that is not exactly one mailbox, and for what
        is longer than RFC 5321 section 4.5.3.1 allows.
        """
        if not isinstance(text, str):
            _refuse_type(text)
        found = _plain(text) if len(text) <= _PATH else None
        if found is not None:
            local, domain = found.groups()
            if len(local) <= _LOCAL and "=?" not in local:
                return restored_address(local, domain.lower())
        return _parse_rare(text, name_allowed=name_allowed)

    @property
    def wire(self) -> str:
        """What stands in RCPT TO and in the To header: local part, "@", A-labels."""
        return f"{self.local}@{self.domain}"

    @property
    def normalised(self) -> str:
        """For comparing: the local part in NFC and case-folded, the domain as it is."""
        local = self.local
        if local.isascii():
            return f"{local.lower()}@{self.domain}"
        folded = unicodedata.normalize("NFC", local).casefold()
        return f"{unicodedata.normalize('NFC', folded)}@{self.domain}"

    @property
    def unicode_domain(self) -> str:
        """The domain for a reader: U-labels (RFC 5890)."""
        if "xn--" not in self.domain:
            return self.domain
        import idna  # noqa: PLC0415  few lists have such a domain

        return idna.decode(self.domain)

    @property
    def needs_smtputf8(self) -> bool:
        """Whether only a server with SMTPUTF8 can take it (RFC 6531 section 3.2)."""
        return not self.local.isascii()

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Address):
            return NotImplemented
        return self.normalised == other.normalised

    def __hash__(self) -> int:
        return hash(self.normalised)

    def __str__(self) -> str:
        return mask_address(self.local, self.domain)

    def __repr__(self) -> str:
        return f"<Address {self}>"


def restored_address(local: str, domain: str, name: str | None = None) -> Address:
    """An address of parts that an earlier `Address` had. Nothing is checked."""
    address = object.__new__(Address)
    object.__setattr__(address, "local", local)
    object.__setattr__(address, "domain", domain)
    object.__setattr__(address, "name", name)
    return address


def _parse_rare(text: str, *, name_allowed: bool) -> Address:
    if len(text) > _READABLE:
        _refuse(text, f"it is longer than {_PATH} octets")
    named = _named(text) if name_allowed else None
    if named is None:
        return restored_address(*_mailbox(text))
    quoted, bare, mailbox = named.groups()
    name = re.sub(r"\\(.)", r"\1", quoted) if quoted is not None else bare
    _check_name(mailbox, name, quoted=quoted is not None)
    return restored_address(*_mailbox(mailbox), name.strip(" ") or None)


def _mailbox(text: str) -> tuple[str, str]:
    _check_characters(text)
    local, domain = _split(text)
    if len(local.encode()) > _LOCAL:
        _refuse(text, f"the part before the @ is longer than {_LOCAL} octets")
    ascii_domain = _a_labels(text, domain)
    if len(local.encode()) + 1 + len(ascii_domain) > _PATH:
        _refuse(text, f"it is longer than {_PATH} octets")
    _second_opinion(text, local, ascii_domain)
    return local, ascii_domain


def _split(text: str) -> tuple[str, str]:
    quoted = _quoted(text)
    if quoted is not None:
        domain = quoted[2]
        rest, local = domain, text[: -len(domain) - 1]
    else:
        local, _, domain = text.partition("@")
        rest = text
    for characters, reason in _FOREIGN:
        if any(character in rest for character in characters):
            _refuse(text, reason)
    if " " in rest:
        _refuse(text, "it holds a space")
    if "@" not in text:
        _refuse(text, "it has no @")
    if "@" in domain:
        _refuse(text, "it has more than one @; make one Recipient (one row) per person")
    if not local or not domain:
        _refuse(text, f"nothing stands {'after' if local else 'before'} the @")
    return local, domain


def _check_characters(text: str) -> None:
    if not text:
        raise AddressError("an address is missing: the text is empty")
    hidden = _hidden(text)
    if hidden:
        _refuse(text, f"it holds a control, space or invisible character ({hidden})")
    # RFC 2047 section 5: no encoded word stands in an addr-spec; mailers that decode
    # it all the same find another address in it.
    if "=?" in text:
        _refuse(text, "it holds an encoded word (=?...?=); write the address itself")


def _hidden(text: str, allowed: str = "") -> str:
    """The first character that a reader cannot see, as U+XXXX; else nothing."""
    for character in text:
        if character == " " or character in allowed:
            continue
        if unicodedata.category(character)[0] in "CZ":
            return f"U+{ord(character):04X}"
    return ""


def _a_labels(text: str, domain: str) -> str:
    import idna  # noqa: PLC0415  few lists have such a domain

    lowered = unicodedata.normalize("NFC", domain.lower())
    try:
        encoded = idna.encode(lowered, strict=True).decode("ascii")
    except (idna.IDNAError, UnicodeError):
        _refuse(text, "the part after the @ is no domain name (IDNA 2008)")
    if "." not in encoded and encoded != "localhost":
        _refuse(text, "the part after the @ has no dot; give the whole domain")
    return encoded


def _second_opinion(text: str, local: str, domain: str) -> None:
    """Ask email-validator, and refuse where it reads anything else than we did."""
    from email_validator import (  # noqa: PLC0415  the plain path never needs it
        SPECIAL_USE_DOMAIN_NAMES,
        EmailSyntaxError,
        validate_email,
    )

    # It turns down names that are never delivered worldwide (RFC 6761). They are
    # used inside of a firm and in tests, and expose nobody: "test" stands in.
    stem, dot, last = domain.rpartition(".")
    known = stem + dot + "test" if last in SPECIAL_USE_DOMAIN_NAMES else domain
    try:
        seen = validate_email(
            f"{local}@{known}",
            allow_quoted_local=True,
            check_deliverability=False,
            test_environment=True,
        )
    except EmailSyntaxError as error:
        _refuse(text, str(error))
    written = unicodedata.normalize("NFC", local)
    # RFC 2142: role names come back in lower case.
    if seen.ascii_domain != known or seen.local_part not in {written, written.lower()}:
        _refuse(text, "it can be read in two ways; write it in its plainest form")


def _check_name(mailbox: str, name: str, *, quoted: bool) -> None:
    # Zero-width joiners are letters' work in Persian and Hindi.
    hidden = _hidden(name, allowed="\u200c\u200d")
    if hidden:
        _refuse(mailbox, f"its display name holds an invisible character ({hidden})")
    if "=?" in name:
        _refuse(
            mailbox, "its display name holds an encoded word; write the name itself"
        )
    if any(character in name for character in "@\uff20\ufe6b<>"):
        _refuse(mailbox, "its display name looks like another address (@, < or >)")
    if not quoted and any(character in name for character in ",;:()[]\\"):
        reason = "its display name holds , ; : ( ) [ ] or a backslash; put it in quotes"
        _refuse(mailbox, reason)


def _refuse(text: str, reason: str) -> NoReturn:
    raise AddressError(f"{_shown(text)} is not taken as an address: {reason}") from None


def _shown(text: str) -> str:
    """Enough to find the row; of a text with another shape nothing but its start."""
    local, _, domain = text.rpartition("@")
    if local and "@" not in local and _plain_domain(domain):
        return mask_address(local, domain)
    first = text[:1] if len(text) > 1 and not _hidden(text[:1]) else ""
    return f"{first}…"


def _refuse_type(value: object) -> NoReturn:
    kind = type(value).__name__
    raise AddressError(
        f"an address is one text, not a {kind}; several people are several recipients"
    )
