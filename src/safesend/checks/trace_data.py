"""Traces of the sender's computer and network are left (L13).

Danger: names of computers, addresses of the inner network, logins and paths with the
name of a user tell an attacker where to go on, and readers who sent the mail and
where.

Real case: Python's own way to make a Message-ID writes the name of the computer and
the number of the process into every mail; scripts of web hosts add the path and the
user of the program that called them; word processors leave C: paths in saved pages.

What safesend does: it writes none of that. Such traces in headers and links are
refused; in text and in the properties of files, paths with the name of a user are
reported. An address like 192.168.1.1 in the text itself is left alone.

Way out: set the domain of Message-ID (message_id_domain), take the header out of the
program that writes the mail, link to what readers can reach, and clear the properties
of the file before attaching it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from safesend.checks.base import Check, Severity
from safesend.checks.circle import Circle, Reader
from safesend.checks.fields import fields, is_body
from safesend.checks.piece import Kind, Piece
from safesend.checks.reading import Reading
from safesend.checks.traces import (
    inner_host,
    inner_network,
    inner_path,
    is_bare_host,
    is_loopback,
    login,
    url_host,
)
from safesend.errors import Leak
from safesend.redaction import mask_text

__all__ = ["CHECK"]

# Nothing but the trace itself: the address of the sender's computer, the script that
# wrote the mail, the login at the relay.
_TELLING = frozenset(
    {
        "x-auth-id",
        "x-authenticated-id",
        "x-authenticated-sender",
        "x-authenticated-user",
        "x-authuser",
        "x-client-ip",
        "x-get-message-sender-via",
        "x-originating-host",
        "x-originating-ip",
        "x-php-originating-script",
        "x-php-script",
        "x-script-filename",
        "x-sender-ip",
        "x-source",
        "x-source-args",
        "x-source-dir",
    }
)
# What a reader is shown, and the reader's own address: no trace of a machine.
_SHOWN = frozenset({"comments", "keywords", "organization", "subject", "to"})
_RECEIVED_FROM = re.compile(r"\s{0,20}from\s{1,20}\[?([\w.:-]{1,253})", re.IGNORECASE)
# Servers of Exchange write these of themselves into every mail; they say nothing of
# the network (RFC 4291 section 2.5.6).
_LINK_LOCAL = re.compile(r"\bfe80:[0-9a-f:]{2,36}", re.IGNORECASE)
_RIGHT_SIDE = re.compile(r"@([^@<>\s]{1,253})>?\s{0,20}$")

_Trace = tuple[Severity, str]


def examine(reading: Reading, reader: Reader, circle: Circle) -> Iterator[Leak]:  # noqa: ARG001
    """Traces in headers, links, texts and properties; each once for a unit."""
    seen: set[tuple[str, str]] = set()
    for name, piece in fields(reading):
        trace = None if name in _SHOWN else _in_field(name, piece.text)
        if trace is not None:
            yield from _new(piece, trace, seen, reader)
    for piece in reading.pieces:
        trace = None
        if piece.kind is Kind.LINK:
            trace = _in_link(piece)
        elif piece.kind is Kind.METADATA:
            trace = _in_properties(piece.text)
        elif piece.kind is not Kind.HEADER:
            trace = _in_text(piece)
        if trace is not None:
            yield from _new(piece, trace, seen, reader)


def _new(
    piece: Piece, trace: _Trace, seen: set[tuple[str, str]], reader: Reader
) -> Iterator[Leak]:
    severity, reason = trace
    if (piece.unit, reason) not in seen:
        seen.add((piece.unit, reason))
        place = mask_text(piece.where().removesuffix(", decoded"))
        yield CHECK.leak(place, mask_text(reason), reader, severity)


def _in_field(name: str, value: str) -> _Trace | None:
    if name in _TELLING and value.strip():
        return Severity.REFUSE, "tells which computer, program or login sent the mail"
    if name in ("message-id", "resent-message-id"):
        found = _RIGHT_SIDE.search(value)
        if found and is_bare_host(found[1]):
            return Severity.REFUSE, f"tells the name of a computer ({found[1]})"
    if name == "received":
        return _in_received(value)
    return _machine(value) or _path(value, Severity.REFUSE)


def _in_received(value: str) -> _Trace | None:
    said = login(value)
    if said:
        return Severity.REFUSE, "tells the login with which the mail was sent"
    found = _RECEIVED_FROM.match(value)
    if found and is_bare_host(found[1]) and not is_loopback(found[1]):
        return Severity.REFUSE, f"tells the name of a computer ({found[1]})"
    return _machine(_LINK_LOCAL.sub("", value))


def _machine(value: str) -> _Trace | None:
    for said, what in (
        (inner_host(value), "a name of the local network"),
        (inner_network(value), "an address of the local network"),
    ):
        if said:
            severity = Severity.WARN if is_loopback(said) else Severity.REFUSE
            return severity, f"tells {what} ({said})"
    return None


def _in_link(piece: Piece) -> _Trace | None:
    refuse = Severity.REFUSE if is_body(piece) else Severity.WARN
    found = _path(piece.text, refuse)
    if found:
        return found
    host = url_host(piece.text)
    if not host:
        return None
    network = inner_network(host)
    if network or is_loopback(host):
        # Instructions for a router link to it; what is loaded from there is a trace.
        severity = Severity.WARN if piece.place == "link" else refuse
        return severity, f"leads into the local network ({network or host})"
    if inner_host(host) or (is_bare_host(host) and piece.place != "other"):
        return refuse, f"leads to a computer of the local network ({host})"
    return None


def _in_properties(text: str) -> _Trace | None:
    found = _path(text, Severity.WARN)
    if found:
        return found
    host = inner_host(text)
    return (
        (Severity.WARN, f"tells a name of the local network ({host})") if host else None
    )


def _in_text(piece: Piece) -> _Trace | None:
    # In a script or style two backslashes are an escape, not a file server.
    if piece.kind is Kind.MARKUP and "\\\\" in piece.text:
        return None
    return _path(piece.text, Severity.WARN)


def _path(text: str, severity: Severity) -> _Trace | None:
    path = inner_path(text)
    return (severity, f"tells a path on a computer ({path})") if path else None


CHECK = Check.of(__doc__, id="L13", examine=examine, allowable=True)
