"""Which headers a template may set itself, and what they may say (L08, L12).

The list is closed: what is not known to be harmless is refused, because relays and
providers act on headers (X-SMTPAPI, X-MC-BccAddress) and readers show them.
"""

from __future__ import annotations

import contextlib
import re
import unicodedata
from urllib.parse import unquote

from safesend.errors import ConfigurationError, Leak, TemplateError, UnsafeMessage
from safesend.message.headers import check_text, structured, unstructured
from safesend.redaction import mask_text

__all__ = [
    "check_idempotency_name",
    "check_name",
    "custom_value",
    "needs_constant",
    "says_how_to_leave",
]

# RFC 5322 section 3.6.8: ftext. Longer names than this are nobody's.
_NAME = re.compile(r"[!-9;-~]{1,50}")

_FREE_TEXT = frozenset({"comments", "keywords", "organization"})
_TOKENS = frozenset(
    {
        "content-language",
        "feedback-id",
        "importance",
        "precedence",
        "priority",
        "sensitivity",
    }
)
# RFC 2369 and RFC 2919. The same for everybody, so no merge field may touch them.
_LIST = frozenset(
    {
        "list-archive",
        "list-help",
        "list-id",
        "list-owner",
        "list-post",
        "list-subscribe",
    }
)
# Here each reader may have a link of their own; a campaign's `unsubscribe` writes both.
_LEAVING = frozenset({"list-unsubscribe", "list-unsubscribe-post"})
_ONE_CLICK = "List-Unsubscribe=One-Click"
_URIS = (_LIST - {"list-id"}) | {"list-unsubscribe"}
_KNOWN = _FREE_TEXT | _TOKENS | _LIST | _LEAVING

# Fields of relays, providers and mailers that name recipients, add some, or show
# where a message came from (L12, L13). Each is a whole word of the name.
_DENIED_WORD = re.compile(
    r"-(?:apparently|authenticated|bcc|cc|delivered|envelope|failed|forward(?:ed|ing)?"
    r"|gm|google|mailgun|mc|microsoft|mj|ms|msys|original|originating|php|pm|rcpt"
    r"|real|received|recipients?|resent|sendgrid|sender|sg|smtpapi|source|to|user"
    r"|username)(?=-|$)"
    r"|bcc|smtpapi|recipient|rcpt|mailer",
)

_URI = re.compile(r"<(?:https?://|mailto:)[!-;=?-~]+>")
_AT_SIGN = re.compile(r"[^\s@<>]@[^\s@<>]")


def check_name(name: str) -> None:
    """Raise `TemplateError` unless a template may set a header of this name."""
    lower = name.lower()
    where = f"header {name[:50]!r}"
    if not _NAME.fullmatch(name):
        reason = "is no header name: letters, digits and hyphens, no blanks, no colon"
        raise TemplateError(reason, where)
    if lower in _KNOWN:
        return
    if not re.fullmatch(r"x(?:-[a-z0-9]+)+", lower):
        known = ", ".join(sorted(_KNOWN))
        reason = f"is not for a template to set; it may set X-... and {known}"
        raise TemplateError(reason, where)
    if _DENIED_WORD.search(lower[1:]):
        reason = (
            "is refused: relays and mailers use such names for recipients or logins"
        )
        raise TemplateError(reason, where)


def check_idempotency_name(name: str) -> None:
    """Raise `ConfigurationError` unless a relay may know messages again by this header.

    It says so in its name, or is one that a template could set: so it is no header
    with which mail itself, or a relay, does anything else.
    """
    if re.fullmatch(r"[A-Za-z][A-Za-z0-9-]{0,49}", name):
        if "idempoten" in name.lower():
            return
        if name.lower().startswith("x-"):
            with contextlib.suppress(TemplateError):
                check_name(name)
                return
    raise ConfigurationError(
        f"the idempotency header {mask_text(repr(name[:50]))} cannot be used: it is"
        " a name such as Resend-Idempotency-Key, or X-... that a template may set"
    )


def needs_constant(name: str) -> bool:
    """Whether no merge field may stand in this header: it is the same for everybody."""
    return name.lower() in _LIST


def says_how_to_leave(name: str) -> bool:
    """Whether this header tells how a reader gets off the list (RFC 2369, RFC 8058)."""
    return name.lower() in _LEAVING


def custom_value(name: str, text: str) -> bytes:
    """The octets of a custom header's value; the name was checked before.

    Raises `TemplateError` or `UnsafeMessage` (L11 control characters, L12 an address).
    """
    check_text(name, text)
    lower = name.lower()
    if lower in _URIS:
        return _uris(name, text)
    if lower == "list-unsubscribe-post":
        if text.strip(" ") != _ONE_CLICK:  # RFC 8058 section 3.1
            raise TemplateError(f"can only say {_ONE_CLICK}", f"header {name}")
        return _ONE_CLICK.encode()
    _no_address(name, text)
    if lower in _TOKENS or lower == "list-id":
        return structured(name, text)
    return unstructured(name, text)


def _uris(name: str, text: str) -> bytes:
    bare = text.strip(" ")
    if name.lower() == "list-post" and bare == "NO":  # RFC 2369 section 3.4
        return b"NO"
    if not all(_URI.fullmatch(uri) for uri in re.split(r" *, *", bare)):
        reason = "must be <https://...> or <mailto:...>, several set apart by commas"
        raise TemplateError(reason, f"header {name}")
    return structured(name, bare)


def _no_address(name: str, text: str) -> None:
    # Compatibility forms (a full-width "@") and percent signs hide an address from a
    # plain search, not from a reader (L38).
    plain = unicodedata.normalize("NFKC", text)
    if _AT_SIGN.search(plain) or _AT_SIGN.search(unquote(plain)):
        reason = "holds something like an address"
        raise UnsafeMessage([Leak("L12", f"header {name}", reason)])
