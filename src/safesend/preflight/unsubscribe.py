"""P11: the link by which readers get off the list, tried as a provider tries it."""

from __future__ import annotations

import asyncio
import re
import ssl
from collections.abc import Awaitable
from urllib.parse import SplitResult, urljoin, urlsplit

import attrs

from safesend.clock import SYSTEM, Clock
from safesend.message.unsubscribe import PLACE
from safesend.net.page import Answered, PageNotHad, Place
from safesend.net.resolver import Resolver, Unanswered
from safesend.net.tls import client_context
from safesend.preflight.question import Question
from safesend.preflight.recipient_domains import Fate
from safesend.preflight.recipients import fate_of
from safesend.preflight.report import Finding
from safesend.preflight.unsubscribe_answers import (
    MADE_UP,
    Reaction,
    judge_get,
    judge_host,
    judge_mailbox,
    judge_no_line,
    judge_post,
    no_link,
    no_post,
    not_secure,
)
from safesend.preflight.unsubscribe_page import has_button

__all__ = ["check_unsubscribe"]

_FORM = "List-Unsubscribe=One-Click"
"""RFC 8058 section 3.1."""
_LIMIT = 1_048_576
"""Octets of the page that are read."""
_PATIENCE = 10.0
_HTTPS = 443
_VISIBLE = re.compile("[!-~]+")
"""What may stand in the first line of a request (RFC 9112 section 3.2)."""


async def check_unsubscribe(
    question: Question,
    resolver: Resolver,
    *,
    context: ssl.SSLContext | None = None,
    clock: Clock = SYSTEM,
) -> list[Finding]:
    """Whether the link of the messages takes a click, by a token that is nobody's.

    One POST and one GET, and the page that a redirect of it leads to on the host; of a
    mailbox to write to DNS is asked. `context` is for the host's certificate: by
    default one that trusts the system's authorities.
    """
    look = _Look(resolver, context, clock)
    found = await asyncio.gather(look.link(question), look.mailbox(question))
    return [one for some in found for one in some]


@attrs.frozen
class _Look:
    """Whom to ask, and how."""

    resolver: Resolver
    context: ssl.SSLContext | None
    clock: Clock

    async def mailbox(self, question: Question) -> list[Finding]:
        """Whether the mailbox to write to can get mail."""
        domain = question.unsubscribe_mailbox
        if domain is None:
            return []
        try:
            fate = await fate_of(domain, self.resolver)
        except Unanswered:
            fate = Fate.UNKNOWN
        return [judge_mailbox(domain, fate)]

    async def link(self, question: Question) -> list[Finding]:
        """What the link does."""
        if question.unsubscribe is None:
            return [no_link(mailbox=question.unsubscribe_mailbox is not None)]
        link = urlsplit(question.unsubscribe.replace(PLACE, MADE_UP))
        if link.scheme != "https" or not link.hostname:
            return [not_secure(link.hostname or "", question.unsubscribe)]
        host = link.hostname
        asked = (self.resolver.ask(host, kind) for kind in ("A", "AAAA"))
        try:
            answers = await asyncio.gather(*asked)
        except Unanswered as error:
            return [judge_host(host, str(error))]
        if not any(answer.records for answer in answers):
            return [judge_host(host, "")]
        context, port = self.context or client_context(), link.port or _HTTPS
        place = Place(self.resolver, host, context, _LIMIT, _PATIENCE, port)
        return await self.tried(place, link, one_click=question.one_click)

    async def tried(
        self, place: Place, link: SplitResult, *, one_click: bool
    ) -> list[Finding]:
        """Open it, and post to it where programs may."""
        about, path = f"https://{place.host}", _path(link)
        work = [place.get(path), *([place.post(path, _FORM)] if one_click else [])]
        try:
            shown, *posted = await asyncio.gather(
                *(_timed(one, self.clock) for one in work)
            )
            then = await self.followed(place, link, shown)
        except PageNotHad as error:
            return [judge_no_line(about, str(error), error.flaw, later=error.later)]
        clicks = [one for said in posted for one in judge_post(about, said)]
        return [*(clicks or [no_post(about)]), *judge_get(about, shown, then)]

    async def followed(
        self, place: Place, link: SplitResult, shown: Reaction
    ) -> Reaction | None:
        """The page that it sends one on to, if that may be asked for."""
        onward = _onward(link, shown)
        if onward is None:
            return None
        there = attrs.evolve(place, port=onward.port or _HTTPS)
        try:
            return await _timed(there.get(_path(onward)), self.clock)
        except PageNotHad as error:
            if error.later:
                raise
            return None  # readers have it neither


async def _timed(work: Awaitable[Answered], clock: Clock) -> Reaction:
    began = clock.monotonic()
    answer = await work
    return Reaction(
        answer.status,
        str(answer.fields.get("Location", "")),
        "Set-Cookie" in answer.fields,
        clock.monotonic() - began,
        has_button(answer.text.decode("utf-8", "replace")),
    )


def _onward(link: SplitResult, said: Reaction) -> SplitResult | None:
    """Where a redirect leads, if that is another page of the same host over https."""
    if not 300 <= said.status < 400 or not said.location:  # noqa: PLR2004
        return None
    try:
        place = urlsplit(urljoin(link.geturl(), said.location))
        asked = f"{_path(place)}{place.port or _HTTPS}"
    except ValueError:
        return None
    stays = place.scheme == "https" and place.hostname == link.hostname
    return place if stays and _VISIBLE.fullmatch(asked) else None


def _path(link: SplitResult) -> str:
    path = link.path or "/"
    return f"{path}?{link.query}" if link.query else path
