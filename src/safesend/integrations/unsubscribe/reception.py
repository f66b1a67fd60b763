"""The page but for its server: what is answered to whom, and what becomes of it."""

from __future__ import annotations

from collections.abc import Iterable
from types import TracebackType
from typing import Self

from safesend.errors import ConfigurationError
from safesend.integrations.unsubscribe.callers import Callers, caller
from safesend.integrations.unsubscribe.lists import Given, Lists, OnLeave
from safesend.integrations.unsubscribe.page import Answer, Answers, Texts
from safesend.integrations.unsubscribe.request import LONGEST, Head, wants_out
from safesend.policies import Throttle

__all__ = ["GENEROUS", "Reception"]

GENEROUS = Throttle("20/s", burst=1000)
"""A mail provider's machines press the button for many of their people."""


class Reception:
    """What the applications share; they are made with these arguments.

    `lists` is the suppression list whose key made the links, or the path of one, or
    several: each link is booked on the list that made it. `texts` are what readers see.
    `on_leave` is called with a `Leave` for whoever is new on a list, after that was
    written, and in the thread that wrote. `limit` is how often one IP address may POST;
    None: as often as it likes. `trusted_proxies` is how many proxies stand in front and
    write X-Forwarded-For.

    A context manager: the lists are let go of in the end. Raises `ConfigurationError`,
    and what opening a list raises.
    """

    def __init__(
        self,
        lists: Given | Iterable[Given],
        *,
        texts: Texts | None = None,
        on_leave: OnLeave | None = None,
        limit: Throttle | str | None = GENEROUS,
        trusted_proxies: int = 0,
    ) -> None:
        if type(trusted_proxies) is not int or trusted_proxies < 0:
            raise ConfigurationError(
                f"trusted_proxies={trusted_proxies!r}: write how many proxies stand in"
                " front, 0 for none"
            )
        if limit is not None and not isinstance(limit, Throttle):
            limit = Throttle(limit)
        self._proxies = trusted_proxies
        self._answers = Answers.of(Texts() if texts is None else texts)
        self._callers = Callers(None if limit is None else limit.pace(0.0))
        self._lists = Lists(lists, on_leave)

    def look(self, head: Head, now: float) -> Answer | None:
        """The answer to a request whose body need not be read; None: read it.

        `now` is in seconds of a clock that never goes back.
        """
        if head.method == "GET":
            return self._answers.ask
        if head.method == "HEAD":
            return self._answers.ask.without_body()
        if head.method != "POST":
            return self._answers.not_allowed
        # Whoever only looks is not counted: that costs nothing, and scanners of links
        # look at those of a whole firm from one address.
        who = caller(head.peer, head.forwarded, self._proxies)
        if wait := self._callers.wait(who, now):
            return self._answers.too_often.after(wait)
        if head.malformed:
            return self._answers.unclear
        return self._answers.too_long if head.too_long else None

    def hear(self, head: Head, token: str, body: bytes | None) -> Answer | None:
        """The answer to a POST that changes nothing; None: book its token.

        A body need not be read further than the limit and an octet; None: it broke off.
        """
        if body is not None and len(body) > LONGEST:
            return self._answers.too_long
        if body is None or not wants_out(head.content_type, body):
            return self._answers.unclear
        # A link that nobody made is answered as one that did its work: whoever tries
        # links learns nothing.
        return None if self._lists.knows(token) else self._answers.done

    def book(self, token: str) -> Answer:
        """Put whose token it is on the list. It waits for the disk."""
        return self._answers.done if self._lists.book(token) else self._answers.busy

    def close(self) -> None:
        """Let go of the lists that were opened here. May be called twice."""
        self._lists.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
