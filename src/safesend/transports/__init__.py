"""Who carries it: one file per carrier, and `open_transport` to name one by URL.

    smtp://  smtps://  smtp+insecure-plaintext://  mx://  lmtp://  lmtp+unix://
    lmtp+insecure-plaintext://  sendmail:  ses://  eml:  maildir:  mbox:  memory:
    failover:  weighted:

Other packages add carriers through the entry point group `safesend.transports`: a
class with `from_url(url, *, password=None)`. The built-in names cannot be taken over.
"""

from __future__ import annotations

import importlib
import re
from typing import TYPE_CHECKING, Any, Protocol

from safesend.errors import ConfigurationError
from safesend.redaction import Secret
from safesend.transports.base import (
    AskingSession,
    Informed,
    Limits,
    Navigator,
    Probing,
    PromptSession,
    Session,
    Switching,
    Transport,
)

if TYPE_CHECKING:
    from importlib.metadata import EntryPoints

    from safesend.smtp.seen import ServerSeen
    from safesend.transports.eml import EmlTransport
    from safesend.transports.lmtp import LmtpTransport
    from safesend.transports.maildir import MaildirTransport
    from safesend.transports.mbox import MboxTransport
    from safesend.transports.memory import MemoryTransport
    from safesend.transports.mx import MxTransport
    from safesend.transports.sendmail import SendmailTransport
    from safesend.transports.ses import SesTransport
    from safesend.transports.several import Failover, failover, weighted
    from safesend.transports.smtp import SmtpTransport

__all__ = [
    "AskingSession",
    "EmlTransport",
    "Failover",
    "Informed",
    "Limits",
    "LmtpTransport",
    "MaildirTransport",
    "MboxTransport",
    "MemoryTransport",
    "MxTransport",
    "Navigator",
    "Probing",
    "PromptSession",
    "SendmailTransport",
    "ServerSeen",
    "SesTransport",
    "Session",
    "SmtpTransport",
    "Switching",
    "Transport",
    "failover",
    "open_transport",
    "weighted",
]

_GROUP = "safesend.transports"
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):")

_BUILT_IN = {
    "smtp": "smtp:SmtpTransport",
    "smtps": "smtp:SmtpTransport",
    "smtp+insecure-plaintext": "smtp:SmtpTransport",
    "ses": "ses:SesTransport",
    "lmtp": "lmtp:LmtpTransport",
    "lmtp+unix": "lmtp:LmtpTransport",
    "lmtp+insecure-plaintext": "lmtp:LmtpTransport",
    "sendmail": "sendmail:SendmailTransport",
    "eml": "eml:EmlTransport",
    "maildir": "maildir:MaildirTransport",
    "mbox": "mbox:MboxTransport",
    "mx": "mx:MxTransport",
    "memory": "memory:MemoryTransport",
    "failover": "several:Failover",
    "weighted": "several:Failover",
}
_MODULES = {
    name: module
    for module, _, name in (target.partition(":") for target in _BUILT_IN.values())
} | {"failover": "several", "weighted": "several"}


class _Carrier(Protocol):
    def from_url(
        self, url: str, *, password: str | Secret | None = None
    ) -> Transport: ...


def open_transport(url: str, *, password: str | Secret | None = None) -> Transport:
    """The carrier that a URL names; nothing is connected yet.

    `smtp://user@mail.example.org:587`, `eml:out`, `maildir:out`, `mbox:out.mbox`;
    `eml:///srv/out` is an absolute path. Raises `ConfigurationError` for an unknown
    scheme or a wrong part of the URL, and repeats no part of it that could be secret.
    """
    found = _SCHEME.match(url)
    if found is None:
        raise ConfigurationError(
            f"not the URL of a transport, such as smtp://mail.example.org; {_known()}"
        )
    scheme = found[1].lower()
    secret = Secret(password) if isinstance(password, str) else password
    return _carrier(scheme).from_url(scheme + url[found.end(1) :], password=secret)


def _carrier(scheme: str) -> _Carrier:
    try:
        carrier: _Carrier = _load(scheme)
    except (ImportError, AttributeError) as error:
        raise ConfigurationError(
            f"the transport {scheme}: cannot be loaded ({type(error).__name__}: "
            f"{error}); install what it needs"
        ) from error
    return carrier


def _load(scheme: str) -> Any:
    if scheme in _BUILT_IN:
        module, _, name = _BUILT_IN[scheme].partition(":")
        return getattr(importlib.import_module(f"{__name__}.{module}"), name)
    for added in _added():
        if added.name == scheme:
            return added.load()
    raise ConfigurationError(f"no transport is called {scheme}:; {_known()}")


def _added() -> EntryPoints:
    from importlib.metadata import entry_points  # noqa: PLC0415 - costs 20 ms

    return entry_points(group=_GROUP)


def _known() -> str:
    names = sorted({*_BUILT_IN, *_added().names})
    return "known are " + ", ".join(f"{name}:" for name in names)


def __getattr__(name: str) -> object:
    """Load a carrier's module when its class is first asked for (PEP 562)."""
    if name == "ServerSeen":
        return importlib.import_module("safesend.smtp.seen").ServerSeen
    if name in _MODULES:
        return getattr(importlib.import_module(f"{__name__}.{_MODULES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
