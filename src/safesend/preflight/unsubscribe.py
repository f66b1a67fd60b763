"""P11: the link by which readers get off the list, tried as a provider tries it."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Awaitable
from urllib.parse import SplitResult, urlsplit

from safesend.clock import SYSTEM, Clock
from safesend.net.page import Answered, PageNotHad, Place
from safesend.net.resolver import Resolver, Unanswered
from safesend.net.tls import client_context
from safesend.preflight.question import Question
from safesend.preflight.report import Finding
from safesend.preflight.unsubscribe_answers import (
    MADE_UP,
    Reaction,
    judge_get,
    judge_host,
    judge_no_line,
    judge_post,
    no_link,
    not_secure,
)

__all__ = ["check_unsubscribe"]

_FORM = "List-Unsubscribe=One-Click"
"""RFC 8058 section 3.1."""
_LIMIT = 65_536
_PATIENCE = 10.0
_HTTPS = 443


async def check_unsubscribe(
    question: Question,
    resolver: Resolver,
    *,
    context: ssl.SSLContext | None = None,
    clock: Clock = SYSTEM,
) -> list[Finding]:
    """Whether the link of the messages takes a click, by a token that is nobody's.

    One POST and one GET. `context` is for the host's certificate: by default one that
    trusts the system's authorities.
    """
    if question.unsubscribe is None:
        return [no_link()]
    link = urlsplit(question.unsubscribe.replace("{token}", MADE_UP))
    if link.scheme != "https" or not link.hostname:
        return [not_secure(link.hostname or "", question.unsubscribe)]
    host = link.hostname
    try:
        answers = await asyncio.gather(*(resolver.ask(host, k) for k in ("A", "AAAA")))
    except Unanswered as error:
        return [judge_host(host, str(error))]
    if not any(answer.records for answer in answers):
        return [judge_host(host, "")]
    place = Place(
        resolver,
        host,
        context or client_context(),
        _LIMIT,
        _PATIENCE,
        link.port or _HTTPS,
    )
    return await _clicked(place, _path(link), clock)


async def _clicked(place: Place, path: str, clock: Clock) -> list[Finding]:
    about = f"https://{place.host}"
    try:
        posted, shown = await asyncio.gather(
            _timed(place.post(path, _FORM), clock), _timed(place.get(path), clock)
        )
    except PageNotHad as error:
        return [judge_no_line(about, str(error), error.flaw, later=error.later)]
    return [*judge_post(about, posted), *judge_get(about, place.host, shown)]


async def _timed(work: Awaitable[Answered], clock: Clock) -> Reaction:
    began = clock.monotonic()
    answer = await work
    return Reaction(
        answer.status,
        str(answer.fields.get("Location", "")),
        "Set-Cookie" in answer.fields,
        clock.monotonic() - began,
    )


def _path(link: SplitResult) -> str:
    path = link.path or "/"
    return f"{path}?{link.query}" if link.query else path
