"""From a fresh line to a session that may send: greet, secure, log in.

With TLS asked for, nothing but EHLO and STARTTLS is ever written in clear (I8), and
what the server said before the handshake is forgotten (RFC 3207 section 4.2).
"""

from __future__ import annotations

import enum
from collections.abc import Generator

import attrs

from safesend.delivery import Stage
from safesend.errors import TransportError
from safesend.smtp import command
from safesend.smtp.capabilities import Capabilities
from safesend.smtp.exchange import (
    ConnectionLost,
    Conversation,
    Exchange,
    StartTls,
    Step,
    Timeouts,
)
from safesend.smtp.reply import CLOSING, Reply
from safesend.smtp.sasl import Credentials, Mechanism, choose, told_by

__all__ = ["Opening", "Security", "opening"]

_READY, _OK, _WELCOME, _GO_ON = 220, 250, 235, 334


class Security(enum.StrEnum):
    """How the line is protected."""

    STARTTLS = "starttls"
    """TLS is begun by command, and nothing is sent without (RFC 3207)."""
    IMPLICIT = "implicit"
    """TLS from the first byte (RFC 8314)."""
    PLAINTEXT = "insecure-plaintext"
    """None: for a relay on the same machine, and never with a password."""


@attrs.frozen
class Opening:
    """What a session is opened with."""

    helo: str
    """Our name in EHLO."""
    security: Security
    credentials: Credentials | None = None
    timeouts: Timeouts = attrs.Factory(Timeouts)
    or_in_clear: bool = False
    """With STARTTLS: where the server does not offer it, or refuses it, go on without.
    For mail between servers that protects itself where it can (RFC 3207 section 5)."""
    tls_path: bool = False
    """Only to a server that passes letters on over verified TLS (REQUIRETLS, RFC 8689).
    Who asks for it has verified whom this line leads to."""
    lmtp: bool = False
    """Whether LMTP is spoken, where LHLO stands for EHLO and HELO."""


def opening(settings: Opening) -> Conversation[Capabilities]:
    """Greet, secure, log in; gives what the server can do.

    Raises `TransportError`: `permanent` when trying again cannot help.
    """
    if settings.security is Security.IMPLICIT:
        yield from _ask(StartTls(), Stage.STARTTLS)
    yield from _greeting(settings)
    capabilities = yield from _hello(settings)
    secured = settings.security is Security.IMPLICIT
    if settings.security is Security.STARTTLS:
        secured = yield from _secure(settings, capabilities)
        if secured:
            capabilities = yield from _hello(settings)
    if settings.tls_path:
        capabilities = _path_kept(capabilities, secured=secured)
    if settings.credentials is not None:
        # Over a line that is not secured no mechanism will do.
        offered = capabilities.auth if secured else ()
        yield from _log_in(settings, settings.credentials, offered)
    return capabilities


def _ask(step: Step, stage: Stage) -> Conversation[Reply]:
    try:
        replies = yield step
    except ConnectionLost as lost:
        reason = lost.reason
        permanent = lost.permanent
    else:
        return replies[0] if replies else _NONE
    raise TransportError(reason, stage=stage, permanent=permanent)


_NONE = Reply(_OK)


def _greeting(settings: Opening) -> Generator[Step, list[Reply], None]:
    step = Exchange(b"", "(greeting)", timeout=settings.timeouts.greeting)
    reply = yield from _ask(step, Stage.CONNECT)
    if reply.code != _READY:
        raise _failed("the server does not take mail from us", reply, Stage.CONNECT)


def _hello(settings: Opening) -> Conversation[Capabilities]:
    """RFC 5321 section 3.2: EHLO, and HELO if that is not known."""
    wait = settings.timeouts.command
    verb, make = ("LHLO", command.lhlo) if settings.lmtp else ("EHLO", command.ehlo)
    line = make(settings.helo)
    reply = yield from _ask(Exchange(line, verb, timeout=wait), Stage.EHLO)
    if reply.code == _OK:
        return Capabilities.from_ehlo(reply)
    if settings.lmtp:  # RFC 2033 section 4.1: there is no other
        raise _failed("the server does not take LHLO: no LMTP", reply, Stage.EHLO)
    if reply.permanent:
        line = command.helo(settings.helo)
        reply = yield from _ask(Exchange(line, "HELO", timeout=wait), Stage.EHLO)
        if reply.code == _OK:
            return Capabilities()
    raise _failed("the server refuses our greeting", reply, Stage.EHLO)


def _secure(settings: Opening, offered: Capabilities) -> Conversation[bool]:
    """STARTTLS; False where the server will not and it is not needed."""
    if not offered.starttls:
        if settings.or_in_clear:
            return False
        # RFC 3207 section 6: somebody on the line may have taken it out.
        raise TransportError(
            "the server does not offer STARTTLS; nothing was sent. Check host and port"
            ' (port 465 wants smtps:// or tls="implicit")',
            stage=Stage.STARTTLS,
            permanent=True,
        )
    wait = settings.timeouts.command
    step = Exchange(command.STARTTLS, "STARTTLS", timeout=wait)
    reply = yield from _ask(step, Stage.STARTTLS)
    if reply.code != _READY:
        if settings.or_in_clear and reply.code != CLOSING:
            return False
        raise _failed("the server refuses STARTTLS", reply, Stage.STARTTLS)
    yield from _ask(StartTls(), Stage.STARTTLS)
    return True


def _path_kept(offered: Capabilities, *, secured: bool) -> Capabilities:
    """RFC 8689 section 4.2.1: over TLS, and offered after the handshake."""
    if secured and offered.requiretls:
        return attrs.evolve(offered, tls_path=True)
    raise TransportError(
        "the server does not offer REQUIRETLS: it would pass letters on without TLS"
        " if need be; nothing was sent",
        stage=Stage.MAIL,
        enhanced="5.7.30",
        permanent=True,
    )


def _log_in(
    settings: Opening, credentials: Credentials, offered: tuple[str, ...]
) -> Generator[Step, list[Reply], None]:
    mechanism = choose(credentials, offered)
    if mechanism is None:
        raise TransportError(_no_mechanism(offered), stage=Stage.AUTH, permanent=True)
    reply, told = yield from _authenticate(settings, mechanism)
    if reply.code != _WELCOME:
        what = f"the server refuses the login by {mechanism.name}"
        raise _failed(
            f"{what} ({told})" if told else what, reply, Stage.AUTH, credentials
        )


def _no_mechanism(offered: tuple[str, ...]) -> str:
    if not offered:
        return "the server offers no login on this line"
    return "the server offers no login that fits what was given (password or token)"


def _authenticate(
    settings: Opening, mechanism: Mechanism
) -> Conversation[tuple[Reply, str]]:
    """RFC 4954 section 4. Gives the last reply, and what a challenge told."""
    wait, shown = settings.timeouts.command, f"AUTH {mechanism.name} ***"
    line = command.auth(mechanism.name, mechanism.initial)
    reply = yield from _ask(Exchange(line, shown, timeout=wait), Stage.AUTH)
    told = ""
    for answer in mechanism.answers:
        if reply.code != _GO_ON:
            break
        told = told_by(reply.lines[0]) or told
        line = command.response(answer)
        reply = yield from _ask(Exchange(line, "***", timeout=wait), Stage.AUTH)
    return reply, told


def _failed(
    what: str, reply: Reply, stage: Stage, credentials: Credentials | None = None
) -> TransportError:
    text = reply.text if credentials is None else credentials.hide(reply.text)
    said = f"{reply.code} {reply.enhanced or ''}".strip()
    return TransportError(
        f"{what}: {said} {text}".rstrip(),
        stage=stage,
        code=reply.code,
        enhanced=reply.enhanced,
        permanent=reply.permanent,
    )
