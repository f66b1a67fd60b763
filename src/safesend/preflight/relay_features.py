"""P8: what a mailing needs of a server, held against what it offers (pure)."""

from __future__ import annotations

from collections.abc import Iterator

from safesend.preflight.question import Question
from safesend.preflight.report import Finding, Grade
from safesend.smtp.capabilities import Capabilities
from safesend.smtp.seen import ServerSeen, Speech

__all__ = ["judge_features"]

_FEW = 20
"""Messages on one connection: below it, greeting and login cost more than letters."""
_ROOM = 1.25
"""So much more than the largest message has should be let in: files grow."""


def judge_features(question: Question, seen: ServerSeen) -> Iterator[Finding]:
    """What stands against the server; one finding that all is well where nothing does.

    Of PIPELINING, DSN and LIMITS only for SMTP: others know nothing of them.
    """
    offered = seen.capabilities
    assert offered is not None
    found = [*_needed(question, seen, offered), *_account(question, seen)]
    if seen.speech is Speech.SMTP:
        found += _wanted(seen, offered)
    if found:
        yield from found
        return
    size = "" if offered.size is None else f" of up to {offered.size} octets"
    reason = f"it takes messages{size}, and has what this mailing needs"
    yield _finding(seen, "Features", Grade.PASS, reason)


def _finding(
    seen: ServerSeen, what: str, grade: Grade, reason: str, publish: str = ""
) -> Finding:
    host = f"[{seen.host}]" if ":" in seen.host else seen.host
    about = f"{host}:{seen.port}" if seen.port else seen.host
    return Finding(
        check="P8",
        what=what,
        about=about,
        grade=grade,
        reason=reason,
        publish=publish,
    )


def _needed(
    question: Question, seen: ServerSeen, offered: Capabilities
) -> Iterator[Finding]:
    """RFC 1870 and RFC 6531: without these, letters are refused."""
    if offered.size is not None and offered.size < question.largest:
        room = int(question.largest * _ROOM)
        yield _finding(
            seen,
            "SIZE",
            Grade.FAIL,
            f"it takes {offered.size} octets, and the largest message has"
            f" {question.largest}",
            f"make the message smaller, or let the server take it (Postfix and Exim:"
            f" message_size_limit = {room})",
        )
    if question.needs_utf8 and not offered.smtputf8:
        yield _finding(
            seen,
            "SMTPUTF8",
            Grade.FAIL,
            "an address of the list is not in ASCII, and the server does not take such"
            " (no SMTPUTF8)",
            "turn it on (Postfix: smtputf8_enable = yes; Exim: smtputf8_advertise_hosts"
            " = *), or take those rows out of the list",
        )


def _wanted(seen: ServerSeen, offered: Capabilities) -> Iterator[Finding]:
    """Without these, letters leave all the same."""
    if not offered.pipelining:
        yield _finding(
            seen,
            "PIPELINING",
            Grade.WARN,
            "the server takes one command at a time (no PIPELINING): each letter costs"
            " several round trips in place of one",
            "turn it on (Postfix: no pipelining in smtpd_discard_ehlo_keywords; Exim:"
            " pipelining_advertise_hosts = *)",
        )
    if not offered.dsn:
        yield _finding(
            seen,
            "DSN",
            Grade.WARN,
            "the server cannot be told which reports to send (no DSN): bounces come as"
            " it likes, and perhaps news of delays with them",
            "turn it on (Postfix: no dsn in smtpd_discard_ehlo_keywords; Exim:"
            " dsn_advertise_hosts = *)",
        )
    if offered.mailmax is not None and offered.mailmax < _FEW:
        messages = (
            "1 message" if offered.mailmax == 1 else f"{offered.mailmax} messages"
        )
        yield _finding(
            seen,
            "LIMITS",
            Grade.WARN,
            f"the server takes {messages} on one connection: greeting, TLS and login"
            " cost more time than the letters",
            "let it take more (Exim: smtp_accept_max_per_connection = 1000)",
        )


def _account(question: Question, seen: ServerSeen) -> Iterator[Finding]:
    """What a provider says of the account."""
    rows = sum(question.recipients.values())
    if seen.quota is not None and seen.quota < rows:
        yield _finding(
            seen,
            "Quota",
            Grade.WARN,
            f"the service takes {seen.quota} messages still, and the list has {rows}"
            f" {'row' if rows == 1 else 'rows'}: the rest waits until it takes more",
            "ask the service for a higher quota, or send over several days",
        )
    for note in seen.notes:
        yield _finding(seen, "Account", Grade.WARN, note, "do as it says")
